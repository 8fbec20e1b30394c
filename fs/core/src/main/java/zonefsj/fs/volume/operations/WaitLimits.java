// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long one request waits for space, over all turns and sizes that it tries. Filling zones and
 * compacting the index are counted, but do not extend the time: only empty space that grows does.
 * The time in the line behind other writers does not count, so a writer is never refused because
 * others were.
 *
 * <p>Used by one thread.
 */
final class WaitLimits {
  /** How long a request waits for deletions, while each of them leaves too little space. */
  private static final long DELETIONS_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How long a request waits for room while the empty space does not grow. */
  private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Rounds of the collector in this time; a slow drive may need most of it for one. */
  private static final int STALL_ROUNDS = 32;

  /** How often one request fills the open zones to let the collector take them. */
  private static final int MOST_FILLS = 8;

  private static final int ROUNDS_FOR_FILLED = 3;

  private final LongSupplier nanoTime;
  private final long largeDeletions;
  private final long deletionsEndNanos;
  private int fills;
  private boolean hasShrunk;

  /** The most empty space that any turn saw. */
  private long mostBytes = -1;

  /** Time of former turns since the empty space last grew. */
  private long stalledNanos;

  /** When the turn began, or the empty space last grew in it. */
  private long sinceNanos;

  private int rounds;

  /** Rounds that the collector still has for what was filled. */
  private int roundsForFilled;

  /**
   * @param nanoTime the clock, as {@link System#nanoTime}
   * @param largeDeletions {@link WriteAdmission.Reclaimer#largeDeletions} when the request began
   */
  WaitLimits(LongSupplier nanoTime, long largeDeletions) {
    this.nanoTime = nanoTime;
    this.largeDeletions = largeDeletions;
    this.deletionsEndNanos = nanoTime.getAsLong() + DELETIONS_NANOS;
  }

  /**
   * The deletions of large files that were asked for before the request. It waits for all of them,
   * however long they take: their space was free for whoever asked for them.
   */
  long largeDeletions() {
    return largeDeletions;
  }

  /** Whether to wait for another deletion. */
  boolean mayAwaitDeletions() {
    return nanoTime.getAsLong() - deletionsEndNanos < 0;
  }

  /** Notes that the writer is the first of the line. */
  void turnBegins(long emptyBytes) {
    sinceNanos = nanoTime.getAsLong();
    noteEmpty(emptyBytes);
  }

  /** Notes that the writer leaves the line. */
  void turnEnds() {
    stalledNanos += nanoTime.getAsLong() - sinceNanos;
  }

  private boolean noteEmpty(long emptyBytes) {
    if (emptyBytes <= mostBytes) {
      return false;
    }
    mostBytes = emptyBytes;
    sinceNanos = nanoTime.getAsLong();
    stalledNanos = 0;
    rounds = 0;
    return true;
  }

  /**
   * Called after each round of a turn; whether to wait no longer.
   *
   * @param emptyBytes the empty space of now
   * @param tried whether the collector had something to do in the round
   */
  boolean isStalled(long emptyBytes, boolean tried) {
    if (noteEmpty(emptyBytes)) {
      return false;
    }
    rounds += tried ? 1 : 0;
    if (tried && roundsForFilled > 0) {
      roundsForFilled--;
      return false;
    }
    return (!tried || rounds > STALL_ROUNDS)
        && stalledNanos + nanoTime.getAsLong() - sinceNanos > STALL_NANOS;
  }

  /** Whether to fill zones that are being written. */
  boolean mayFill() {
    return fills < MOST_FILLS;
  }

  /** Notes that zones were filled: one round moves their data, another one resets them. */
  void filled() {
    fills++;
    roundsForFilled = ROUNDS_FOR_FILLED;
  }

  /** Whether to compact the index. */
  boolean mayShrink() {
    return !hasShrunk;
  }

  /** Notes that the index was compacted. */
  void shrunk() {
    hasShrunk = true;
  }
}
