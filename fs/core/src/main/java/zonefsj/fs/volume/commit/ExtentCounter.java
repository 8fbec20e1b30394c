// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.List;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.state.ExtentLookup;

/**
 * Counts the extents of a range of a file before an operation drops them. A commit that drops
 * millions of extents would otherwise visit them all under the commit lock, and everybody who waits
 * for durability would wait for it. The operation counts slice by slice instead: each slice of
 * {@value #SLICE_EXTENTS} extents takes the commit lock, and commits get in between.
 *
 * <p>Small ranges are not counted: the commit visits their extents.
 *
 * <p>Thread-safe. Called without locks, outside the gate.
 */
public final class ExtentCounter {
  /** Ranges of fewer extents are left to the commit. */
  static final int FEW_EXTENTS = 4096;

  /** Extents that are counted under one hold of the commit lock: about 50 ms. */
  static final int SLICE_EXTENTS = 20_000;

  /** A file of fewer allocated bytes is not looked at. */
  private static final long FEW_BYTES = 1 << 20;

  /** Ranges that wait for their commit, before one is asked for: they take memory for each zone. */
  private static final int MOST_RANGES = 16;

  private final CommitLog log;
  private final MetadataReader index;
  private final DeviceGeometry geometry;
  private final CountedRanges ranges;
  private final Committer committer;
  private final int few;
  private final int slice;

  /**
   * @param log has the commit lock
   * @param index has the extents
   * @param geometry of the drive
   * @param ranges shared with the commits
   * @param committer commits what was counted, when it is much
   */
  public ExtentCounter(
      CommitLog log,
      MetadataReader index,
      DeviceGeometry geometry,
      CountedRanges ranges,
      Committer committer) {
    this(log, index, geometry, ranges, committer, FEW_EXTENTS, SLICE_EXTENTS);
  }

  /**
   * @param few extents that are left to the commit
   * @param slice extents that are counted under one hold of the commit lock
   */
  ExtentCounter(
      CommitLog log,
      MetadataReader index,
      DeviceGeometry geometry,
      CountedRanges ranges,
      Committer committer,
      int few,
      int slice) {
    this.log = log;
    this.index = index;
    this.geometry = geometry;
    this.ranges = ranges;
    this.committer = committer;
    this.few = few;
    this.slice = slice;
  }

  /** What was counted for one operation; closed when the operation ends. */
  public final class Counted implements AutoCloseable {
    private final List<CountedRange> own;

    private Counted(List<CountedRange> own) {
      this.own = own;
    }

    /**
     * Keeps the sums until a batch is committed. Called inside the gate, when the range is dropped
     * in this batch.
     *
     * @param batch its number
     */
    public void keepFor(long batch) {
      ranges.keepFor(own, batch);
    }

    @Override
    public void close() {
      ranges.removeUnkept(own);
    }
  }

  /**
   * Counts the extents of a range, if they are many.
   *
   * @param inode of a file
   * @param from first byte, offset in the file
   * @param to offset behind the last byte; {@link Long#MAX_VALUE} for all that follows. An empty
   *     range is not counted
   * @throws IOException if the index cannot be read
   */
  public Counted count(long inode, long from, long to) throws IOException {
    if (from >= to || !hasMany(inode, from, to)) {
      return new Counted(List.of());
    }
    if (ranges.count() >= MOST_RANGES) {
      committer.commit();
    }
    Counted counted = new Counted(ranges.add(inode, from, to));
    boolean isDone = false;
    try {
      for (CountedRange range : counted.own) {
        while (range.isOpen()) {
          log.runExclusively(() -> countSlice(index, geometry, range, slice));
        }
      }
      isDone = true;
      return counted;
    } finally {
      if (!isDone) {
        counted.close();
      }
    }
  }

  private boolean hasMany(long inode, long from, long to) throws IOException {
    byte[] allocated = index.get(ColumnFamily.EXTENTS, Keys.extent(inode, 0));
    if (allocated == null || allocated.length != Long.BYTES || Keys.number(allocated) < FEW_BYTES) {
      return false;
    }
    int[] extents = {0};
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(inode, from + 1),
        behind(inode, to),
        (key, value) -> ++extents[0] <= few);
    return extents[0] > few;
  }

  /**
   * Counts the next extents of a range.
   *
   * @param most how many
   */
  static void countSlice(
      MetadataReader index, DeviceGeometry geometry, CountedRange range, int most)
      throws IOException {
    if (!range.isOpen()) {
      return;
    }
    int[] left = {most};
    index.scan(
        ColumnFamily.EXTENTS,
        range.nextKey(),
        behind(range.inode(), range.to()),
        (key, value) -> {
          if (!Keys.hasRightLength(ColumnFamily.EXTENTS, key)) {
            return true;
          }
          Extent extent = ExtentLookup.readableOrNull(Keys.extentEnd(key), value);
          if (extent == null) {
            range.giveUp();
            return false;
          }
          range.addNext(extent, geometry);
          return --left[0] > 0;
        });
    if (left[0] > 0 && range.isOpen()) {
      range.complete();
    }
  }

  private static byte[] behind(long inode, long to) {
    return to == Long.MAX_VALUE ? Keys.extent(inode + 1, 0) : Keys.extent(inode, to + 1);
  }
}
