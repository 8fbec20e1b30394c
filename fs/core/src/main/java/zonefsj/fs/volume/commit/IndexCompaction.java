// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.volume.state.AdaptiveReserves;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.fs.volume.state.VolumeClock;
import zonefsj.journal.Journal;

/**
 * Compacts the index when that makes its image much shorter. A compaction writes the whole index,
 * and all of it is then stored anew, so it must not be repeated for each image.
 *
 * <p>Threading: under the lock of the {@link CheckpointScheduler}; any thread may call {@link
 * #count}, {@link #isDue} and {@link #isMuchDeletedSince}.
 */
final class IndexCompaction {
  /** Interval of compactions of an index that cannot be much shorter. */
  private static final long INTERVAL_MILLIS = 5000;

  private static final int LEAST_DELETES = 1000;

  /** An image longer than this many times its compact length is compacted. */
  private static final double GROWN = 1.25;

  /** A compaction that is asked for comes so many times its duration after the last one. */
  private static final int REST_IN_DURATIONS = 10;

  /** Approximate bytes that a key and its value take in an image. */
  private static final int BYTES_A_KEY = 64;

  private final MetadataStore index;
  private final Journal journal;
  private final SpacePlan plan;
  private final AdaptiveReserves reserves;
  private final VolumeClock clock;
  private final BatchCommitter batches;
  private final AtomicLong compactions = new AtomicLong();

  /** When the index was last compacted. */
  private long compactedMillis;

  private long durationMillis;

  /** Length of an image right after the last compaction; 0 before the first one of the mount. */
  private long compactedBytes;

  /** Number of deleted keys when the index was last compacted. */
  private volatile long deletesAtCompaction;

  /**
   * @param plan how long the journal may be
   * @param reserves of zones that the index needs
   * @param batches count the keys that they delete
   */
  IndexCompaction(
      MetadataStore index,
      Journal journal,
      SpacePlan plan,
      AdaptiveReserves reserves,
      VolumeClock clock,
      BatchCommitter batches) {
    this.index = index;
    this.journal = journal;
    this.plan = plan;
    this.reserves = reserves;
    this.clock = clock;
    this.batches = batches;
  }

  /** How often the index was compacted since the mount. */
  long count() {
    return compactions.get();
  }

  /** Whether so much was deleted that a compaction frees zones that the index does not need. */
  boolean isDue() {
    return reserves.indexIsLarge() && isMuchDeletedSince(deletesAtCompaction);
  }

  /**
   * Whether about a quarter of the index was deleted, so that the work costs little for each key.
   *
   * @param before number of deleted keys at that time
   */
  boolean isMuchDeletedSince(long before) {
    long deletes = batches.deletes() - before;
    return deletes > LEAST_DELETES && deletes * BYTES_A_KEY > reserves.imageBytes() / 4;
  }

  /**
   * Whether a compaction makes a long image much shorter: since the last one the index must have
   * grown by a quarter, or by as much garbage as RocksDB can estimate, so that it is not repeated
   * for an index that is just large. {@link #isDue} counts deletions.
   */
  boolean shortens() {
    long bytes = index.imageBytes();
    long least = index.compactImageBytes();
    if (compactedBytes > 0) {
      least = Math.min(least, compactedBytes);
    }
    return reserves.isLarge(bytes) && bytes >= least * GROWN;
  }

  /**
   * Compacts the index because it leaves too little space, unless that gains nothing or was just
   * done: on a full drive each refused writer asks for it, and a long index takes long.
   *
   * @return whether it was compacted
   */
  boolean runIfItGains() throws IOException {
    boolean isFirst = compactions.get() == 0;
    boolean gains =
        isFirst || isMuchDeletedSince(deletesAtCompaction) || shortens() || journalIsTooLong();
    long restMillis = REST_IN_DURATIONS * durationMillis;
    boolean hasRested = isFirst || clock.elapsedMillis() - compactedMillis >= restMillis;
    return gains && hasRested && run();
  }

  private boolean journalIsTooLong() {
    return journal.lengthBytes() > plan.journalLimitBytes();
  }

  /**
   * Compacts the index, unless that was just done and nothing was deleted since. An index that must
   * fit an image, because the journal is too long, is always compacted.
   *
   * @return whether it was compacted
   */
  boolean run() throws IOException {
    long deletes = batches.deletes();
    boolean isShort =
        compactions.get() > 0
            && deletes == deletesAtCompaction
            && !journalIsTooLong()
            && clock.elapsedMillis() - compactedMillis < INTERVAL_MILLIS;
    if (isShort) {
      return false;
    }
    long begunMillis = clock.elapsedMillis();
    index.compact();
    compactedBytes = index.imageBytes();
    compactedMillis = clock.elapsedMillis();
    durationMillis = compactedMillis - begunMillis;
    deletesAtCompaction = deletes;
    compactions.incrementAndGet();
    reserves.indexChanged(index.compactImageBytes());
    return true;
  }
}
