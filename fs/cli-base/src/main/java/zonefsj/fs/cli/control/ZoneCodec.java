// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.util.Locale;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.fs.volume.ZoneView;

/** A zone as JSON, for {@code zones --json} and the control socket alike. */
public final class ZoneCodec {
  private ZoneCodec() {}

  /** Encodes as JSON. A write pointer without meaning is omitted. */
  public static Json.JsonObject encode(ZoneView zone) {
    ZoneDescriptor descriptor = zone.descriptor();
    Json.Builder json =
        Json.structure()
            .put("zone", descriptor.index())
            .put("type", word(descriptor.type()))
            .put("condition", word(descriptor.condition()))
            .put("start", descriptor.startBytes())
            .put("size", descriptor.sizeBytes())
            .put("capacity", descriptor.capacityBytes());
    if (descriptor.hasWritePointer()) {
      json.put("write_pointer", descriptor.writePointerBytes());
    }
    if (!zone.role().isEmpty()) {
      json.put("role", zone.role()).put("live_bytes", zone.liveBytes());
    }
    return json.build();
  }

  /** Decodes from JSON. */
  public static ZoneView decode(Json.JsonObject json) throws IOException {
    long start = json.whole("start");
    long index = json.whole("zone");
    if (index < 0 || index > Integer.MAX_VALUE) {
      throw new MalformedJsonException("not a zone number: " + index);
    }
    ZoneDescriptor descriptor =
        new ZoneDescriptor(
            (int) index,
            value(ZoneType.values(), json.text("type")),
            value(ZoneCondition.values(), json.text("condition")),
            start,
            json.whole("size"),
            json.whole("capacity"),
            json.has("write_pointer") ? json.whole("write_pointer") : start);
    return json.has("role")
        ? new ZoneView(descriptor, json.text("role"), json.whole("live_bytes"))
        : new ZoneView(descriptor, "", 0);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static <E extends Enum<E>> E value(E[] values, String word)
      throws MalformedJsonException {
    for (E value : values) {
      if (word(value).equals(word)) {
        return value;
      }
    }
    throw new MalformedJsonException("not known: " + word);
  }
}
