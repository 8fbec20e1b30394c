// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import java.util.List;
import zonefsj.fs.cli.control.Json;

/** Encodes what {@code bench --json} prints. */
public final class BenchCodec {
  private BenchCodec() {}

  /** Encodes runs as an array. Sizes are in bytes, times in nanoseconds. */
  public static Json.Array encode(List<BenchResult> results) {
    return new Json.Array(results.stream().<Json>map(BenchCodec::run).toList());
  }

  private static Json.JsonObject run(BenchResult result) {
    List<Json> zones =
        result.zones().stream()
            .<Json>map(
                zone ->
                    measured(
                            Json.structure().put("zone", zone.zone()),
                            zone.bytes(),
                            zone.nanos(),
                            zone.latencies())
                        .build())
            .toList();
    return Json.structure()
        .put("operation", result.write() ? "write" : "read")
        .put("block_size", result.blockBytes())
        .put("flush_nanos", result.flushNanos())
        .put("zones", new Json.Array(zones))
        .put(
            "all",
            measured(Json.structure(), result.bytes(), result.nanos(), result.latencies()).build())
        .build();
  }

  private static Json.Builder measured(
      Json.Builder json, long bytes, long nanos, LatencyHistogram latencies) {
    return json.put("bytes", bytes)
        .put("nanos", nanos)
        .put("megabytes_per_second", BenchResult.megabytesPerSecond(bytes, nanos))
        .put("blocks", latencies.total())
        .put(
            "latency_nanos",
            Json.structure()
                .put("p50", latencies.percentileNanos(50))
                .put("p90", latencies.percentileNanos(90))
                .put("p99", latencies.percentileNanos(99))
                .put("p99.9", latencies.percentileNanos(99.9))
                .put("max", latencies.maxNanos())
                .build());
  }
}
