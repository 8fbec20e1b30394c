// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;

/**
 * The changes that one record makes to the live bytes of zones, the number of extents in zones, and
 * the staged bytes. When the record is applied, counted ranges follow. Single-threaded, under the
 * commit lock.
 */
public final class ZoneChanges implements ExtentChanges.LiveCount {
  private final DriveZones drive;
  private final SpaceAccount space;
  private final DeviceGeometry geometry;
  private final CountedRanges counted;
  private final Map<CountedRange, CountedRange> inCounted = new HashMap<>();
  private final List<CountedRange> dropped = new ArrayList<>();
  private final Map<Integer, Long> changes = new TreeMap<>();
  private final Map<Integer, Long> newLive = new TreeMap<>();
  private long extentChange;
  private long stagedChange;

  /**
   * Makes the counts of a volume's records.
   *
   * @param drive whose zones change
   * @param space counts the staged bytes
   * @param counted ranges that follow what records change
   */
  public record Factory(DriveZones drive, SpaceAccount space, CountedRanges counted) {
    /** Returns the counts of one record. */
    ZoneChanges begin() {
      return new ZoneChanges(drive, space, counted);
    }
  }

  private ZoneChanges(DriveZones drive, SpaceAccount space, CountedRanges counted) {
    this.drive = drive;
    this.space = space;
    this.counted = counted;
    this.geometry = drive.device().geometry();
  }

  @Override
  public void count(long inode, Extent extent, int sign) {
    PhysicalExtent placed = extent.placed();
    if (placed != null && placed.liesOn(geometry)) {
      int zone = geometry.zoneOf(placed.positionBytes());
      changes.merge(zone, (long) sign * extent.length(), Long::sum);
      extentChange += sign;
    }
    if (ExtentResolver.isStaged(extent)) {
      stagedChange += (long) sign * extent.length();
    }
    for (CountedRange range : counted.of(inode)) {
      inCounted.computeIfAbsent(range, CountedRange::beginChange).change(extent, sign, geometry);
    }
  }

  @Override
  public void drop(CountedRange range) {
    range.zoneBytes().forEach((zone, bytes) -> changes.merge(zone, -bytes, Long::sum));
    extentChange -= range.placed();
    stagedChange -= range.stagedBytes();
    dropped.add(range);
  }

  /**
   * Puts the changed zones, and the number of extents if it changed, into the record.
   *
   * @throws IOException if a zone would have a negative number of live bytes: the index is damaged
   */
  void put(BatchRecord.Builder record) throws IOException {
    for (Map.Entry<Integer, Long> change : changes.entrySet()) {
      int zone = change.getKey();
      long live = drive.usage().liveBytes(zone) + change.getValue();
      if (live < 0) {
        throw new IOException("zone " + zone + " would have " + live + " live bytes");
      }
      newLive.put(zone, live);
      record.put(ColumnFamily.ZONES, Keys.zone(zone), live == 0 ? null : zoneRecord(zone, live));
    }
    if (extentChange != 0) {
      record.put(ColumnFamily.META, Keys.EXTENT_COUNT, Keys.number(newExtents()));
    }
  }

  /** A wrong number makes {@code df} wrong but does not end the mount; fsck reports it. */
  private long newExtents() {
    return Math.max(0, drive.usage().extents() + extentChange);
  }

  /** Takes the changes over: the record is applied. */
  void applied() {
    newLive.forEach(drive.usage()::setLiveBytes);
    drive.usage().setExtents(newExtents());
    space.stage(stagedChange);
    counted.remove(dropped);
    inCounted.forEach(CountedRange::add);
  }

  private byte[] zoneRecord(int zone, long live) {
    ZoneState state = drive.allocator().state(zone);
    ZoneStream stream = state.stream();
    return new ZoneRecord(
            live, stream == null ? ZoneStream.COLD : stream, drive.usage().lastWriteMillis(zone))
        .encode();
  }
}
