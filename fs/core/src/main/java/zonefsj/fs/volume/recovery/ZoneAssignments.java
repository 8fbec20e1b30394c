// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.stream.Collectors;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.ExtentLookup;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.ZoneStream;

/** Sets the stream and the live bytes of the written zones in allocator and usage, at a mount. */
public final class ZoneAssignments {
  private ZoneAssignments() {}

  /**
   * Assigns the zones. If the newest checkpoint cannot be read, zones that nothing names keep no
   * stream, so that nothing writes to them or resets them.
   *
   * @throws IOException if the index cannot be read or contradicts the drive
   */
  public static void assign(DriveZones drive, MetadataStore index, Recovery.Recovered recovered)
      throws IOException {
    for (JournalSegment segment : recovered.journal().segments()) {
      segment.copies().forEach(copy -> drive.allocator().assign(copy.zone(), ZoneStream.JOURNAL));
    }
    assignCheckpoint(drive, recovered);
    assignData(drive, index);
    drive.usage().setExtents(extents(drive.device().geometry(), index));
    if (!recovered.lacksCheckpoint()) {
      // A zone that nothing names is from a dropped tail. Otherwise it may hold a part of the
      // checkpoint, which a later mount may read: it stays until another checkpoint is stored.
      drive.releaseUnclaimed();
    }
  }

  private static void assignCheckpoint(DriveZones drive, Recovery.Recovered recovered) {
    SuperblockEntry.CheckpointRef ref = recovered.entry().checkpoint();
    if (ref == null) {
      return;
    }
    DeviceGeometry geometry = drive.device().geometry();
    CheckpointManifest manifest = recovered.checkpoint();
    Set<Integer> zones =
        manifest != null
            ? manifest.zones(geometry, ref)
            : ref.manifestPositions().stream().map(geometry::zoneOf).collect(Collectors.toSet());
    zones.forEach(zone -> drive.allocator().assign(zone, ZoneStream.CHECKPOINT));
  }

  private static void assignData(DriveZones drive, MetadataStore index) throws IOException {
    DeviceGeometry geometry = drive.device().geometry();
    int zones = geometry.zoneCount();
    index.scan(
        ColumnFamily.ZONES,
        new byte[0],
        null,
        (key, value) -> {
          int zone = key.length == Integer.BYTES ? ByteBuffer.wrap(key).getInt() : -1;
          if (zone < 0 || zone >= zones) {
            throw new VolumeFormatException(
                "the index names a zone that the drive does not have; zonefs-j fsck shows the"
                    + " details");
          }
          ZoneRecord record = ZoneRecord.decode(value);
          ZoneStream role = drive.allocator().state(zone).stream();
          if (!record.stream().isData()
              || (role != null && !role.isData())
              || record.liveBytes() > geometry.zoneSizeBytes()) {
            throw new VolumeFormatException(
                "the index holds impossible values for zone "
                    + zone
                    + "; zonefs-j fsck shows the details");
          }
          drive.usage().setLiveBytes(zone, record.liveBytes());
          drive.usage().addPlaced(zone, record.liveBytes(), 0);
          drive.usage().touched(zone, record.lastWriteMillis());
          drive.allocator().assign(zone, record.stream());
          return true;
        });
  }

  /**
   * Reads the number of extents in zones; counts them if an older version made the drive and no
   * record has the number.
   */
  private static long extents(DeviceGeometry geometry, MetadataStore index) throws IOException {
    byte[] recorded = index.get(ColumnFamily.META, Keys.EXTENT_COUNT);
    if (recorded != null && recorded.length == Long.BYTES && Keys.number(recorded) >= 0) {
      return Keys.number(recorded);
    }
    long[] count = {0};
    index.scan(
        ColumnFamily.EXTENTS,
        new byte[0],
        null,
        (key, value) -> {
          Extent extent = ExtentLookup.readableOrNull(key, value);
          PhysicalExtent placed = extent == null ? null : extent.placed();
          count[0] += placed != null && placed.liesOn(geometry) ? 1 : 0;
          return true;
        });
    return count[0];
  }
}
