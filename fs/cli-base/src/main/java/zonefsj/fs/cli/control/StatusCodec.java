// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import zonefsj.fs.ClockText;
import zonefsj.fs.volume.CollectorStatus;
import zonefsj.fs.volume.RepairStatus;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.fs.volume.WriteSpan;
import zonefsj.fs.volume.WriteStatus;
import zonefsj.gc.UpdateSkew;
import zonefsj.gc.VictimReport;

/** A status as JSON, for {@code status --json} and the control socket alike. */
public final class StatusCodec {
  private StatusCodec() {}

  /** Encodes as JSON. */
  public static Json.JsonObject encode(MountStatus status) {
    VolumeStatus volume = status.volume();
    return Json.structure()
        .put("source", status.source())
        .put("mount_point", status.mountPoint())
        .put("mounted_at", ClockText.of(status.mountedAt()))
        .put("pid", status.pid())
        .put("log_file", status.logFile())
        .put("options", texts(status.options()))
        .put("metrics_failure", status.metricsFailure())
        .put("drive", DevicePartCodec.encode(status.drive()))
        .put("uuid", volume.uuid().toString())
        .put("label", volume.label())
        .put("read_only", volume.readOnly())
        .put("read_only_asked", volume.readOnlyAsked())
        .put("read_only_reason", volume.readOnlyReason())
        .put("capacity_bytes", volume.capacityBytes())
        .put("live_bytes", volume.liveBytes())
        .put("free_bytes", volume.freeBytes())
        .put("reclaimable_bytes", volume.reclaimableBytes())
        .put("reserved_bytes", volume.reservedBytes())
        .put("uptime_millis", volume.writes().total().millis())
        .put("host_bytes_written", volume.writes().total().applicationBytes())
        .put("device_bytes_written", volume.writes().total().driveBytes())
        .put("write_amplification", volume.writes().total().amplification())
        .put("device_bytes_by_stream", numbers(volume.writes().driveBytesByStream()))
        .put("recent", encode(volume.writes().recent()))
        .put("zones_by_role", numbers(volume.zonesByRole()))
        .put("zones_by_condition", numbers(volume.zonesByCondition()))
        .put("commits", volume.commits())
        .put("journal_bytes", volume.journalBytes())
        .put("checkpoints", volume.checkpoints())
        .put("gc_state", volume.collector().state())
        .put("gc_bytes_copied", volume.collector().bytesMoved())
        .put("gc_zones_reset", volume.collector().zonesReset())
        .put("utilization", volume.collector().utilization())
        .put("write_amplification_bound", volume.collector().amplificationBound())
        .put("hot_data", volume.collector().skew().hotData())
        .put("hot_writes", volume.collector().skew().hotWrites())
        .put("write_amplification_bound_with_skew", volume.collector().skewedBound())
        .put("zones_by_live_share", Json.Array.of(volume.collector().fill(), StatusCodec::encode))
        .put("gc_victims", Json.Array.of(volume.collector().lastVictims(), StatusCodec::encode))
        .put("scrub", volume.scrub())
        .put("repairs", encode(volume.repairs()))
        .put("caches", texts(volume.caches()))
        .put("errors", Json.Array.ofTexts(volume.errors()))
        .put("lost_ranges", volume.lostRanges())
        .put("lost_data", Json.Array.ofTexts(volume.lostData()))
        .build();
  }

  /** Decodes from JSON. */
  public static MountStatus decode(Json.JsonObject json) throws IOException {
    try {
      return new MountStatus(
          json.text("source"),
          json.text("mount_point"),
          OffsetDateTime.parse(json.text("mounted_at")).toInstant(),
          json.whole("pid"),
          json.text("log_file"),
          json.textMap("options"),
          json.has("metrics_failure") ? json.text("metrics_failure") : "",
          json.has("drive") ? DevicePartCodec.decode(json.structures("drive")) : List.of(),
          volume(json));
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new MalformedJsonException("not a status: " + e.getMessage());
    }
  }

  /** A daemon may be older than the command: what it does not tell is nothing. */
  private static VolumeStatus volume(Json.JsonObject json) throws IOException {
    return new VolumeStatus(
        UUID.fromString(json.text("uuid")),
        json.text("label"),
        json.truth("read_only"),
        json.has("read_only_asked") && json.truth("read_only_asked"),
        json.text("read_only_reason"),
        json.whole("capacity_bytes"),
        json.whole("live_bytes"),
        json.whole("free_bytes"),
        json.whole("reclaimable_bytes"),
        json.whole("reserved_bytes"),
        writes(json, json.has("uptime_millis") ? json.whole("uptime_millis") : 0),
        zones(json, "zones_by_role"),
        json.has("zones_by_condition") ? zones(json, "zones_by_condition") : Map.of(),
        json.whole("commits"),
        json.whole("journal_bytes"),
        json.whole("checkpoints"),
        collector(json),
        json.text("scrub"),
        json.has("repairs") ? repairs(json.structure("repairs")) : RepairStatus.NONE,
        json.textMap("caches"),
        json.texts("errors"),
        json.has("lost_ranges") ? json.whole("lost_ranges") : 0,
        json.has("lost_data") ? json.texts("lost_data") : List.of());
  }

  private static Map<String, Integer> zones(Json.JsonObject json, String name) throws IOException {
    Map<String, Integer> zones = new LinkedHashMap<>();
    for (Map.Entry<String, Long> number : json.wholeMap(name).entrySet()) {
      zones.put(number.getKey(), number(number.getValue()));
    }
    return zones;
  }

  private static Json.JsonObject encode(RepairStatus repairs) {
    return Json.structure()
        .put("wrong_reads", repairs.wrongReads())
        .put("moved_extents", repairs.movedExtents())
        .put("waiting_places", repairs.waitingPlaces())
        .build();
  }

  private static RepairStatus repairs(Json.JsonObject json) throws IOException {
    return new RepairStatus(
        json.whole("wrong_reads"), json.whole("moved_extents"), json.whole("waiting_places"));
  }

  private static Json.JsonObject encode(WriteSpan span) {
    return Json.structure()
        .put("millis", span.millis())
        .put("host_bytes_written", span.applicationBytes())
        .put("device_bytes_written", span.driveBytes())
        .put("write_amplification", span.amplification())
        .build();
  }

  private static WriteSpan span(Json.JsonObject json, long millis) throws IOException {
    return new WriteSpan(
        millis, json.whole("host_bytes_written"), json.whole("device_bytes_written"));
  }

  private static WriteStatus writes(Json.JsonObject json, long millis) throws IOException {
    WriteSpan recent = new WriteSpan(0, 0, 0);
    if (json.has("recent")) {
      Json.JsonObject span = json.structure("recent");
      recent = span(span, span.whole("millis"));
    }
    return new WriteStatus(
        span(json, millis),
        json.has("device_bytes_by_stream") ? json.wholeMap("device_bytes_by_stream") : Map.of(),
        recent);
  }

  private static Json encode(CollectorStatus.Fill fill) {
    return Json.structure()
        .put("zones", fill.zones())
        .put("mean_age_seconds", fill.meanAgeSeconds())
        .build();
  }

  private static Json encode(VictimReport victim) {
    return Json.structure()
        .put("zone", victim.zone())
        .put("reason", victim.reason())
        .put("live_bytes", victim.liveBytes())
        .put("moved_bytes", victim.movedBytes())
        .put("freed_bytes", victim.freedBytes())
        .put("has_ended", victim.hasEnded())
        .build();
  }

  private static CollectorStatus collector(Json.JsonObject json) throws IOException {
    List<CollectorStatus.Fill> fill = new ArrayList<>();
    if (json.has("zones_by_live_share")) {
      for (Json.JsonObject one : json.structures("zones_by_live_share")) {
        fill.add(
            new CollectorStatus.Fill(number(one.whole("zones")), one.whole("mean_age_seconds")));
      }
    }
    List<VictimReport> victims = new ArrayList<>();
    if (json.has("gc_victims")) {
      for (Json.JsonObject victim : json.structures("gc_victims")) {
        victims.add(
            new VictimReport(
                number(victim.whole("zone")),
                victim.text("reason"),
                victim.whole("live_bytes"),
                victim.whole("moved_bytes"),
                victim.whole("freed_bytes"),
                victim.truth("has_ended")));
      }
    }
    return new CollectorStatus(
        json.text("gc_state"),
        json.whole("gc_bytes_copied"),
        json.whole("gc_zones_reset"),
        numberOr(json, "utilization", 0),
        numberOr(json, "write_amplification_bound", 0),
        new UpdateSkew(numberOr(json, "hot_data", 0), numberOr(json, "hot_writes", 0)),
        numberOr(
            json,
            "write_amplification_bound_with_skew",
            numberOr(json, "write_amplification_bound", 0)),
        fill,
        victims);
  }

  /** A number that daemons of earlier versions do not tell. */
  private static double numberOr(Json.JsonObject json, String name, double otherwise)
      throws IOException {
    return json.has(name) ? json.number(name) : otherwise;
  }

  private static int number(long whole) {
    return (int) Math.min(Integer.MAX_VALUE, whole);
  }

  private static Json.JsonObject numbers(Map<String, ? extends Number> map) {
    Json.Builder builder = Json.structure();
    map.forEach((key, value) -> builder.put(key, value.longValue()));
    return builder.build();
  }

  private static Json.JsonObject texts(Map<String, String> map) {
    Json.Builder builder = Json.structure();
    map.forEach(builder::put);
    return builder.build();
  }
}
