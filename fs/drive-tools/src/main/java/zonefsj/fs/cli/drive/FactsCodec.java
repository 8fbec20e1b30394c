// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import zonefsj.fs.cli.control.DevicePartCodec;
import zonefsj.fs.cli.control.GeometryCodec;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.drive.DriveFacts.ZoneGroup;
import zonefsj.fs.cli.options.OptionValues;
import zonefsj.fs.volume.VolumeIdentity;

/** Encodes what {@code info --json} prints. */
public final class FactsCodec {
  private FactsCodec() {}

  /** Encodes as JSON; sizes are in bytes. Absent values are omitted. */
  public static Json.JsonObject encode(DriveFacts facts) {
    Json.Builder json = Json.structure();
    GeometryCodec.encode(facts.geometry()).members().forEach(json::put);
    json.put("zone_capacity_smallest", facts.smallestCapacityBytes())
        .put("zone_capacity_largest", facts.largestCapacityBytes())
        .put("open_zones", facts.openZones())
        .put("active_zones", facts.activeZones())
        .put("sequential_bytes", facts.writableBytes())
        .put("written_bytes", facts.writtenBytes());
    DriveContent content = facts.content();
    if (content != null) {
      json.put("holds", content.title());
      VolumeIdentity identity = content.identity();
      if (identity != null) {
        json.put("uuid", identity.uuid().toString()).put("label", identity.label());
      }
    }
    return json.put("parts", DevicePartCodec.encode(facts.parts()))
        .put("in_use", !facts.users().isEmpty())
        .put("users", Json.Array.ofTexts(facts.users()))
        .put("zones", new Json.Array(facts.zones().stream().map(FactsCodec::group).toList()))
        .build();
  }

  private static Json group(ZoneGroup group) {
    return Json.structure()
        .put("type", OptionValues.word(group.type()))
        .put("condition", OptionValues.word(group.condition()))
        .put("count", group.count())
        .build();
  }
}
