// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

/**
 * Turns what the collector must move for writers into time: each writer waits as long as the
 * collector needs for its bytes, after the bytes of the writers before it. So writers together are
 * granted what the collector frees, and each of many small writes waits a little, instead of one of
 * them for a whole step.
 *
 * <p>The rate of the collector is measured over its newest steps. Thread-safe.
 */
final class WriterPace {
  /** A shorter wait is left to the next writer: a thread that sleeps wakes up too late for it. */
  private static final long SHORTEST_NANOS = 500_000;

  /** Limit of a wait of a small write; what is not waited for remains as a debt of bytes. */
  static final long LONGEST_NANOS = 250_000_000;

  /** Limit of a wait of a large write. */
  static final long LONGEST_OF_LARGE_NANOS = 8 * LONGEST_NANOS;

  /**
   * For each so many bytes a write may wait {@link #LONGEST_NANOS}: many writers of large pieces
   * would otherwise be granted more than the collector frees.
   */
  private static final long BYTES_OF_A_WAIT = 64 << 10;

  /** Weight of the earlier steps when a new one is measured: about the last 16 count. */
  private static final double DECAY = 15.0 / 16;

  private double movedBytes;
  private double movingNanos;

  /** Time until which the collector is busy with what writers were granted. */
  private long paidUntilNanos;

  private boolean isOwing;

  /** Counts a step of the collector, which may have moved nothing. */
  synchronized void moved(long bytes, long nanos) {
    movedBytes = movedBytes * DECAY + bytes;
    movingNanos = movingNanos * DECAY + nanos;
  }

  /**
   * Charges a writer.
   *
   * @param written bytes of the write
   * @param moved what the collector must move for it, bytes
   * @param nowNanos the time, as {@link System#nanoTime}
   * @return how long it must wait, in nanoseconds; 0 if not at all
   */
  synchronized long nanosToWait(long written, double moved, long nowNanos) {
    if (movedBytes < 1) {
      return 0;
    }
    long longest =
        Math.min(LONGEST_OF_LARGE_NANOS, LONGEST_NANOS * Math.max(1, written / BYTES_OF_A_WAIT));
    long ahead = isOwing ? Math.max(0, paidUntilNanos - nowNanos) : 0;
    long cost = (long) Math.min((double) longest, moved * movingNanos / movedBytes);
    long wait = Math.min(longest, ahead + cost);
    paidUntilNanos = nowNanos + Math.max(ahead, wait);
    isOwing = true;
    return wait < SHORTEST_NANOS ? 0 : wait;
  }
}
