// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import zonefsj.fs.data.Extent;
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
public final class SpaceChanges implements ExtentChanges.LiveCount {
  private final DriveZones drive;
  private final SpaceAccount space;
  private final CountedRanges counted;
  private final ExtentSums sums;

  /** The part of the changes that lies in counted ranges. */
  private final Map<CountedRange, ExtentSums> inCounted = new HashMap<>();

  private final List<CountedRange> dropped = new ArrayList<>();
  private final Map<Integer, Long> newLive = new TreeMap<>();

  /**
   * Makes the counts of a volume's records.
   *
   * @param drive whose zones change
   * @param space counts the staged bytes
   * @param counted ranges that follow what records change
   */
  public record Factory(DriveZones drive, SpaceAccount space, CountedRanges counted) {
    /** Returns the counts of one record. */
    SpaceChanges begin() {
      return new SpaceChanges(drive, space, counted);
    }
  }

  private SpaceChanges(DriveZones drive, SpaceAccount space, CountedRanges counted) {
    this.drive = drive;
    this.space = space;
    this.counted = counted;
    this.sums = new ExtentSums(drive.device()::geometry);
  }

  @Override
  public void count(long inode, Extent extent, int sign) {
    sums.count(extent, sign);
    for (CountedRange range : counted.of(inode)) {
      if (range.counts(extent)) {
        inCounted
            .computeIfAbsent(range, none -> new ExtentSums(drive.device()::geometry))
            .count(extent, sign);
      }
    }
  }

  @Override
  public void drop(CountedRange range) {
    sums.subtract(range.sums());
    dropped.add(range);
  }

  /**
   * Puts the changed zones, and the number of extents if it changed, into the record.
   *
   * @throws IOException if a zone would have a negative number of live bytes: the index is damaged
   */
  void put(BatchRecord.Builder record) throws IOException {
    for (Map.Entry<Integer, Long> change : sums.zoneBytes().entrySet()) {
      int zone = change.getKey();
      long live = drive.usage().liveBytes(zone) + change.getValue();
      if (live < 0) {
        throw new IOException("zone " + zone + " would have " + live + " live bytes");
      }
      newLive.put(zone, live);
      record.put(ColumnFamily.ZONES, Keys.zone(zone), live == 0 ? null : zoneRecord(zone, live));
    }
    if (sums.placed() != 0) {
      record.put(ColumnFamily.META, Keys.EXTENT_COUNT, Keys.number(newExtents()));
    }
  }

  /** A wrong number makes {@code df} wrong but does not end the mount; fsck reports it. */
  private long newExtents() {
    return Math.max(0, drive.usage().extents() + sums.placed());
  }

  /** Takes the changes over: the record is applied. */
  void applied() {
    newLive.forEach(drive.usage()::setLiveBytes);
    drive.usage().setExtents(newExtents());
    space.stage(sums.stagedBytes());
    counted.remove(dropped);
    inCounted.forEach((range, change) -> range.sums().add(change));
  }

  private byte[] zoneRecord(int zone, long live) {
    ZoneState state = drive.allocator().state(zone);
    ZoneStream stream = state.stream();
    return new ZoneRecord(
            live, stream == null ? ZoneStream.COLD : stream, drive.usage().lastWriteMillis(zone))
        .encode();
  }
}
