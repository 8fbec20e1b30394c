// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import zonefsj.fs.volume.state.AdaptiveReserves;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.fs.volume.state.VolumeClock;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.journal.Journal;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;

/**
 * When a checkpoint is due: the journal is long, an image or a compaction would give zones back, or
 * metadata lie in a failed zone. A checkpoint that failed or found no zone is tried again later.
 *
 * <p>Threading: any thread may ask; what a checkpoint notes is noted under the lock of the {@link
 * CheckpointScheduler}.
 */
final class CheckpointTriggers {
  private static final int RETRIES_A_LIMIT = 4;

  /**
   * The shortest rest before tries that cannot wait: metadata in failed zones, an image that the
   * host failed or that found too few zones though there are enough. A try that took longer is
   * followed by a rest as long as it took.
   */
  private static final long MIN_REST_MILLIS = 5000;

  /** As a number of zones: the last image found all that it needed. */
  private static final int NONE_SOUGHT = -1;

  private static final double SHRUNK = 0.75;

  private final ZoneAllocator allocator;
  private final Journal journal;
  private final SpacePlan plan;
  private final AdaptiveReserves reserves;
  private final VolumeClock clock;
  private final IndexBackpressure backpressure;
  private final BatchCommitter batches;
  private final CheckpointWriter checkpointer;
  private final IndexCompaction compaction;

  /**
   * After a checkpoint failed or found no zone, the next one waits until the journal is longer than
   * this, much was deleted, or the zones that it lacked are there.
   */
  private volatile long retryAboveBytes;

  /**
   * Zones that the share of the checkpoints lacked when the last image found too few; 0 if it
   * lacked none, or another try has begun since; {@link #NONE_SOUGHT} if the last image found its
   * zones.
   */
  private volatile int soughtZones = NONE_SOUGHT;

  /** When a checkpoint was last tried. */
  private volatile long triedMillis;

  /** When the rest after the last try ends; {@link Long#MAX_VALUE} while one is under way. */
  private volatile long restedMillis;

  /** Zones that an image could take when the last one was tried. */
  private volatile int triedWithZones;

  /** Number of deleted keys when the last checkpoint began. */
  private volatile long deletesAtCheckpoint;

  private volatile long imageAtCheckpoint = Long.MAX_VALUE;

  /**
   * @param allocator knows the failed zones
   * @param journal whose length and zones count
   * @param plan how long the journal may be
   * @param reserves of zones that the index needs
   * @param clock measures intervals
   * @param backpressure knows whether the host failed an image
   * @param batches count the keys that they delete
   * @param checkpointer knows the zones of the newest image
   * @param compaction that makes images shorter
   */
  CheckpointTriggers(
      ZoneAllocator allocator,
      Journal journal,
      SpacePlan plan,
      AdaptiveReserves reserves,
      VolumeClock clock,
      IndexBackpressure backpressure,
      BatchCommitter batches,
      CheckpointWriter checkpointer,
      IndexCompaction compaction) {
    this.allocator = allocator;
    this.journal = journal;
    this.plan = plan;
    this.reserves = reserves;
    this.clock = clock;
    this.backpressure = backpressure;
    this.batches = batches;
    this.checkpointer = checkpointer;
    this.compaction = compaction;
    this.triedMillis = clock.elapsedMillis();
    this.restedMillis = triedMillis;
  }

  boolean isDue() {
    boolean journalIsLong =
        journal.hasUncoveredZoneFailure()
            || journal.lengthBytes() > plan.journalLimitBytes()
            || journal.segments().size() > SuperblockEntry.MAX_SEGMENTS;
    if (isRetryDue() || (losesMetadata() && hasRested())) {
      return true;
    }
    boolean mayTry =
        journal.lengthBytes() > retryAboveBytes
            || compaction.isMuchDeletedSince(deletesAtCheckpoint)
            || findsZones();
    return mayTry && (journalIsLong || freesZones() || compaction.isDue());
  }

  /**
   * Whether the last image found too few zones, and another one finds them: its share has them now,
   * or there are zones for a whole image, and more than at the last try. The collector may have
   * taken some during that try, so after a rest as many suffice.
   */
  private boolean findsZones() {
    if (soughtZones == NONE_SOUGHT) {
      return false;
    }
    if (soughtZones > 0 && reserves.missingZones() == 0) {
      return true;
    }
    int zones = allocator.freeZonesForImage();
    return zones >= plan.zonesOfImage(reserves.imageBytes())
        && (zones > triedWithZones || hasRested());
  }

  private boolean hasRested() {
    return clock.elapsedMillis() >= restedMillis;
  }

  /** Whether the time has come to try an image again that the host failed. */
  boolean isRetryDue() {
    return backpressure.imageHasFailed() && hasRested();
  }

  /** See {@link CheckpointScheduler#losesMetadata}. */
  boolean losesMetadata() {
    for (ZoneState zone : allocator.failedZones()) {
      if (journal.liesIn(zone.zone()) || checkpointer.liesIn(zone.zone())) {
        return true;
      }
    }
    return false;
  }

  /** Whether the index has shrunk to its planned length, and the last image takes more zones. */
  private boolean freesZones() {
    return deletesSinceCheckpoint() > RefusedWriters.FEW_DELETES
        && reserves.imageBytes() < imageAtCheckpoint * SHRUNK
        && reserves.indexIsLarge()
        && !reserves.isLarge(reserves.imageBytes());
  }

  /** Number of keys that were deleted since the last checkpoint began. */
  long deletesSinceCheckpoint() {
    return batches.deletes() - deletesAtCheckpoint;
  }

  /** A checkpoint is tried now. */
  void tried() {
    soughtZones = Math.min(soughtZones, 0);
    restedMillis = Long.MAX_VALUE;
    triedMillis = clock.elapsedMillis();
    triedWithZones = allocator.freeZonesForImage();
  }

  /** The try has ended, whatever came of it. */
  void ended() {
    long now = clock.elapsedMillis();
    restedMillis = now + Math.max(MIN_REST_MILLIS, now - triedMillis);
  }

  /** What is deleted from now on is not in the image. */
  void imageBegins() {
    deletesAtCheckpoint = batches.deletes();
  }

  /** The checkpoint is complete. */
  void taken() {
    imageAtCheckpoint = reserves.imageBytes();
    retryAboveBytes = 0;
    soughtZones = NONE_SOUGHT;
  }

  /** The image found too few zones. */
  void imageWasShort() {
    soughtZones = reserves.missingZones();
  }

  /**
   * Whether the journal grows beyond its limit because images find no zones. What is written then
   * makes both longer.
   */
  boolean isHeldUp() {
    return soughtZones != NONE_SOUGHT && journal.lengthBytes() > plan.journalBytesWithImage();
  }

  /** Delays the next try until the journal has grown by a part of its limit, or much is deleted. */
  void tryLater() {
    retryAboveBytes = journal.lengthBytes() + plan.journalLimitBytes() / RETRIES_A_LIMIT;
  }

  /** When a checkpoint was last tried, in milliseconds of the volume's clock. */
  long triedMillis() {
    return triedMillis;
  }
}
