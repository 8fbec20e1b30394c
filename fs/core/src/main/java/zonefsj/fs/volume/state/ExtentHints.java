// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.MetadataReader;

/**
 * Remembers where extents that were read lately begin and end, so that the next read within one of
 * them looks up its key, which the cache has, instead of a scan, which goes to the store and needs
 * an iterator. Random reads of a file with long extents need no scan then.
 *
 * <p>A hint is never taken for the truth: the index says what the key holds, and a key that is gone
 * or holds another extent means a scan. So nobody has to tell when extents change, and the fields
 * of a slot need not belong together.
 *
 * <p>One hint for each {@value #REGION_BYTES} bytes of a file, in a table without chains that later
 * hints overwrite: {@value #SLOTS} slots of 24 bytes for each volume. Thread-safe, without locks.
 */
final class ExtentHints {
  private static final int SLOTS = 4096;
  private static final int REGION_BYTES = 1 << 20;

  /** A hint in a slot: the region it is for, and the two offsets of the extent in its file. */
  private static final int FIELDS = 3;

  private static final int START = 1;
  private static final int END = 2;

  private final long[] slots = new long[SLOTS * FIELDS];

  /**
   * Looks for the one extent that holds a range, where the hints say.
   *
   * @param from first byte, offset in the file
   * @param to offset behind the last byte, more than {@code from}
   * @return null if it is not known; the caller then scans
   */
  @Nullable Extent covering(MetadataReader index, long inode, long from, long to)
      throws IOException {
    long region = region(inode, from);
    int slot = slot(region);
    long end = slots[slot + END];
    return slots[slot] == region && slots[slot + START] <= from && end >= to
        ? ExtentLookup.covering(index, inode, from, end)
        : null;
  }

  /** Notes an extent that a scan has found at an offset. */
  void note(long inode, long offset, Extent extent) {
    long region = region(inode, offset);
    int slot = slot(region);
    slots[slot] = region;
    slots[slot + START] = extent.start();
    slots[slot + END] = extent.end();
  }

  /** Nearly a number of its own for each region of each file, never 0. */
  private static long region(long inode, long offset) {
    return inode * 0x9E3779B97F4A7C15L + offset / REGION_BYTES | 1L << 63;
  }

  private static int slot(long region) {
    long mixed = region * 0xD6E8FEB86659FD93L;
    return (int) (mixed >>> 40 & (SLOTS - 1)) * FIELDS;
  }
}
