// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;

/**
 * Who must leave how many free zones alone. Guarded by the allocator's lock.
 *
 * <p>Journal and checkpoint have a share each: zones that they hold, and free zones that are kept
 * for them until they hold so many. The checkpoint never takes more than its share; the journal
 * takes what it needs, for without it nothing can be committed, but it leaves the last zones to the
 * next mount, which begins with a segment of its own. The collector has a reserve: a zone that it
 * took from it stays part of it, as a debt, until a reset pays it back, or whoever grants room has
 * so much that the reserve can be made whole: a zone that died, or cannot be reset, never pays. So
 * no stream ever takes zones on which another one counts.
 */
final class ZoneReserves {
  /** More than any drive has. */
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

  /** Zones that the journal of this mount leaves to the next one. */
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
   * Free zones that a stream must leave when what it writes was accepted and has no other place:
   * the collector's are taken then, and what is freed next is theirs again.
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

  /** A free zone was handed out. */
  void taken(ZoneStream stream) {
    collectorBorrowed += stream == ZoneStream.GC ? 1 : 0;
  }

  /** A zone was reset that had served a stream. */
  void repay(@Nullable ZoneStream stream) {
    if (collectorBorrowed > 0 && stream != null && stream.isData()) {
      collectorBorrowed--;
    }
  }

  /** Zones of the reserve that the collector has taken. */
  int collectorBorrowed() {
    return collectorBorrowed;
  }

  /** The reserve is made whole by so many free zones, or gives them up again (negative). */
  void refillCollectorReserve(int zones) {
    collectorBorrowed = Math.max(0, Math.min(collectorReserve, collectorBorrowed - zones));
  }

  /** A zone serves another stream now. */
  void served(@Nullable ZoneStream before, @Nullable ZoneStream now) {
    journalZones += change(before, now, ZoneStream.JOURNAL);
    checkpointZones += change(before, now, ZoneStream.CHECKPOINT);
  }

  private static int change(
      @Nullable ZoneStream before, @Nullable ZoneStream now, ZoneStream stream) {
    return (now == stream ? 1 : 0) - (before == stream ? 1 : 0);
  }
}
