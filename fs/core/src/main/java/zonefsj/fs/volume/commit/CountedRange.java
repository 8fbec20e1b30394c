// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.util.Map;
import java.util.TreeMap;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * Sums over the extents of the index that lie completely in a range of a file. {@link
 * ExtentCounter} adds them up from the beginning of the range on; commits keep what is counted
 * current. With the sums, the commit that drops the range needs no pass over its extents.
 *
 * <p>Takes about 90 bytes for each zone in which the file has data. Used under the commit lock; the
 * fields that say who needs it are guarded by {@link CountedRanges}.
 */
final class CountedRange {
  private final long inode;
  private final long from;
  private final long to;
  private final Map<Integer, Long> zoneBytes = new TreeMap<>();
  private long placed;
  private long bytes;
  private long stagedBytes;
  private boolean anyInline;

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
   */
  CountedRange(long inode, long from, long to) {
    this.inode = inode;
    this.from = from;
    this.to = to;
    this.countedTo = from;
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
  boolean addNext(Extent extent, DeviceGeometry geometry) {
    if (extent.end() <= countedTo) {
      return false;
    }
    countedTo = extent.end();
    if (extent.start() >= from) {
      add(extent, 1, geometry);
    }
    return true;
  }

  /** Whether an extent lies in the range. */
  boolean contains(Extent extent) {
    return extent.start() >= from && extent.end() <= to;
  }

  /** Returns an empty sum of changes to this one. */
  CountedRange beginChange() {
    CountedRange change = new CountedRange(inode, from, to);
    change.countedTo = countedTo;
    return change;
  }

  /** Counts an extent that a commit adds (1) or removes (-1), if it or its place is counted. */
  void change(Extent extent, int sign, DeviceGeometry geometry) {
    if (contains(extent) && extent.end() <= countedTo) {
      add(extent, sign, geometry);
    }
  }

  /** Takes over the changes of a commit. */
  void add(CountedRange change) {
    change.zoneBytes.forEach(this::addToZone);
    placed += change.placed;
    bytes += change.bytes;
    stagedBytes += change.stagedBytes;
    anyInline |= change.anyInline;
  }

  private void add(Extent extent, int sign, DeviceGeometry geometry) {
    long length = (long) sign * extent.length();
    bytes += length;
    PhysicalExtent data = extent.placed();
    if (data != null && data.liesOn(geometry)) {
      addToZone(geometry.zoneOf(data.positionBytes()), length);
      placed += sign;
    }
    if (ExtentResolver.isStaged(extent)) {
      stagedBytes += length;
    }
    anyInline |= extent.inline() != null;
  }

  private void addToZone(int zone, long length) {
    zoneBytes.merge(
        zone, length, (before, more) -> before + more == 0 ? null : Long.valueOf(before + more));
  }

  /** Live bytes of the range, by zone. */
  Map<Integer, Long> zoneBytes() {
    return zoneBytes;
  }

  /** Number of extents that lie in zones. */
  long placed() {
    return placed;
  }

  /** Allocated bytes of the range. */
  long bytes() {
    return bytes;
  }

  /** Bytes that wait in the index for a zone. */
  long stagedBytes() {
    return stagedBytes;
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
    if (anyInline) {
      record.deleteRange(ColumnFamily.STAGED, first, end);
    }
  }
}
