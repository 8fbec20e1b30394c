// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.library.ZoneQuery;
import zonefsj.fs.cli.options.UsageError;

/** Zones that the user names: numbers, ranges, {@code all}. Immutable. */
public final class ZoneNumbers {
  private static final String ALL = "all";

  private final List<ZoneRange> ranges;
  private final boolean all;

  private ZoneNumbers(List<ZoneRange> ranges, boolean all) {
    this.ranges = List.copyOf(ranges);
    this.all = all;
  }

  /** Parses words such as {@code 3}, {@code 4-7}, {@code all}. */
  public static ZoneNumbers parse(List<String> words) throws UsageError {
    List<ZoneRange> ranges = new ArrayList<>();
    for (String word : words) {
      if (!word.equals(ALL)) {
        ranges.add(ZoneRange.parse(word));
      }
    }
    return new ZoneNumbers(ranges, words.contains(ALL));
  }

  /**
   * The named zones of a drive, each once; {@code all} stands for the sequential zones that the
   * action changes.
   *
   * @throws UsageError if the drive does not have all of them
   */
  public List<Integer> on(ZonedDevice device, ZoneAction action) throws IOException, UsageError {
    Set<Integer> numbers = new LinkedHashSet<>();
    for (ZoneRange range : ranges) {
      range.checkWithin(device.geometry().zoneCount());
      for (int zone = range.first(); zone <= range.last(); zone++) {
        numbers.add(zone);
      }
    }
    if (all) {
      ZoneQuery.all()
          .types(ZoneType.SEQUENTIAL_REQUIRED, ZoneType.SEQUENTIAL_PREFERRED)
          .conditions(action.changed())
          .stream(device)
          .map(ZoneDescriptor::index)
          .forEach(numbers::add);
    }
    return List.copyOf(numbers);
  }
}
