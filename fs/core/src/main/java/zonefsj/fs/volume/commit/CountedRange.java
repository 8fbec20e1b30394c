// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.util.function.Supplier;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * The extents of the index that lie completely in a range of a file, and their sums. {@link
 * ExtentCounter} counts them from the beginning of the range on; commits keep the sums of what is
 * counted current. With them, the commit that drops the range needs no pass over its extents.
 *
 * <p>Used under the commit lock; the fields that say who needs it are guarded by {@link
 * CountedRanges}.
 */
final class CountedRange {
  private final long inode;
  private final long from;
  private final long to;
  private final ExtentSums sums;

  /** Extents that end at most here are counted. */
  private long countedTo;

  private boolean complete;
  private boolean unusable;

  /** The batch that drops the range; negative before it is known. */
  private long batch = -1;

  /**
   * @param inode of the file
   * @param from first byte, offset in the file
   * @param to offset behind the last byte; {@link Long#MAX_VALUE} for all that follows
   * @param geometry of the drive, which can grow meanwhile
   */
  CountedRange(long inode, long from, long to, Supplier<DeviceGeometry> geometry) {
    this.inode = inode;
    this.from = from;
    this.to = to;
    this.countedTo = from;
    this.sums = new ExtentSums(geometry);
  }

  long inode() {
    return inode;
  }

  long from() {
    return from;
  }

  long to() {
    return to;
  }

  /** The number of the batch that drops the range; negative before it is known. */
  long batch() {
    return batch;
  }

  void setBatch(long number) {
    batch = number;
  }

  /** Whether all extents are counted, so that a commit may use the sums. */
  boolean isUsable() {
    return complete && !unusable;
  }

  /** Whether there is anything left to count. */
  boolean isUnfinished() {
    return !complete && !unusable;
  }

  /** Where to go on: the last key that is counted, which shows whether the next one overlaps. */
  byte[] nextKey() {
    return Keys.extent(inode, countedTo == from ? from + 1 : countedTo);
  }

  /** Ends the counting: no extent of the range follows. */
  void complete() {
    countedTo = to;
    complete = true;
  }

  /** What the range has cannot be counted: the commit has to look itself. */
  void cannotBeCounted() {
    unusable = true;
  }

  /**
   * Counts the next extent of the index, in ascending order.
   *
   * @return false if it was counted before
   */
  boolean addNext(Extent extent) {
    if (extent.end() <= countedTo) {
      return false;
    }
    countedTo = extent.end();
    if (extent.start() >= from) {
      sums.count(extent, 1);
    }
    return true;
  }

  /** Whether an extent lies in the range. */
  boolean contains(Extent extent) {
    return extent.start() >= from && extent.end() <= to;
  }

  /** Whether an extent, or its place, is counted: a commit that changes it changes the sums. */
  boolean counts(Extent extent) {
    return contains(extent) && extent.end() <= countedTo;
  }

  /** The sums over what is counted. */
  ExtentSums sums() {
    return sums;
  }

  /**
   * Deletes the keys of the range.
   *
   * @param behind an offset; keys that end at most there are not touched
   */
  void deleteKeys(BatchRecord.Builder record, long behind) {
    byte[] first = Keys.extent(inode, Math.max(from, behind) + 1);
    byte[] end = Keys.behindExtents(inode, to);
    record.deleteRange(ColumnFamily.EXTENTS, first, end);
    if (sums.anyInline()) {
      record.deleteRange(ColumnFamily.STAGED, first, end);
    }
  }
}
