// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import zonefsj.fs.ClockText;
import zonefsj.fs.volume.VolumeStatus;

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
        .put("uuid", volume.uuid().toString())
        .put("label", volume.label())
        .put("read_only", volume.readOnly())
        .put("read_only_reason", volume.readOnlyReason())
        .put("capacity_bytes", volume.capacityBytes())
        .put("live_bytes", volume.liveBytes())
        .put("free_bytes", volume.freeBytes())
        .put("reclaimable_bytes", volume.reclaimableBytes())
        .put("reserved_bytes", volume.reservedBytes())
        .put("host_bytes_written", volume.hostBytesWritten())
        .put("device_bytes_written", volume.deviceBytesWritten())
        .put("write_amplification", volume.writeAmplification())
        .put("zones_by_role", numbers(volume.zonesByRole()))
        .put("commits", volume.commits())
        .put("journal_bytes", volume.journalBytes())
        .put("checkpoints", volume.checkpoints())
        .put("gc_state", volume.gcState())
        .put("gc_bytes_copied", volume.gcBytesCopied())
        .put("gc_zones_reset", volume.gcZonesReset())
        .put("gc_last_victims", Json.Array.ofTexts(volume.gcLastVictims()))
        .put("scrub", volume.scrub())
        .put("caches", texts(volume.caches()))
        .put("errors", Json.Array.ofTexts(volume.errors()))
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
          volume(json));
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new MalformedJsonException("not a status: " + e.getMessage());
    }
  }

  private static VolumeStatus volume(Json.JsonObject json) throws IOException {
    Map<String, Integer> zones = new LinkedHashMap<>();
    for (Map.Entry<String, Long> role : json.wholeMap("zones_by_role").entrySet()) {
      zones.put(role.getKey(), (int) Math.min(Integer.MAX_VALUE, role.getValue()));
    }
    return new VolumeStatus(
        UUID.fromString(json.text("uuid")),
        json.text("label"),
        json.truth("read_only"),
        json.text("read_only_reason"),
        json.whole("capacity_bytes"),
        json.whole("live_bytes"),
        json.whole("free_bytes"),
        json.whole("reclaimable_bytes"),
        json.whole("reserved_bytes"),
        json.whole("host_bytes_written"),
        json.whole("device_bytes_written"),
        zones,
        json.whole("commits"),
        json.whole("journal_bytes"),
        json.whole("checkpoints"),
        json.text("gc_state"),
        json.whole("gc_bytes_copied"),
        json.whole("gc_zones_reset"),
        json.texts("gc_last_victims"),
        json.text("scrub"),
        json.textMap("caches"),
        json.texts("errors"),
        // A daemon may be older than the command.
        json.has("lost_data") ? json.texts("lost_data") : List.of());
  }

  private static Json.JsonObject numbers(Map<String, Integer> map) {
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
