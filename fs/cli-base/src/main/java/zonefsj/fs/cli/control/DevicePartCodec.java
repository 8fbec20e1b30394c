// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import zonefsj.device.DevicePart;

/** The parts of a drive as JSON. */
public final class DevicePartCodec {
  private DevicePartCodec() {}

  /** Encodes as JSON. */
  public static Json.Array encode(List<DevicePart> parts) {
    return Json.Array.of(parts, DevicePartCodec::encode);
  }

  private static Json encode(DevicePart part) {
    return Json.structure()
        .put("depth", part.depth())
        .put("name", part.name())
        .put("size", part.size())
        .put("state", part.state())
        .build();
  }

  /** Decodes from JSON. */
  static List<DevicePart> decode(List<Json.JsonObject> parts) throws IOException {
    List<DevicePart> decoded = new ArrayList<>();
    for (Json.JsonObject part : parts) {
      decoded.add(
          new DevicePart(
              (int) part.whole("depth"), part.text("name"), part.text("size"), part.text("state")));
    }
    return decoded;
  }
}
