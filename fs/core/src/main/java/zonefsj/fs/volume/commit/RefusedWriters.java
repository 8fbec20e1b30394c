// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Decides whether a checkpoint for a writer that lacks space may gain more than it costs. A copy
 * that goes on after ENOSPC has such a writer for each file.
 *
 * <p>Threading: under the lock of the {@link CheckpointScheduler}; any thread may call {@link
 * #served}.
 */
final class RefusedWriters {
  /** Deletes between two checkpoints that are taken to free zones. */
  static final int FEW_DELETES = 100;

  /** Durations of a checkpoint between two of them while nothing is deleted. */
  private static final int RESTS_WITHOUT_DELETES = 10;

  private final AtomicLong served = new AtomicLong();

  /** End and duration of the last checkpoint. */
  private long endedMillis;

  private long durationMillis;

  /**
   * How often a writer was served, with a checkpoint or by the finding that it gains nothing. A
   * writer that finds this changed since its commit was served by that, too.
   */
  long served() {
    return served.get();
  }

  /** Notes that a writer is served now. */
  void serve() {
    served.incrementAndGet();
  }

  /** Notes the times of a checkpoint, for whatever it was taken. */
  void checkpointEnded(long begunMillis, long nowMillis) {
    endedMillis = nowMillis;
    durationMillis = nowMillis - begunMillis;
  }

  /**
   * Whether a checkpoint may gain more than it costs.
   *
   * @param deletes keys that were deleted since the last one began
   */
  boolean mayGain(long deletes, long nowMillis) {
    long rests = deletes > FEW_DELETES ? 0 : deletes > 0 ? 1 : RESTS_WITHOUT_DELETES;
    return nowMillis - endedMillis >= rests * durationMillis;
  }
}
