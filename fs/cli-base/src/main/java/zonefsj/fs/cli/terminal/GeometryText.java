// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.util.OptionalInt;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;

/** The facts of a drive as text for people. */
public final class GeometryText {
  private GeometryText() {}

  /** Formats one line. */
  public static String of(DeviceGeometry geometry) {
    return geometry.description()
        + ": "
        + ByteSize.approximate(geometry.capacityBytes())
        + " in "
        + geometry.zoneCount()
        + " zones of "
        + ByteSize.format(geometry.zoneSizeBytes())
        + ", blocks of "
        + ByteSize.format(geometry.blockSizeBytes())
        + ", "
        + limit(geometry.maxOpenZones(), "open")
        + ", "
        + limit(geometry.maxActiveZones(), "active");
  }

  private static String limit(OptionalInt limit, String state) {
    return limit.isPresent() ? "at most " + limit.getAsInt() + " " + state : "any number " + state;
  }
}
