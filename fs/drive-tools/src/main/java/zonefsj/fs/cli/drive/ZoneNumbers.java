// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.library.ZoneQuery;
import zonefsj.fs.cli.options.UsageError;

/** Zones that the user names: numbers, ranges, {@code all}, bytes of the drive. Immutable. */
public final class ZoneNumbers {
  private static final String ALL = "all";

  private final List<ZoneRange> ranges;
  private final boolean all;
  private final @Nullable Span span;

  /** A range of bytes; the length may be greater than the drive. */
  private record Span(long positionBytes, long lengthBytes) {}

  private ZoneNumbers(List<ZoneRange> ranges, boolean all, @Nullable Span span) {
    this.ranges = List.copyOf(ranges);
    this.all = all;
    this.span = span;
  }

  /** Parses words such as {@code 3}, {@code 4-7}, {@code all}. */
  public static ZoneNumbers parse(List<String> words) throws UsageError {
    List<ZoneRange> ranges = new ArrayList<>();
    for (String word : words) {
      if (!word.equals(ALL)) {
        ranges.add(ZoneRange.parse(word));
      }
    }
    return new ZoneNumbers(ranges, words.contains(ALL), null);
  }

  /**
   * The whole zones in a range of bytes.
   *
   * @param positionBytes start of the first zone
   * @param lengthBytes up to the end of a zone; {@link Long#MAX_VALUE}: all that follow
   */
  public static ZoneNumbers at(long positionBytes, long lengthBytes) {
    return new ZoneNumbers(List.of(), false, new Span(positionBytes, lengthBytes));
  }

  /**
   * The named zones of a drive, each once; {@code all} stands for the sequential zones that the
   * action changes.
   *
   * @throws UsageError if the drive does not have all of them
   */
  public List<Integer> on(ZonedDevice device, ZoneAction action) throws IOException, UsageError {
    Set<Integer> numbers = new LinkedHashSet<>();
    List<ZoneRange> named = new ArrayList<>(ranges);
    if (span != null) {
      named.add(zonesOf(span, device.geometry()));
    }
    for (ZoneRange range : named) {
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

  private static ZoneRange zonesOf(Span span, DeviceGeometry geometry) throws UsageError {
    long size = geometry.zoneSizeBytes();
    long position = span.positionBytes();
    if (position >= geometry.capacityBytes()) {
      throw new UsageError(
          "--position "
              + position
              + " is not within the drive of "
              + geometry.capacityBytes()
              + " bytes");
    }
    long rest = geometry.capacityBytes() - position;
    long length = span.lengthBytes() == Long.MAX_VALUE ? rest : span.lengthBytes();
    boolean isWhole = length == rest || (length % size == 0 && length > 0 && length < rest);
    if (position % size != 0 || !isWhole) {
      throw new UsageError(
          "--position and --length must cover whole zones of the drive, which have "
              + ByteSize.format(size));
    }
    return new ZoneRange(geometry.zoneOf(position), geometry.zoneOf(position + length - 1));
  }
}
