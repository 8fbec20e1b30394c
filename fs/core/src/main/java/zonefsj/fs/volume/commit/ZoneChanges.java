package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PlacedData;
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.state.VolumeParts;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;

/**
 * How the live bytes of zones, the number of extents in zones, and the bytes that wait in the index
 * for a zone change by one record. Single-threaded.
 */
final class ZoneChanges {
  private final VolumeParts parts;
  private final DeviceGeometry geometry;
  private final Map<Integer, Long> changes = new TreeMap<>();
  private final Map<Integer, Long> newLive = new TreeMap<>();
  private long extentChange;
  private long stagedChange;

  ZoneChanges(VolumeParts parts) {
    this.parts = parts;
    this.geometry = parts.device().geometry();
  }

  /** Counts an extent that comes (1) or goes (-1). */
  void count(Extent extent, int sign) {
    PlacedData placed = extent.placed();
    if (placed != null && placed.liesOn(geometry)) {
      int zone = geometry.zoneOf(placed.positionBytes());
      changes.merge(zone, (long) sign * extent.length(), Long::sum);
      extentChange += sign;
    }
    if (ExtentResolver.isStaged(extent)) {
      stagedChange += (long) sign * extent.length();
    }
  }

  /**
   * Puts the zones that change, and the number of extents if it does, into the record.
   *
   * @throws IOException if a zone would have fewer live bytes than none: the index is damaged
   */
  void put(BatchRecord.Builder record) throws IOException {
    for (Map.Entry<Integer, Long> change : changes.entrySet()) {
      int zone = change.getKey();
      long live = parts.usage().liveBytes(zone) + change.getValue();
      if (live < 0) {
        throw new IOException("zone " + zone + " would have " + live + " live bytes");
      }
      newLive.put(zone, live);
      record.put(Family.ZONES, Keys.zone(zone), live == 0 ? null : zoneRecord(zone, live));
    }
    if (extentChange != 0) {
      record.put(Family.META, Keys.EXTENT_COUNT, Keys.number(newExtents()));
    }
  }

  /** A wrong number makes df wrong and is no reason to end the mount: fsck tells of it. */
  private long newExtents() {
    return Math.max(0, parts.usage().extents() + extentChange);
  }

  /** The record is applied. */
  void applied() {
    newLive.forEach(parts.usage()::setLiveBytes);
    parts.usage().setExtents(newExtents());
    parts.space().stage(stagedChange);
  }

  private byte[] zoneRecord(int zone, long live) {
    ZoneState state = parts.allocator().state(zone);
    ZoneStream stream = state.stream();
    return new ZoneRecord(
            live, stream == null ? ZoneStream.COLD : stream, parts.usage().lastWriteMillis(zone))
        .encode();
  }
}
