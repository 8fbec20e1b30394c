// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;

/**
 * The number of free zones that each stream must leave. Guarded by the allocator's lock.
 *
 * <p>Journal and checkpoint have a share each: the zones that they hold, and free zones that are
 * kept for them until they hold that many. If its share is too small for an image, the checkpoint
 * takes zones of the collector's reserve, until the previous image is no longer needed. The journal
 * takes what it needs, because nothing can be committed without it, but it leaves the last zones to
 * the next mount, which begins with its own segment. The collector has a reserve. A zone that it
 * borrows from the reserve stays part of it, as a debt, until a reset repays it. A zone that failed
 * or cannot be reset never repays; {@link #refillCollectorReserve} then refills the reserve when
 * enough space is free. Only a checkpoint beyond its share and accepted data without another place
 * take zones of the collector.
 */
final class ZoneReserves {
  /** More zones than any drive has. */
  private static final int NONE = Integer.MAX_VALUE;

  private int collectorReserve;
  private int collectorBorrowed;
  private int journalShare;
  private int journalZones;
  private int checkpointShare;
  private int checkpointZones;
  private int reservedForNextMount;

  void set(int collector, int journal, int checkpoint) {
    collectorReserve = collector;
    journalShare = journal;
    checkpointShare = checkpoint;
  }

  /** Sets the zones that the journal of this mount leaves to the next mount. */
  void reserveForNextMount(int zones) {
    reservedForNextMount = zones;
  }

  /** Free zones that a stream must leave. */
  int minFreeFor(ZoneStream stream) {
    return switch (stream) {
      case SUPERBLOCK -> 0;
      case JOURNAL -> reservedForNextMount;
      case CHECKPOINT ->
          checkpointZones < checkpointShare ? journalReserve() + collectorReserveLeft() : NONE;
      case GC -> collectorReserveLeft() > 0 ? journalReserve() + checkpointReserve() : NONE;
      case HOT, COLD -> journalReserve() + checkpointReserve() + collectorReserveLeft();
    };
  }

  /**
   * Free zones that a stream must leave when it may take those of the collector. File data may take
   * all of them if they were accepted and have no other place; the next freed zones replace them. A
   * checkpoint beyond its share may take all but one, without which no zone would be freed any
   * more; it holds them until its share has grown or it has fewer zones.
   */
  int minFreeUsingReserve(ZoneStream stream) {
    return switch (stream) {
      case HOT, COLD -> journalReserve() + checkpointReserve();
      case CHECKPOINT ->
          checkpointZones >= checkpointShare && collectorReserveLeft() > 1
              ? journalReserve() + collectorReserveLeft() - 1
              : minFreeFor(stream);
      default -> minFreeFor(stream);
    };
  }

  /**
   * Free zones that an image must leave after which the checkpoints have no more than their share.
   * Complete or failed, it gives back all of the collector's zones, so it may take the last. Those
   * of file data are promised to writers.
   */
  int minFreeForImage() {
    return zonesForImage() > 0 ? journalReserve() : NONE;
  }

  /** Zones of the share and of the collector that such an image may still take. */
  int zonesForImage() {
    return checkpointReserve() + collectorReserveLeft();
  }

  /** Zones that the checkpoint may keep: the collector needs one. */
  int mostCheckpointZones() {
    return checkpointShare + Math.max(0, collectorReserve - collectorBorrowed - 1);
  }

  private int journalReserve() {
    return Math.max(reservedForNextMount, journalShare - journalZones);
  }

  private int checkpointReserve() {
    return Math.max(0, checkpointShare - checkpointZones);
  }

  private int collectorReserveLeft() {
    int takenByCheckpoint = Math.max(0, checkpointZones - checkpointShare);
    return Math.max(0, collectorReserve - collectorBorrowed - takenByCheckpoint);
  }

  /** Zones that the checkpoint may have. */
  int checkpointShare() {
    return checkpointShare;
  }

  /** Zones that the checkpoint has. */
  int checkpointZones() {
    return checkpointZones;
  }

  /** Zones that the checkpoint may still take. */
  int checkpointRest() {
    return checkpointReserve();
  }

  /** Records that a free zone was handed out to a stream. */
  void taken(ZoneStream stream) {
    collectorBorrowed += stream == ZoneStream.GC ? 1 : 0;
  }

  /** Records the reset of a zone that served a stream. */
  void repay(@Nullable ZoneStream stream) {
    if (collectorBorrowed > 0 && stream != null && stream.isData()) {
      collectorBorrowed--;
    }
  }

  /** Zones of its reserve that the collector has borrowed. */
  int collectorBorrowed() {
    return collectorBorrowed;
  }

  /** Refills the reserve with this many free zones, or takes them out again (negative). */
  void refillCollectorReserve(int zones) {
    collectorBorrowed = Math.max(0, Math.min(collectorReserve, collectorBorrowed - zones));
  }

  /** Records that a zone changes from one stream to another. */
  void served(@Nullable ZoneStream before, @Nullable ZoneStream now) {
    journalZones += change(before, now, ZoneStream.JOURNAL);
    checkpointZones += change(before, now, ZoneStream.CHECKPOINT);
  }

  private static int change(
      @Nullable ZoneStream before, @Nullable ZoneStream now, ZoneStream stream) {
    return (now == stream ? 1 : 0) - (before == stream ? 1 : 0);
  }
}
