// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import zonefsj.device.LatencyCounts;
import zonefsj.device.block.BlockDeviceFacts;
import zonefsj.device.filter.DeviceCounters;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.volume.VolumeCounters;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.fs.volume.ZoneMap;

/** What a mount shows, as JSON: for the page, and for {@code zonefs-j top}. */
public final class MountJson {
  private static final double MEDIAN = 0.5;
  private static final double SLOWEST_IN_A_HUNDRED = 0.99;

  private MountJson() {}

  /** The status, with the time. */
  static Json.JsonObject status(MonitoredMount mount, long nowMillis) {
    Json.Builder json = Json.structure().put("now_millis", nowMillis);
    StatusCodec.encode(mount.status()).members().forEach(json::put);
    return json.build();
  }

  /** All zones: a column for each property, one byte for each zone, in base64. */
  static Json.JsonObject zones(MonitoredMount mount, long nowMillis) {
    return columns(mount.zoneMap()).put("now_millis", nowMillis).build();
  }

  /**
   * The same in a number of cells, each of several zones.
   *
   * @param most number of cells at most
   */
  public static Json.JsonObject cells(MonitoredMount mount, int most) {
    ZoneMap map = mount.zoneMap();
    return columns(map.cells(most)).put("zones", map.fill().length).build();
  }

  private static Json.Builder columns(ZoneMap map) {
    return Json.structure()
        .put("zone_count", map.fill().length)
        .put("zone_size", map.geometry().zoneSizeBytes())
        .put("zone_capacity", map.capacityBytes())
        .put("roles", Json.Array.ofTexts(map.roles()))
        .put("conditions", Json.Array.ofTexts(map.conditions()))
        .put("fill", base64(map.fill()))
        .put("live", base64(map.live()))
        .put("age", base64(map.age()))
        .put("role", base64(map.role()))
        .put("condition", base64(map.condition()));
  }

  private static String base64(byte[] column) {
    return Base64.getEncoder().encodeToString(column);
  }

  /** The counters of now, with latencies; recent is what came since the mount. */
  public static Json.JsonObject now(MonitoredMount mount, long nowMillis) {
    return now(mount, nowMillis, RequestTimes.NONE);
  }

  /**
   * The counters of now, with latencies.
   *
   * @param before times of requests a while ago: what came later is recent
   */
  static Json.JsonObject now(MonitoredMount mount, long nowMillis, RequestTimes before) {
    MountStatus state = mount.status();
    VolumeStatus status = state.volume();
    VolumeCounters counters = mount.counters();
    Map<String, LatencyCounts> requests = mount.requests();
    Json.Builder kinds = Json.structure();
    requests.forEach((kind, counts) -> kinds.put(kind, latency(counts).build()));
    return Json.structure()
        .put(
            "sample",
            Sample.of(nowMillis, status, counters, RequestTimes.of(requests), before).toJson())
        .put("requests", kinds.build())
        .put("device", device(counters.device()))
        .put("commit", latency(counters.commits()).build())
        .put("fsync", latency(requests.getOrDefault("fsync", LatencyCounts.NONE)).build())
        .put("dirty_limit_bytes", counters.dirtyLimitBytes())
        .put("inodes", counters.inodes())
        .put("cache_hits", counters.metadataCache().hits())
        .put("cache_misses", counters.metadataCache().misses())
        .put("errors", counters.errors())
        .put("unsynced_nanos", counters.unsyncedNanos())
        .put("active_zones", counters.activeZones())
        .put("max_active_zones", counters.geometry().maxActiveZones().orElse(0))
        .put("max_open_zones", counters.geometry().maxOpenZones().orElse(0))
        .put("drive", driveOf(state))
        .put("process", ProcessMetrics.toJson())
        .build();
  }

  /** The models of the drives on which the drive stands; if they have none, its name. */
  static String driveOf(MountStatus status) {
    String models =
        status.drive().stream()
            .filter(part -> part.name().startsWith("/dev/"))
            .map(part -> BlockDeviceFacts.modelOf(Path.of(part.name())))
            .filter(model -> !model.isEmpty())
            .distinct()
            .collect(Collectors.joining(", "));
    return models.isEmpty() && !status.drive().isEmpty() ? status.drive().get(0).name() : models;
  }

  private static Json.JsonObject device(DeviceCounters device) {
    Json.Builder json = Json.structure();
    device.byOperation().keySet().stream()
        .sorted()
        .forEach(
            operation ->
                json.put(
                    word(operation),
                    latency(device.of(operation).latency())
                        .put("bytes", device.of(operation).bytes())
                        .put("failures", device.of(operation).failures())
                        .build()));
    return json.build();
  }

  static String word(DeviceOperation operation) {
    return operation.name().toLowerCase(Locale.ROOT);
  }

  private static Json.Builder latency(LatencyCounts counts) {
    return Json.structure()
        .put("count", counts.total())
        .put("nanos", counts.totalNanos())
        .put("p50", counts.quantileNanos(MEDIAN))
        .put("p99", counts.quantileNanos(SLOWEST_IN_A_HUNDRED));
  }
}
