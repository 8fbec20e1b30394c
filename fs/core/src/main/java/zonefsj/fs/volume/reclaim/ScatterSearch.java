// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.reclaim.LiveExtents.Live;
import zonefsj.fs.volume.state.ExtentLookup;

/**
 * A search of all files for ranges that lie scattered on the drive: windows of {@value
 * #WINDOW_BYTES} bytes of a file in which a reader jumps at least {@value #LEAST_JUMPS} times. A
 * read passes over a short gap, and the step to the beginning of another zone cannot be avoided;
 * neither is a jump.
 *
 * <p>A slice examines about {@value #MOST_EXAMINED} extents at most. Commits may change extents
 * between two slices. As in {@link LiveSearch}, nothing is found twice: the search goes on behind
 * the last extent that it has decided on, by inode and end.
 *
 * <p>Memory: about 300 bytes for each extent of one window, of which {@value #MOST_EXTENTS} at most
 * are decided on together. Used by one thread at a time.
 */
final class ScatterSearch {
  static final int WINDOW_BYTES = 8 << 20;
  static final int LEAST_JUMPS = 2;
  static final int MOST_EXTENTS = 4096;

  /** What is found at once is read in a second also by a disk. */
  static final int MOST_JUMPS = 64;

  static final int MOST_BYTES = 4 << 20;

  private static final int MOST_EXAMINED = 50_000;

  /** A read passes over gaps of this length; in small zones, one that is as short matters more. */
  private static final int LONGEST_GAP_BYTES = 128 << 10;

  private final MetadataReader index;
  private final DeviceGeometry geometry;
  private final long shortGapBytes;
  private Position position = new Position(new byte[0], 0, 0, 0, false);

  /** Extents of a window that follow each other, not decided on yet. */
  private final List<Live> window = new ArrayList<>();

  /** Where the search goes on. */
  static final class Position {
    /** The first key that is not decided on. */
    private final byte[] key;

    /** The file in which a scattered window was found last. */
    private final long inode;

    /** Offset in it behind that window: what is left of the window follows. */
    private final long windowEnd;

    private final long examinedBytes;
    private final boolean end;

    private Position(byte[] key, long inode, long windowEnd, long examinedBytes, boolean end) {
      this.key = key;
      this.inode = inode;
      this.windowEnd = windowEnd;
      this.examinedBytes = examinedBytes;
      this.end = end;
    }

    /** Bytes of files that are decided on. */
    long examinedBytes() {
      return examinedBytes;
    }

    /** Whether nothing is left. */
    boolean isEnd() {
      return end;
    }
  }

  ScatterSearch(MetadataReader index, DeviceGeometry geometry) {
    this.index = index;
    this.geometry = geometry;
    this.shortGapBytes = Math.min(LONGEST_GAP_BYTES, geometry.zoneSizeBytes() / 16);
  }

  Position position() {
    return position;
  }

  /** Goes back to where the search was. */
  void goBackTo(Position before) {
    position = before;
  }

  /**
   * Examines the next slice.
   *
   * @return extents of one file that lie scattered, in order, at most {@value #MOST_BYTES} bytes
   *     and one extent; maybe none
   */
  List<Live> next() throws IOException {
    window.clear();
    int[] examined = {0};
    boolean[] isStopped = {false};
    index.scan(
        ColumnFamily.EXTENTS,
        position.key,
        null,
        (key, value) -> {
          Live live = dataOf(key, value);
          examined[0]++;
          boolean isOther = live != null && !continuesWindow(live);
          if (isOther || (examined[0] >= MOST_EXAMINED && (live == null || window.isEmpty()))) {
            isStopped[0] = isScattered() || pass(key, examined[0]);
          }
          if (live != null && !isStopped[0]) {
            window.add(live);
          }
          return !isStopped[0];
        });
    if (isScattered()) {
      return take();
    }
    if (!isStopped[0]) {
      pass(position.key, 0);
      position =
          new Position(
              position.key, position.inode, position.windowEnd, position.examinedBytes, true);
    }
    return List.of();
  }

  /** The extent of a row, if it names data on the drive. */
  private @Nullable Live dataOf(byte[] key, byte[] value) throws IOException {
    Extent extent = ExtentLookup.readableOrNull(key, value);
    PhysicalExtent placed = extent == null ? null : extent.placed();
    if (extent == null || placed == null || !placed.liesOn(geometry)) {
      return null;
    }
    long inode = Keys.leadingInode(key);
    return inode > 0 && inode < Keys.INODE_LIMIT ? new Live(inode, extent) : null;
  }

  private boolean continuesWindow(Live live) {
    return window.isEmpty()
        || (window.size() < MOST_EXTENTS
            && window.get(0).inode() == live.inode()
            && endOfWindow(window.get(0).extent()) == endOfWindow(live.extent()));
  }

  private static long endOfWindow(Extent extent) {
    return (extent.start() / WINDOW_BYTES + 1) * WINDOW_BYTES;
  }

  /** Whether the window is to be taken: also if it is the rest of one that was. */
  private boolean isScattered() {
    if (window.isEmpty()) {
      return false;
    }
    Live first = window.get(0);
    return (first.inode() == position.inode && first.extent().start() < position.windowEnd)
        || jumps(window.size()) >= LEAST_JUMPS;
  }

  private int jumps(int extents) {
    int jumps = 0;
    for (int at = 1; at < extents; at++) {
      jumps += isJump(at) ? 1 : 0;
    }
    return jumps;
  }

  /** Whether a reader jumps from the extent before to this one. */
  private boolean isJump(int at) {
    PhysicalExtent from = window.get(at - 1).extent().placed();
    PhysicalExtent to = window.get(at).extent().placed();
    if (from == null || to == null) {
      return false;
    }
    long gap = to.positionBytes() - from.positionBytes() - from.coveredBytes();
    long offset = to.positionBytes() - geometry.zoneStartBytes(geometry.zoneOf(to.positionBytes()));
    // Extents that were cut within a granule share it.
    return (gap < -to.checksums().granuleBytes() || gap > shortGapBytes) && offset > shortGapBytes;
  }

  /** Leaves the window as it is; returns whether the slice ends with it. */
  private boolean pass(byte[] next, int examined) {
    position =
        new Position(
            next,
            position.inode,
            position.windowEnd,
            position.examinedBytes + bytes(window),
            false);
    window.clear();
    return examined >= MOST_EXAMINED;
  }

  /** Takes as much of the window as is moved at once. */
  private List<Live> take() {
    int taken = 1;
    long length = window.get(0).extent().length();
    int jumps = 0;
    while (taken < window.size() && length < MOST_BYTES && jumps < MOST_JUMPS) {
      jumps += isJump(taken) ? 1 : 0;
      length += window.get(taken).extent().length();
      taken++;
    }
    List<Live> found = List.copyOf(window.subList(0, taken));
    Live end = found.get(taken - 1);
    byte[] last = Keys.extent(end.inode(), end.extent().end());
    position =
        new Position(
            Arrays.copyOf(last, last.length + 1),
            end.inode(),
            endOfWindow(end.extent()),
            position.examinedBytes + length,
            false);
    window.clear();
    return found;
  }

  private static long bytes(List<Live> extents) {
    return extents.stream().mapToLong(one -> one.extent().length()).sum();
  }
}
