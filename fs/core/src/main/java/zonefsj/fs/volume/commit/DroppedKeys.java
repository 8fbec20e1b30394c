// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * Extents of one range of a file that leave the index: one delete for each key while there are few,
 * one range of keys when there are many. Takes 8 bytes for each key up to its limit.
 * Single-threaded.
 */
final class DroppedKeys {
  private static final int FEW = 8;

  private final long inode;
  private final int limit;
  private long[] ends = new long[FEW];
  private final BitSet wereInline = new BitSet();
  private long count;
  private boolean anyInline;

  DroppedKeys(long inode, int limit) {
    this.inode = inode;
    this.limit = limit;
  }

  /**
   * @param end the end offset of its key
   * @param inline whether its bytes are in the index, so that it may be listed as staged
   */
  void add(long end, boolean inline) {
    anyInline |= inline;
    if (count < limit) {
      if (count == ends.length) {
        ends = Arrays.copyOf(ends, Math.min(limit, 2 * ends.length));
      }
      ends[(int) count] = end;
      wereInline.set((int) count, inline);
    }
    count++;
  }

  /**
   * Writes the deletes. If there are many, all keys of the range are deleted; the caller puts the
   * new ones afterwards.
   *
   * @param firstEnd the first end offset of the range
   * @param lastEnd the last end offset of the range
   * @param replaced ends whose keys are put next, so that they need no delete
   */
  void write(BatchRecord.Builder record, long firstEnd, long lastEnd, Map<Long, Extent> replaced) {
    if (count > limit) {
      byte[] first = Keys.extent(inode, firstEnd);
      byte[] behind = Keys.behindExtents(inode, lastEnd);
      record.deleteRange(ColumnFamily.EXTENTS, first, behind);
      if (anyInline) {
        record.deleteRange(ColumnFamily.STAGED, first, behind);
      }
      return;
    }
    for (int index = 0; index < count; index++) {
      byte[] key = Keys.extent(inode, ends[index]);
      if (!replaced.containsKey(ends[index])) {
        record.put(ColumnFamily.EXTENTS, key, null);
      }
      if (wereInline.get(index)) {
        record.put(ColumnFamily.STAGED, key, null);
      }
    }
  }
}
