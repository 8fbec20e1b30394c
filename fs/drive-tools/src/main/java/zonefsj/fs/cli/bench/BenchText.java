// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import zonefsj.device.ByteSize;
import zonefsj.fs.cli.bench.BenchResult.ZoneResult;
import zonefsj.fs.cli.terminal.Table;

/** The result of a measurement as text for people. */
public final class BenchText {
  private BenchText() {}

  /**
   * Formats a headline, a table with a line for each zone and one for all zones, and the duration
   * of the flush after a write.
   */
  public static List<String> of(BenchResult result) {
    String done = result.write() ? "written" : "read";
    List<String> lines = new ArrayList<>();
    lines.add(
        result.zones().size()
            + (result.zones().size() == 1 ? " zone " : " zones at once ")
            + done
            + " in blocks of "
            + ByteSize.format(result.blockBytes())
            + "; MB/s are millions of bytes a second");
    Table table =
        new Table(
            ">zone",
            ">" + done,
            ">MB/s",
            ">blocks",
            ">p50 ms",
            ">p90 ms",
            ">p99 ms",
            ">p99.9 ms",
            ">max ms");
    for (ZoneResult zone : result.zones()) {
      row(table, Integer.toString(zone.zone()), zone.bytes(), zone.nanos(), zone.latencies());
    }
    row(table, "all", result.bytes(), result.nanos(), result.latencies());
    lines.addAll(table.lines());
    if (result.write()) {
      lines.add("flushed in " + millis(result.flushNanos()) + " ms, which counts for all");
    }
    return lines;
  }

  private static void row(
      Table table, String name, long bytes, long nanos, LatencyHistogram latencies) {
    table.row(
        name,
        ByteSize.format(bytes),
        String.format(Locale.ROOT, "%.1f", BenchResult.megabytesPerSecond(bytes, nanos)),
        latencies.total(),
        millis(latencies.percentileNanos(50)),
        millis(latencies.percentileNanos(90)),
        millis(latencies.percentileNanos(99)),
        millis(latencies.percentileNanos(99.9)),
        millis(latencies.maxNanos()));
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
  }
}
