// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.fs.cli.options.OptionValues;

/** The facts of a drive as JSON, for {@code info --json} and the control socket alike. */
public final class GeometryCodec {
  private GeometryCodec() {}

  /** Encodes as JSON. A limit that the drive does not have is omitted. */
  public static Json.JsonObject encode(DeviceGeometry geometry) {
    Json.Builder json =
        Json.structure()
            .put("drive", geometry.description())
            .put("model", OptionValues.word(geometry.model()))
            .put("capacity", geometry.capacityBytes())
            .put("block_size", geometry.blockSizeBytes())
            .put("zone_count", geometry.zoneCount())
            .put("zone_size", geometry.zoneSizeBytes())
            .put("max_append", geometry.maxAppendBytes());
    geometry.maxOpenZones().ifPresent(limit -> json.put("max_open_zones", limit));
    geometry.maxActiveZones().ifPresent(limit -> json.put("max_active_zones", limit));
    return json.build();
  }

  /** Decodes from JSON. */
  public static DeviceGeometry decode(Json.JsonObject json) throws IOException {
    try {
      return new DeviceGeometry(
          model(json.text("model")),
          Math.toIntExact(json.whole("block_size")),
          Math.toIntExact(json.whole("zone_count")),
          json.whole("zone_size"),
          json.whole("capacity"),
          limit(json, "max_open_zones"),
          limit(json, "max_active_zones"),
          Math.toIntExact(json.whole("max_append")),
          json.text("drive"));
    } catch (ArithmeticException e) {
      throw new MalformedJsonException("not the facts of a drive: " + e.getMessage());
    }
  }

  private static OptionalInt limit(Json.JsonObject json, String name) throws IOException {
    return json.has(name) ? OptionalInt.of(Math.toIntExact(json.whole(name))) : OptionalInt.empty();
  }

  private static DeviceModel model(String word) throws MalformedJsonException {
    Optional<DeviceModel> found =
        Arrays.stream(DeviceModel.values())
            .filter(model -> OptionValues.word(model).equals(word))
            .findFirst();
    return found.orElseThrow(() -> new MalformedJsonException("not known: " + word));
  }
}
