// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import zonefsj.device.ByteSize;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.fs.volume.ZoneView;

/** Zones as text for people: one line each, or one character each. */
public final class ZoneText {
  private static final int MAP_WIDTH = 64;
  private static final Map<ZoneCondition, Character> MARKS = new EnumMap<>(ZoneCondition.class);

  static {
    MARKS.put(ZoneCondition.NOT_WRITE_POINTER, 'c');
    MARKS.put(ZoneCondition.EMPTY, '.');
    MARKS.put(ZoneCondition.IMPLICIT_OPEN, 'o');
    MARKS.put(ZoneCondition.EXPLICIT_OPEN, 'O');
    MARKS.put(ZoneCondition.CLOSED, '-');
    MARKS.put(ZoneCondition.FULL, '#');
    MARKS.put(ZoneCondition.READ_ONLY, 'r');
    MARKS.put(ZoneCondition.OFFLINE, 'X');
  }

  private ZoneText() {}

  /** Formats a table of the zones. */
  public static List<String> table(List<ZoneView> zones) {
    boolean live = zones.stream().anyMatch(zone -> !zone.role().isEmpty());
    Table table =
        live
            ? new Table(
                ">zone",
                "type",
                "condition",
                ">start",
                ">size",
                ">capacity",
                ">written",
                "role",
                ">live")
            : new Table(">zone", "type", "condition", ">start", ">size", ">capacity", ">written");
    for (ZoneView zone : zones) {
      ZoneDescriptor d = zone.descriptor();
      List<Object> cells =
          new ArrayList<>(
              List.of(
                  d.index(),
                  word(d.type()),
                  word(d.condition()),
                  ByteSize.format(d.startBytes()),
                  ByteSize.format(d.sizeBytes()),
                  ByteSize.format(d.capacityBytes()),
                  d.hasWritePointer() ? ByteSize.format(d.writtenBytes()) : "-"));
      if (live) {
        cells.add(zone.role());
        cells.add(ByteSize.format(zone.liveBytes()));
      }
      table.row(cells.toArray());
    }
    return table.lines();
  }

  /**
   * Formats the zones as comma-separated values with the names and numbers of the JSON, after a
   * line of names. A write pointer without meaning is empty.
   */
  public static List<String> csv(List<ZoneView> zones) {
    boolean live = zones.stream().anyMatch(zone -> !zone.role().isEmpty());
    List<String> lines = new ArrayList<>();
    lines.add(
        "zone,type,condition,start,size,capacity,write_pointer" + (live ? ",role,live_bytes" : ""));
    for (ZoneView zone : zones) {
      ZoneDescriptor d = zone.descriptor();
      List<String> cells =
          new ArrayList<>(
              List.of(
                  Integer.toString(d.index()),
                  word((Enum<?>) d.type()),
                  word((Enum<?>) d.condition()),
                  Long.toString(d.startBytes()),
                  Long.toString(d.sizeBytes()),
                  Long.toString(d.capacityBytes()),
                  d.hasWritePointer() ? Long.toString(d.writePointerBytes()) : ""));
      if (live) {
        cells.add(zone.role());
        cells.add(Long.toString(zone.liveBytes()));
      }
      lines.add(String.join(",", cells));
    }
    return lines;
  }

  /**
   * Formats a map of the zones: one character for each zone, and the number of the first zone at
   * the beginning of each line.
   */
  static List<String> map(List<ZoneView> zones) {
    return map(zones, zone -> true);
  }

  /**
   * Formats a map of adjacent zones.
   *
   * @param shown selects the zones that are shown and counted; the others are blank
   */
  public static List<String> map(List<ZoneView> zones, Predicate<ZoneView> shown) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    EnumMap<ZoneCondition, Integer> counts = new EnumMap<>(ZoneCondition.class);
    for (int i = 0; i < zones.size(); i++) {
      ZoneCondition condition = zones.get(i).descriptor().condition();
      if (i % MAP_WIDTH == 0) {
        line.append(String.format(Locale.ROOT, "%8d  ", zones.get(i).descriptor().index()));
      }
      if (shown.test(zones.get(i))) {
        line.append(MARKS.get(condition));
        counts.merge(condition, 1, Integer::sum);
      } else {
        line.append(' ');
      }
      if (i % MAP_WIDTH == MAP_WIDTH - 1 || i == zones.size() - 1) {
        lines.add(line.toString().stripTrailing());
        line.setLength(0);
      }
    }
    counts.forEach(
        (condition, count) ->
            lines.add("  " + MARKS.get(condition) + "  " + legend(condition) + ": " + count));
    return lines;
  }

  /** A condition; none for a conventional zone, which has no write pointer. */
  public static String word(ZoneCondition condition) {
    return condition == ZoneCondition.NOT_WRITE_POINTER ? "-" : word((Enum<?>) condition);
  }

  private static String legend(ZoneCondition condition) {
    return condition == ZoneCondition.NOT_WRITE_POINTER ? "conventional" : word(condition);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
