// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.stored.LostRange;

/**
 * Compares a lost range with the extents of its file: the range is still lost where the file still
 * has the same place on the drive, or a lost extent. Thread-safe. Costs one scan of at most {@value
 * #MOST_EXTENTS} extents that the range overlaps; the rest of the range counts as still lost.
 */
public final class LostRangeCheck {
  private static final int MOST_EXTENTS = 4096;

  /** A range that was cut into more parts stays one inexact range. */
  private static final int MOST_PARTS = 8;

  private final Supplier<DeviceGeometry> geometry;
  private final MetadataReader index;

  /** Compares with an index. */
  public LostRangeCheck(Supplier<DeviceGeometry> geometry, MetadataReader index) {
    this.geometry = geometry;
    this.index = index;
  }

  /** The parts of a range that are still lost, in order; the range itself if all of it is. */
  public List<LostRange> stillLost(LostRange range) throws IOException {
    Parts parts = new Parts(range);
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(range.inode(), range.from() + 1),
        Keys.extent(range.inode() + 1, 0),
        (key, value) -> !Keys.hasRightLength(ColumnFamily.EXTENTS, key) || parts.add(key, value));
    return parts.found();
  }

  private final class Parts {
    private final LostRange range;
    private final List<LostRange> found = new ArrayList<>();
    private int looked;

    Parts(LostRange range) {
      this.range = range;
    }

    /** Returns whether to go on. */
    boolean add(byte[] key, byte[] value) throws IOException {
      long end = Keys.extentEnd(key);
      Extent extent = ExtentLookup.readableOrNull(end, value);
      if (extent == null) {
        return true;
      }
      if (extent.start() >= range.to()) {
        return false;
      }
      if (++looked > MOST_EXTENTS) {
        join(Math.max(range.from(), extent.start()), range.to());
        return false;
      }
      long low = Math.max(range.from(), extent.start());
      long high = Math.min(range.to(), end);
      if (low < high && isThere(extent)) {
        join(low, high);
      }
      return true;
    }

    private boolean isThere(Extent extent) {
      PhysicalExtent placed = extent.placed();
      if (range.isNowhere()) {
        return extent.isLost() || (placed != null && !placed.liesOn(geometry.get()));
      }
      return placed != null
          && placed.firstBytePosition() - extent.start() == range.positionBytes() - range.from();
    }

    private void join(long low, long high) {
      LostRange last = last();
      if (last != null && last.to() == low) {
        found.set(found.size() - 1, range.cut(last.from(), high));
      } else {
        found.add(range.cut(low, high));
      }
    }

    private @Nullable LostRange last() {
      return found.isEmpty() ? null : found.get(found.size() - 1);
    }

    List<LostRange> found() {
      LostRange last = last();
      boolean one = range.exact() ? found.size() > MOST_PARTS : found.size() > 1;
      if (last == null || !one) {
        return found;
      }
      return List.of(range.cut(found.get(0).from(), last.to()).inexact());
    }
  }
}
