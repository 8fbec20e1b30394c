// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;

/**
 * Finds the one extent that holds a range of a file and ends where the range ends. It looks up the
 * extent's key, which the cache may have; a scan always goes to the store and needs an iterator.
 * This finds data that are written, overwritten and moved in the same units.
 */
public final class ExtentLookup {
  private ExtentLookup() {}

  /**
   * Looks for the extent that ends at {@code to} and begins at {@code from} or before. If there is
   * one, no other extent overlaps the range.
   *
   * @param from first byte, offset in the file
   * @param to offset behind the last byte, more than {@code from}
   * @return null if several extents, another one or none hold the range, or if the row cannot be
   *     decoded; the caller then scans
   */
  public static @Nullable Extent covering(MetadataReader index, long inode, long from, long to)
      throws IOException {
    byte[] value = index.get(ColumnFamily.EXTENTS, Keys.extent(inode, to));
    Extent extent = value == null ? null : readableOrNull(to, value);
    return extent != null && extent.start() <= from ? extent : null;
  }

  /**
   * Whether the bytes of an extent are a part of one extent of the index: at the same offsets of
   * the file, in the same place and with the same checksums. Costs one lookup.
   */
  public static boolean hasInPlace(MetadataReader index, long inode, Extent part)
      throws IOException {
    Extent[] first = {null};
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(inode, part.start() + 1),
        Keys.extent(inode + 1, 0),
        (key, value) -> {
          first[0] = readableOrNull(key, value);
          return false;
        });
    Extent whole = first[0];
    PhysicalExtent there = whole == null ? null : whole.placed();
    PhysicalExtent here = part.placed();
    return whole != null
        && there != null
        && here != null
        && whole.start() <= part.start()
        && whole.end() >= part.end()
        && there.slice((int) (part.start() - whole.start()), part.length()).equals(here);
  }

  /**
   * The extent of a row of the index, whatever its key is; null if it is damaged, or if the row
   * holds the file's allocated bytes.
   */
  public static @Nullable Extent readableOrNull(byte[] key, byte[] value) throws IOException {
    long end = Keys.hasRightLength(ColumnFamily.EXTENTS, key) ? Keys.extentEnd(key) : 0;
    return end == 0 ? null : readableOrNull(end, value);
  }

  /** An extent of the index; null if it is damaged. */
  public static @Nullable Extent readableOrNull(long end, byte[] value) {
    try {
      return Extent.decode(end, value);
    } catch (IOException damaged) {
      return null;
    }
  }
}
