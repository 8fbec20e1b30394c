// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

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
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/**
 * The changes that one record makes to the live bytes of zones, the number of extents in zones, and
 * the staged bytes. When the record is applied, counted ranges follow. Single-threaded, under the
 * commit lock.
 *
 * <p>A zone cannot hold less than nothing, or more than it has bytes: a count that would say so was
 * wrong before, because the index is damaged or was crafted. That never ends a commit, in which
 * others have their changes. The zone counts as full, which is the most that can be live in it: so
 * it is not reset while files may need it, until a repair counts it.
 */
public final class SpaceChanges implements ExtentChanges.LiveCount {
  private final DriveZones drive;
  private final SpaceAccount space;
  private final VolumeHealth health;
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
   * @param health receives reports of wrong counts
   * @param counted ranges that follow what records change
   */
  public record Factory(
      DriveZones drive, SpaceAccount space, VolumeHealth health, CountedRanges counted) {
    /** Returns the counts of one record. */
    SpaceChanges begin() {
      return new SpaceChanges(drive, space, health, counted);
    }
  }

  private SpaceChanges(
      DriveZones drive, SpaceAccount space, VolumeHealth health, CountedRanges counted) {
    this.drive = drive;
    this.space = space;
    this.health = health;
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

  /** Puts the changed zones, and the number of extents if it changed, into the record. */
  void put(BatchRecord.Builder record) {
    for (Map.Entry<Integer, Long> change : sums.zoneBytes().entrySet()) {
      int zone = change.getKey();
      long live = possible(zone, drive.usage().liveBytes(zone) + change.getValue());
      newLive.put(zone, live);
      record.put(ColumnFamily.ZONES, Keys.zone(zone), live == 0 ? null : zoneRecord(zone, live));
    }
    if (sums.placed() != 0) {
      record.put(ColumnFamily.META, Keys.EXTENT_COUNT, Keys.number(newExtents()));
    }
  }

  /** The count of a zone, or what replaces it if it is impossible. */
  private long possible(int zone, long live) {
    long most = drive.device().geometry().zoneSizeBytes();
    if (live >= 0 && live <= most) {
      return live;
    }
    ZoneState state = drive.allocator().state(zone);
    ZoneStream stream = state.stream();
    if (stream == null || !stream.isData() || state.use() == Use.FREE) {
      health.report(
          "a file claims data in zone "
              + zone
              + ", which holds no file data; run zonefs-j fsck --repair");
      return 0;
    }
    health.report(
        "the live bytes of zone "
            + zone
            + " were counted wrong (it would have "
            + live
            + " now): it counts as full until zonefs-j fsck --repair counts it");
    return most;
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
