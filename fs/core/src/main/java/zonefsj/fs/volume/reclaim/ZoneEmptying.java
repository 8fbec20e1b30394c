// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * Empties the zones that must hold no data any more, and resets those that hold no needed data,
 * until none is left, whatever room there is: for a mount, a change of the number of zones, failed
 * zones and wrong copies. Takes the collector's lock for one step at a time. Thread-safe.
 */
public final class ZoneEmptying {
  /**
   * Zones that a mount resets, more than the next mount takes if this one crashes; and zones that
   * file data must be able to take before a mount leaves the other resets to its collector.
   */
  private static final int ZONES_FOR_MOUNT = 64;

  private final DriveZones drive;
  private final VolumeCollector collector;

  public ZoneEmptying(DriveZones drive, VolumeCollector collector) {
    this.drive = drive;
    this.collector = collector;
  }

  /**
   * Resets journal and data zones that a crash left and that nothing names, as many as a mount
   * needs. Others are reset step by step when the mount has begun.
   */
  public void resetForMount(ProgressListener progress) throws IOException {
    long before = collector.zonesReset();
    long waiting = waitingZones();
    long total =
        drive.allocator().freeDataZones() < ZONES_FOR_MOUNT
            ? waiting
            : Math.min(ZONES_FOR_MOUNT, waiting);
    boolean hasMore = true;
    while (hasMore
        && (collector.zonesReset() - before < ZONES_FOR_MOUNT
            || drive.allocator().freeDataZones() < ZONES_FOR_MOUNT)) {
      hasMore = collector.resetEmptied();
      long reset = collector.zonesReset() - before;
      progress.progress("resetting zones that a crash left", reset, Math.max(reset, total));
    }
  }

  /** Number of data zones that nothing needs and that are not reset yet. One pass over all. */
  long waitingZones() {
    return drive.allocator().states().stream()
        .filter(zone -> zone.use() == Use.FILLED || zone.use() == Use.PARTIAL)
        .filter(zone -> zone.stream() != null && zone.stream().isData())
        .filter(zone -> drive.usage().isReclaimable(zone.zone()))
        .count();
  }

  /** Empties failed zones, and unfinished zones whose active resource is needed. */
  public void emptyPriorityVictims() throws IOException {
    emptyPriorityVictims(() -> true);
  }

  /**
   * Empties failed zones, unfinished zones whose active resource is needed, and withheld zones.
   *
   * @param goOn asked after each step
   */
  public void emptyPriorityVictims(BooleanSupplier goOn) throws IOException {
    boolean hasMore = true;
    while (hasMore) {
      hasMore = collector.stepPriorityVictim() && goOn.getAsBoolean();
    }
  }

  /**
   * Resets the zones that hold no needed data.
   *
   * @param goOn asked after each step
   */
  public void resetEmptied(BooleanSupplier goOn) throws IOException {
    boolean hasMore = true;
    while (hasMore) {
      hasMore = collector.resetEmptied() && goOn.getAsBoolean();
    }
  }
}
