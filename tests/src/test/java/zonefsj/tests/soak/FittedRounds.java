// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.Locale;
import zonefsj.device.ByteSize;

/** What fitted in each of many rounds: no round's room may be lost to the next ones for good. */
final class FittedRounds {
  /** An image of the index has two copies, in zones of their own: two zones come and go at once. */
  private static final int ZONES_OF_AN_IMAGE = 2;

  /**
   * Among so many rounds one must fit as much as one of the first of them, about. The first of each
   * so many does not count: on a new drive there is no image yet.
   */
  private static final int COMPARED_ROUNDS = 10;

  private final long freeBytes;
  private final long zoneBytes;
  private int rounds;
  private long first;
  private long least = Long.MAX_VALUE;
  private long mostOfFirst;
  private long mostOfLast;

  /**
   * @param freeBytes what statfs said before the first round
   * @param zoneBytes size of a zone of the drive: the index gets and gives whole ones
   */
  FittedRounds(long freeBytes, long zoneBytes) {
    this.freeBytes = freeBytes;
    this.zoneBytes = zoneBytes;
  }

  /**
   * Takes what fitted in the next round.
   *
   * @throws SoakFailure if that is too little
   */
  void add(long bytes) throws SoakFailure {
    rounds++;
    least = Math.min(least, bytes);
    if (rounds == 1) {
      first = bytes;
      SoakFailure.unless(
          first >= freeBytes / 2,
          "only %s fitted, and statfs said %s",
          ByteSize.approximate(first),
          ByteSize.approximate(freeBytes));
    }
    mostOfLast = rounds % COMPARED_ROUNDS == 1 ? 0 : Math.max(mostOfLast, bytes);
    SoakFailure.unless(
        bytes >= first - slack(first, ZONES_OF_AN_IMAGE * zoneBytes),
        "round %d: %s fitted, %s in the first",
        rounds,
        ByteSize.approximate(bytes),
        ByteSize.approximate(first));
    if (rounds % COMPARED_ROUNDS == 0) {
      compareRounds();
    }
  }

  private void compareRounds() throws SoakFailure {
    mostOfFirst = rounds == COMPARED_ROUNDS ? mostOfLast : mostOfFirst;
    SoakFailure.unless(
        mostOfLast >= mostOfFirst - slack(mostOfFirst, zoneBytes / 2),
        "rounds to %d: at most %s fitted, %s in the first ten",
        rounds,
        ByteSize.approximate(mostOfLast),
        ByteSize.approximate(mostOfFirst));
  }

  private static long slack(long bytes, long leastBytes) {
    return Math.max(bytes >> FillDeleteRun.KEPT_SHIFT, leastBytes);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "of %s that are free at first %s to %s fitted (%.1f%%)",
        ByteSize.approximate(freeBytes),
        ByteSize.approximate(least),
        ByteSize.approximate(first),
        100.0 * first / freeBytes);
  }
}
