// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;

/**
 * Chooses the stream of data that applications write. Data that replace others change as often as
 * those did: the update rate of the zone of the first replaced extent decides. Data that replace
 * none are expected to stay if they are long. The choice is a guess: it may be made beside a commit
 * that changes the index.
 *
 * <p>Thread-safe. A choice costs two lookups in the index, or one of them and a scan to the next
 * extent; one lookup for a file without data.
 */
public final class StreamChooser {
  /** New data of at least this length are expected to stay. */
  public static final int LEAST_COLD_BYTES = 512 << 10;

  private final DriveZones drive;
  private final MetadataReader index;

  /**
   * @param drive knows the update rates of the zones
   * @param index holds the extents
   */
  public StreamChooser(DriveZones drive, MetadataReader index) {
    this.drive = drive;
    this.index = index;
  }

  /**
   * Returns the stream for new content of a range of a file.
   *
   * @param offset first byte, offset in the file
   * @param lengthBytes more than 0
   * @throws IOException if the index cannot be read
   */
  public DataStream streamFor(long inode, long offset, int lengthBytes) throws IOException {
    PhysicalExtent replaced =
        drive.allocator().sharesDataZone() ? null : replacedBy(inode, offset, offset + lengthBytes);
    DeviceGeometry geometry = drive.device().geometry();
    if (replaced != null && replaced.liesOn(geometry)) {
      int zone = geometry.zoneOf(replaced.positionBytes());
      return DataStream.ofWritten(drive.usage().updateRate(zone));
    }
    return lengthBytes >= LEAST_COLD_BYTES ? DataStream.COLD : DataStream.HOT;
  }

  /** The key behind the last that an extent which begins before an offset can have. */
  private static byte[] behindLastOver(long inode, long to) {
    long end = to + Extent.MAX_COVERED_BYTES;
    return end < 0 ? Keys.extent(inode + 1, 0) : Keys.extent(inode, end);
  }

  /** The first data in a zone that new content of a range replaces; null if there are none. */
  private @Nullable PhysicalExtent replacedBy(long inode, long from, long to) throws IOException {
    if (index.get(ColumnFamily.EXTENTS, Keys.extent(inode, 0)) == null) {
      // The file has no allocated bytes.
      return null;
    }
    Extent only = ExtentLookup.covering(index, inode, from, to);
    if (only != null) {
      return only.placed();
    }
    Extent[] first = {null};
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(inode, from + 1),
        behindLastOver(inode, to),
        (key, value) -> {
          first[0] = ExtentLookup.readableOrNull(key, value);
          return false;
        });
    return first[0] == null || first[0].start() >= to ? null : first[0].placed();
  }
}
