package zonefsj.fs.volume;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PlacedData;
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;

/** How the live bytes of zones change by one record. Single-threaded. */
final class ZoneChanges {
  private final VolumeParts parts;
  private final DeviceGeometry geometry;
  private final Map<Integer, Long> changes = new TreeMap<>();

  ZoneChanges(VolumeParts parts) {
    this.parts = parts;
    this.geometry = parts.device().geometry();
  }

  /** Counts an extent that comes (1) or goes (-1). */
  void count(Extent extent, int sign) {
    PlacedData placed = extent.placed();
    if (placed != null && placed.liesOn(geometry)) {
      count(geometry.zoneOf(placed.positionBytes()), (long) sign * extent.length());
    }
  }

  /** Counts live bytes of a zone that come, or go (< 0). */
  void count(int zone, long bytes) {
    changes.merge(zone, bytes, Long::sum);
  }

  /**
   * Puts the zones that change into the record.
   *
   * @return the live bytes that they have when the record is applied
   * @throws IOException if a zone would have fewer than none: the index is damaged
   */
  Map<Integer, Long> put(BatchRecord.Builder record) throws IOException {
    Map<Integer, Long> newLive = new TreeMap<>();
    for (Map.Entry<Integer, Long> change : changes.entrySet()) {
      int zone = change.getKey();
      long live = parts.usage().liveBytes(zone) + change.getValue();
      if (live < 0) {
        throw new IOException("zone " + zone + " would have " + live + " live bytes");
      }
      newLive.put(zone, live);
      record.put(Family.ZONES, Keys.zone(zone), live == 0 ? null : zoneRecord(zone, live));
    }
    return newLive;
  }

  private byte[] zoneRecord(int zone, long live) {
    ZoneState state = parts.allocator().state(zone);
    ZoneStream stream = state.stream();
    return new ZoneRecord(
            live, stream == null ? ZoneStream.COLD : stream, parts.usage().lastWriteMillis(zone))
        .encode();
  }
}
