// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;

/**
 * The number of free zones that each stream must leave. Guarded by the allocator's lock.
 *
 * <p>Journal and checkpoint have a share each: the zones that they hold, and free zones that are
 * kept for them until they hold that many. The checkpoint never takes more than its share. The
 * journal takes what it needs, because nothing can be committed without it, but it leaves the last
 * zones to the next mount, which begins with its own segment. The collector has a reserve. A zone
 * that it borrows from the reserve stays part of it, as a debt, until a reset repays it. A zone
 * that failed or cannot be reset never repays; {@link #refillCollectorReserve} then refills the
 * reserve when enough space is free. No stream therefore takes a zone that another stream relies
 * on.
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
      case GC ->
          collectorBorrowed < collectorReserve ? journalReserve() + checkpointReserve() : NONE;
      case HOT, COLD -> journalReserve() + checkpointReserve() + collectorReserveLeft();
    };
  }

  /**
   * Free zones that a stream must leave when its data were accepted and have no other place. It may
   * then take the collector's; the next freed zones replace them.
   */
  int minFreeUsingReserve(ZoneStream stream) {
    return stream == ZoneStream.HOT || stream == ZoneStream.COLD
        ? journalReserve() + checkpointReserve()
        : minFreeFor(stream);
  }

  private int journalReserve() {
    return Math.max(reservedForNextMount, journalShare - journalZones);
  }

  private int checkpointReserve() {
    return Math.max(0, checkpointShare - checkpointZones);
  }

  private int collectorReserveLeft() {
    return collectorReserve - collectorBorrowed;
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
