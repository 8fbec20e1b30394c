// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.state.FileNamer;
import zonefsj.fs.volume.state.LostRangeCheck;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.fs.volume.stored.UnlistedLosses;

/**
 * Checks the list of lost data, and reports which ranges are still lost. Outdated records are no
 * fault: a mount drops them.
 */
final class LostDataCheck {
  /** More than a mount ever lists; a drive could hold any number. */
  private static final int MOST = 10_000;

  private final DeviceGeometry geometry;
  private final MetadataReader index;
  private final Findings findings;
  private final Findings losses;

  /**
   * @param losses takes the lost ranges, except those given up, which the extents show
   */
  LostDataCheck(DeviceGeometry geometry, MetadataReader index, Findings findings, Findings losses) {
    this.geometry = geometry;
    this.index = index;
    this.findings = findings;
    this.losses = losses;
  }

  void check() throws IOException {
    List<LostRange> ranges = new ArrayList<>();
    index.scan(
        ColumnFamily.META,
        LostRange.firstKey(),
        LostRange.endKey(),
        (key, value) -> {
          try {
            LostRange range = LostRange.decode(key, value);
            // The extents show what was given up.
            if (!range.isNowhere() && ranges.size() < MOST) {
              ranges.add(range);
            }
          } catch (IOException damaged) {
            unreadable(damaged);
          }
          return true;
        });
    for (LostRange range : ranges) {
      tell(range);
    }
    byte[] value = index.get(ColumnFamily.META, UnlistedLosses.KEY);
    try {
      if (value != null) {
        UnlistedLosses.decode(value);
      }
    } catch (IOException damaged) {
      unreadable(damaged);
    }
  }

  private void unreadable(IOException damaged) {
    findings.add(
        "a record of lost data cannot be read: " + damaged.getMessage(),
        "the list of lost data",
        "status does not show what it was about");
  }

  private void tell(LostRange range) throws IOException {
    for (LostRange lost : new LostRangeCheck(() -> geometry, index).stillLost(range)) {
      String file = losses.isFull() ? "" : new FileNamer(index).describe(lost.inode());
      losses.add(
          (lost.exact() ? "" : "in part: ") + lost.reason(geometry) + ", as a mount has found",
          file + ", offset " + lost.from() + " to " + lost.to(),
          "reads of this range fail with EIO until it is written anew");
    }
  }
}
