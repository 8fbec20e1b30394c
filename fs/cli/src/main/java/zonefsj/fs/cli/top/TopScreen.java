// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.top;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import zonefsj.device.ByteSize;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.cli.terminal.DurationText;
import zonefsj.fs.cli.terminal.PlainLine;
import zonefsj.fs.volume.CollectorStatus;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.fs.volume.ZoneMap;
import zonefsj.gc.VictimReport;

/**
 * Draws a mount as lines of plain characters, as many as fit.
 *
 * @param columns width in characters
 * @param rows height in lines
 * @param isCut whether longer lines are cut at the width, as on a terminal
 */
record TopScreen(int columns, int rows, boolean isCut) {
  private static final int LEAST_COLUMNS = 40;
  private static final int LABEL_COLUMNS = 11;
  private static final int LEAST_MAP_LINES = 2;
  private static final int MOST_MAP_LINES = 12;
  private static final int OTHER_LINES = 30;
  private static final int MOST_KINDS = 6;
  private static final int MOST_VICTIMS = 3;
  private static final int MOST_ERRORS = 4;
  private static final double MICROS_PER_MILLI = 1000;
  private static final double TEN = 10;

  /**
   * Bytes that applications write in a second. Below, a checkpoint or what a load has left behind
   * would decide the write amplification.
   */
  private static final double MIN_AMPLIFIED_RATE = 1e6;

  /** By live share of the cell, in four parts; the first one is for no live bytes. */
  private static final String SHADES = ".-+#@";

  private static final char EMPTY = '_';

  private static final int WHOLE = 255;

  /** Keeps sizes that can be drawn. */
  TopScreen {
    columns = Math.max(LEAST_COLUMNS, columns);
  }

  /** Number of cells of the map of zones that fit beside everything else. */
  int mapCells() {
    int lines = Math.max(LEAST_MAP_LINES, Math.min(MOST_MAP_LINES, rows - OTHER_LINES));
    return Math.min(ZoneMap.MOST_CELLS, (columns - LABEL_COLUMNS) * lines);
  }

  /**
   * Draws.
   *
   * @param status the state of the mount
   * @param interval what happened since the last drawing
   * @param zones the picture of the zones, of {@link #mapCells} cells at most
   */
  List<String> draw(MountStatus status, Interval interval, Json.JsonObject zones)
      throws IOException {
    VolumeStatus volume = status.volume();
    List<String> lines = new ArrayList<>();
    add(
        lines,
        "",
        "zonefs-j top: "
            + status.source()
            + " on "
            + status.mountPoint()
            + (volume.label().isEmpty() ? "" : " (" + volume.label() + ")")
            + ", mounted for "
            + DurationText.of(volume.writes().total().millis() / 1000.0));
    if (volume.readOnly()) {
      add(
          lines,
          "read-only",
          volume.readOnlyReason().isEmpty() ? "as mounted" : volume.readOnlyReason());
    }
    space(lines, volume);
    traffic(lines, volume, interval);
    work(lines, interval);
    collector(lines, volume);
    map(lines, volume, zones);
    errors(lines, volume);
    return lines.size() <= rows ? lines : lines.subList(0, Math.max(1, rows));
  }

  private void space(List<String> lines, VolumeStatus volume) {
    add(
        lines,
        "space",
        share("live", volume.liveBytes(), volume)
            + share("reclaimable", volume.reclaimableBytes(), volume)
            + share("free", volume.freeBytes(), volume)
            + "of "
            + ByteSize.approximate(volume.capacityBytes()));
  }

  private static String share(String name, long bytes, VolumeStatus volume) {
    return String.format(
        Locale.ROOT,
        "%s %s (%.0f %%), ",
        name,
        ByteSize.approximate(bytes),
        volume.capacityBytes() <= 0 ? 0 : 100.0 * bytes / volume.capacityBytes());
  }

  private void traffic(List<String> lines, VolumeStatus volume, Interval interval)
      throws IOException {
    double written = interval.rate("application_bytes");
    double drive = interval.rate("drive_bytes");
    add(
        lines,
        "traffic",
        "read "
            + rate(interval.rate("read_bytes"))
            + ", written "
            + rate(written)
            + ", to the drive "
            + rate(drive));
    CollectorStatus collector = volume.collector();
    add(
        lines,
        "",
        String.format(
            Locale.ROOT,
            "write amplification %s now, %.2f since the mount%s",
            written < MIN_AMPLIFIED_RATE
                ? "-"
                : String.format(Locale.ROOT, "%.2f", drive / written),
            volume.writes().total().amplification(),
            collector.amplificationBound() > 0
                ? String.format(Locale.ROOT, ", %.2f in theory", collector.amplificationBound())
                : ""));
    add(
        lines,
        "memory",
        "dirty "
            + ByteSize.approximate(interval.level("dirty_bytes"))
            + " of "
            + ByteSize.approximate(interval.now().whole("dirty_limit_bytes"))
            + ", metadata cache "
            + hitRate(interval)
            + " hits, "
            + interval.now().whole("inodes")
            + " inodes");
  }

  private static String hitRate(Interval interval) throws IOException {
    long hits = interval.now().whole("cache_hits");
    long all = hits + interval.now().whole("cache_misses");
    return String.format(Locale.ROOT, "%.1f %%", all == 0 ? 100 : 100.0 * hits / all);
  }

  private void work(List<String> lines, Interval interval) throws IOException {
    add(lines, "", "");
    lines.add(row("", "per second", "mean", "99 % below"));
    busiest(interval.requests()).forEach(kind -> lines.add(row(kind.getKey(), kind.getValue())));
    lines.add(row("commit", interval.commits()));
    busiest(interval.device())
        .forEach(kind -> lines.add(row("drive " + kind.getKey(), kind.getValue())));
  }

  /** Those that took most of the time, by name, so that a line stays where it is. */
  private static List<Map.Entry<String, Interval.Work>> busiest(Map<String, Interval.Work> works) {
    return works.entrySet().stream()
        .filter(work -> work.getValue().slowestMicros() > 0)
        .sorted(
            Comparator.comparingDouble(
                (Map.Entry<String, Interval.Work> work) ->
                    -work.getValue().perSecond() * work.getValue().meanMicros()))
        .limit(MOST_KINDS)
        .sorted(Map.Entry.comparingByKey())
        .toList();
  }

  private static String row(String name, Interval.Work work) {
    return row(
        name,
        String.format(Locale.ROOT, "%.0f", work.perSecond()),
        micros(work.meanMicros()),
        micros(work.slowestMicros()));
  }

  private static String row(String name, String perSecond, String mean, String slowest) {
    return String.format(Locale.ROOT, "%-16s %12s %12s %12s", name, perSecond, mean, slowest);
  }

  private static String micros(double micros) {
    if (micros <= 0) {
      return "-";
    }
    double millis = micros / MICROS_PER_MILLI;
    return millis < 1
        ? String.format(Locale.ROOT, "%.0f us", micros)
        : String.format(Locale.ROOT, millis < TEN ? "%.1f ms" : "%.0f ms", millis);
  }

  private void collector(List<String> lines, VolumeStatus volume) {
    CollectorStatus collector = volume.collector();
    add(lines, "", "");
    add(
        lines,
        "collector",
        collector.state()
            + ", "
            + ByteSize.approximate(collector.bytesMoved())
            + " copied, "
            + collector.zonesReset()
            + " zones reset");
    List<VictimReport> victims = collector.lastVictims();
    for (int at = victims.size() - 1; at >= Math.max(0, victims.size() - MOST_VICTIMS); at--) {
      VictimReport victim = victims.get(at);
      add(
          lines,
          "",
          "zone "
              + victim.zone()
              + ": "
              + victim.reason()
              + ", "
              + ByteSize.approximate(victim.movedBytes())
              + " moved");
    }
  }

  private void map(List<String> lines, VolumeStatus volume, Json.JsonObject zones)
      throws IOException {
    add(lines, "", "");
    add(
        lines,
        "zones",
        volume.zonesByRole().entrySet().stream()
            .filter(role -> role.getValue() > 0)
            .map(role -> role.getValue() + " " + role.getKey())
            .collect(Collectors.joining(", ")));
    byte[] live = Base64.getDecoder().decode(zones.text("live"));
    byte[] fill = Base64.getDecoder().decode(zones.text("fill"));
    byte[] condition = Base64.getDecoder().decode(zones.text("condition"));
    List<String> conditions = zones.texts("conditions");
    StringBuilder line = new StringBuilder();
    for (int cell = 0; cell < live.length; cell++) {
      line.append(symbol(conditions.get(condition[cell]), fill[cell], live[cell]));
      if (line.length() == columns - LABEL_COLUMNS || cell == live.length - 1) {
        add(lines, "", line.toString());
        line.setLength(0);
      }
    }
    add(
        lines,
        "",
        "_ empty, live . 0 % - below 25 % + 50 % # 75 % @ 100 %, r read-only, X offline");
  }

  private static char symbol(String condition, byte fill, byte live) {
    if (condition.equals("offline")) {
      return 'X';
    }
    if (condition.equals("read-only")) {
      return 'r';
    }
    if (fill == 0) {
      return EMPTY;
    }
    int share = Byte.toUnsignedInt(live);
    return share == 0 ? SHADES.charAt(0) : SHADES.charAt(1 + Math.min(3, share * 4 / (WHOLE + 1)));
  }

  private void errors(List<String> lines, VolumeStatus volume) {
    add(lines, "", "");
    List<String> errors = volume.errors();
    if (errors.isEmpty()) {
      add(lines, "errors", "none");
    }
    for (int at = errors.size() - 1; at >= Math.max(0, errors.size() - MOST_ERRORS); at--) {
      add(lines, at == errors.size() - 1 ? "errors" : "", errors.get(at));
    }
  }

  private static String rate(double bytesPerSecond) {
    return ByteSize.approximate(Math.round(bytesPerSecond)) + "/s";
  }

  private void add(List<String> lines, String name, String value) {
    String line =
        name.isEmpty() && lines.isEmpty()
            ? value
            : String.format(Locale.ROOT, "%-" + LABEL_COLUMNS + "s%s", name, value);
    // A label or a path can contain any character, including control characters.
    String safe = PlainLine.of(line).stripTrailing();
    lines.add(!isCut || safe.length() <= columns ? safe : safe.substring(0, columns - 1) + "~");
  }
}
