// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.Interval;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.state.ExtentLookup;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * Replaces ranges of one file in the index by the intervals of a batch. The ranges come in
 * ascending order. The scan counts and drops the extents that a range covers. It keeps only the
 * parts that a range cuts off at its two ends, and at most {@value #MAX_PIECE_DELETES} keys; more
 * keys are deleted by one range of the record. Memory therefore does not grow with the number of
 * extents. A batch does not know how many extents it will delete, so single deletes end at {@link
 * DeleteLimits}; from there on an interval adds no more than the batch counted for it. Nor does a
 * batch know that a range cuts an inline extent, which has up to 16 KiB: above that length of the
 * record, the bytes that are left of it go to a zone.
 *
 * <p>A range of the record lies strictly between the keys that are put before it and those that are
 * put after it: an extent that is cut at the end of one range of the file is put only when the next
 * one begins behind it.
 *
 * <p>Damage of one file must not end all commits. An extent that cannot be decoded is dropped like
 * any other, and what it may have held before a range is lost. Of extents that overlap, at most one
 * is cut at the end of a range: the others stay as they are, behind the new data.
 *
 * <p>The scan leaves out the extents of a {@link CountedRange}: their sums are known, and one range
 * of the record deletes them. The ranges of the batch must cover it completely.
 *
 * <p>Single-threaded.
 */
final class ExtentChanges {
  /** A file of more extents is deleted by one range; a range makes later reads slightly slower. */
  static final int MAX_POINT_DELETES = 64;

  /**
   * So that a write buffer of 1 MiB can replace blocks of 4 KiB without a range; for its data the
   * batch counts more than that.
   */
  static final int MAX_PIECE_DELETES = 512;

  private static final int BLOCK_BYTES = 4096;

  private static final byte[] NOTHING = new byte[0];

  private final long inode;
  private final MetadataReader index;
  private final BatchRecord.Builder record;
  private final DeleteLimits limits;
  private final LiveCount live;
  private final Remainders remainders;

  /**
   * Remainders of extents that reach beyond a range, by end. Without damage there is at most one.
   */
  private final TreeMap<Long, Extent> cut = new TreeMap<>();

  /** Counted ranges that all go, and those of them whose extents are dropped already. */
  private final List<CountedRange> counted;

  private final Set<CountedRange> droppedRanges = new HashSet<>();

  private long allocatedChange;

  /** End of the previous range. */
  private long rangeEnd;

  /** Counts extents, and the live bytes of zones. */
  interface LiveCount {
    /**
     * @param sign 1 for a new extent, -1 for a removed one
     */
    void count(long inode, Extent extent, int sign);

    /** Removes all extents that lie in a range. */
    void drop(CountedRange range);
  }

  /** Takes what is left of inline extents, instead of the record. */
  @FunctionalInterface
  interface Remainders {
    /**
     * @return false if the record takes it; else it is put later, behind all changes of the file
     */
    boolean take(long inode, Extent extent);
  }

  /**
   * @param counted ranges that the changes drop completely
   */
  ExtentChanges(
      long inode,
      MetadataReader index,
      BatchRecord.Builder record,
      DeleteLimits limits,
      LiveCount live,
      Remainders remainders,
      List<CountedRange> counted) {
    this.inode = inode;
    this.counted = counted;
    this.index = index;
    this.record = record;
    this.limits = limits;
    this.live = live;
    this.remainders = remainders;
  }

  /** Drops all extents, and the number of allocated bytes: the file is gone. */
  void dropAll() throws IOException {
    DroppedKeys dropped = new DroppedKeys(inode, limits.most(record, MAX_POINT_DELETES));
    scan(
        0,
        0,
        (key, value) -> {
          if (!Keys.hasRightLength(ColumnFamily.EXTENTS, key)) {
            return true;
          }
          long end = Keys.extentEnd(key);
          Extent extent = end == 0 ? null : ExtentLookup.readableOrNull(end, value);
          if (extent != null) {
            live.count(inode, extent, -1);
          }
          dropped.add(end, end != 0 && (extent == null || extent.inline() != null));
          return true;
        });
    dropped.write(record, 0, Long.MAX_VALUE, Map.of());
  }

  /** Replaces the old content of a range by an interval of the batch. */
  void replace(Interval piece) throws IOException {
    settle(piece.from());
    long from = piece.from();
    long to = piece.to();
    DroppedKeys dropped = new DroppedKeys(inode, limits.most(record, replacedBlocks(piece)));
    TreeMap<Long, Extent> added = new TreeMap<>();
    Extent only = ExtentLookup.covering(index, inode, from, to);
    if (only != null && countedRangeOf(only) == null) {
      replace(piece, only, dropped, added);
    } else {
      scan(
          from + 1,
          from,
          (key, value) ->
              !Keys.hasRightLength(ColumnFamily.EXTENTS, key)
                  || replace(piece, Keys.extentEnd(key), value, dropped, added));
    }
    rangeEnd = to;
    addContent(added, piece);
    dropped.write(record, from + 1, to, added);
    added.values().forEach(extent -> put(extent, extent.end() <= piece.from()));
  }

  /**
   * Visits the extents of the file, except those of counted ranges, which it drops.
   *
   * @param firstEnd the first end offset
   * @param behind counted extents that end at most here have gone before
   */
  private void scan(long firstEnd, long behind, MetadataReader.Visitor visitor) throws IOException {
    long[] next = {firstEnd};
    while (next[0] >= 0) {
      long first = next[0];
      next[0] = -1;
      index.scan(
          ColumnFamily.EXTENTS,
          Keys.extent(inode, first),
          Keys.extent(inode + 1, 0),
          (key, value) -> {
            CountedRange range = counted.isEmpty() ? null : countedRangeOf(key, value);
            if (range == null) {
              return visitor.visit(key, value);
            }
            drop(range, behind);
            next[0] = range.to() == Long.MAX_VALUE ? -1 : range.to() + 1;
            return false;
          });
    }
  }

  private @Nullable CountedRange countedRangeOf(byte[] key, byte[] value) throws IOException {
    Extent extent = ExtentLookup.readableOrNull(key, value);
    return extent == null ? null : countedRangeOf(extent);
  }

  private @Nullable CountedRange countedRangeOf(Extent extent) {
    for (CountedRange range : counted) {
      if (range.contains(extent)) {
        return range;
      }
    }
    return null;
  }

  private void drop(CountedRange range, long behind) {
    if (droppedRanges.add(range)) {
      range.deleteKeys(record, behind);
      allocatedChange -= range.sums().bytes();
      live.drop(range);
    }
  }

  /** Replaces a stored extent that may be damaged. */
  private boolean replace(
      Interval piece, long end, byte[] value, DroppedKeys dropped, Map<Long, Extent> added)
      throws IOException {
    Extent stored = ExtentLookup.readableOrNull(end, value);
    if (stored != null) {
      return replace(piece, stored, dropped, added);
    }
    if (end < 0 || end > piece.to()) {
      // Its start is unknown: it may lie behind the range.
      return false;
    }
    dropped.add(end, true);
    long from = Math.max(endBefore(piece.from()), end - Extent.MAX_COVERED_BYTES);
    if (from < piece.from() && !added.containsKey(piece.from())) {
      add(added, Extent.lost(from, (int) (piece.from() - from)));
    }
    return true;
  }

  /** End of the last relevant extent that ends at or before an offset; 0 if there is none. */
  private long endBefore(long offset) throws IOException {
    long[] last = {Math.min(rangeEnd, offset)};
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(inode, Math.max(1, offset - Extent.MAX_COVERED_BYTES)),
        Keys.extent(inode, offset + 1),
        (key, value) -> {
          if (Keys.hasRightLength(ColumnFamily.EXTENTS, key)) {
            last[0] = Math.max(last[0], Keys.extentEnd(key));
          }
          return true;
        });
    return last[0];
  }

  /**
   * Removes from an extent what a range replaces.
   *
   * @return whether the next extent may begin before the end of the range
   */
  private boolean replace(
      Interval piece, Extent stored, DroppedKeys dropped, Map<Long, Extent> added) {
    long end = stored.end();
    // An earlier range may have cut it.
    Extent shorter = cut.get(end);
    Extent old = shorter == null ? stored : shorter;
    if (old.start() >= piece.to()) {
      return false;
    }
    cut.remove(end);
    count(old, -1);
    if (old.start() < piece.from()) {
      add(added, old.slice(old.start(), piece.from()));
    }
    if (end > piece.to()) {
      add(cut, old.slice(piece.to(), end));
    } else {
      dropped.add(end, old.inline() != null);
    }
    return end <= piece.to();
  }

  private static long replacedBlocks(Interval piece) {
    long blocks = piece.buffer() == null ? 0 : piece.length() / BLOCK_BYTES + 2;
    return Math.max(MAX_POINT_DELETES, Math.min(MAX_PIECE_DELETES, blocks));
  }

  private void addContent(Map<Long, Extent> added, Interval piece) throws IOException {
    WriteBuffer buffer = piece.buffer();
    if (buffer == null) {
      return;
    }
    long at = piece.from();
    if (buffer.isLost()) {
      add(added, Extent.lost(at, (int) piece.length()));
      return;
    }
    if (!buffer.isPlaced()) {
      ByteBuffer bytes = buffer.bytes();
      byte[] inline = new byte[bytes.remaining()];
      bytes.get(inline);
      add(added, Extent.inline(at, inline));
      at += inline.length;
    } else {
      for (PhysicalExtent part : buffer.placed(piece.bufferOffset(), (int) piece.length())) {
        add(added, Extent.placed(at, part));
        at += part.lengthBytes();
      }
    }
    if (at != piece.to()) {
      throw new IllegalStateException(
          "inode "
              + inode
              + " offset "
              + piece.from()
              + ": of "
              + piece.length()
              + " bytes "
              + (at - piece.from())
              + " have a place");
    }
  }

  /**
   * Puts the remainders of extents, and the file's number of allocated bytes.
   *
   * @return that number
   */
  long finish() throws IOException {
    settle(Long.MAX_VALUE);
    byte[] key = Keys.extent(inode, 0);
    byte[] before = index.get(ColumnFamily.EXTENTS, key);
    long known = before == null || before.length != Long.BYTES ? 0 : Keys.number(before);
    long allocated = known + allocatedChange;
    if (allocatedChange != 0) {
      record.put(ColumnFamily.EXTENTS, key, allocated == 0 ? null : Keys.number(allocated));
    }
    return allocated;
  }

  /** Puts the remainders that no range from an offset on can change. */
  private void settle(long offset) {
    Iterator<Map.Entry<Long, Extent>> settled = cut.headMap(offset, true).entrySet().iterator();
    while (settled.hasNext()) {
      put(settled.next().getValue(), true);
      settled.remove();
    }
  }

  private void add(Map<Long, Extent> to, Extent extent) {
    Extent former = to.put(extent.end(), extent);
    if (former != null) {
      count(former, -1);
    }
    count(extent, 1);
  }

  private void count(Extent extent, int sign) {
    allocatedChange += sign * (long) extent.length();
    live.count(inode, extent, sign);
  }

  private void put(Extent extent, boolean isRest) {
    if (isRest
        && extent.inline() != null
        && record.lengthBytes() > limits.recordBytes()
        && remainders.take(inode, extent)) {
      return;
    }
    put(record, inode, extent);
  }

  /** Puts an extent into a record. */
  static void put(BatchRecord.Builder record, long inode, Extent extent) {
    byte[] key = Keys.extent(inode, extent.end());
    record.put(ColumnFamily.EXTENTS, key, extent.encode());
    if (ExtentResolver.isStaged(extent)) {
      record.put(ColumnFamily.STAGED, key, NOTHING);
    }
  }
}
