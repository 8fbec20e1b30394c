// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.util.List;
import zonefsj.device.DevicePart;

/** The parts of a drive as lines, each part below the drive that stands on it. */
public final class DevicePartText {
  private DevicePartText() {}

  /** Formats a table. */
  public static List<String> of(List<DevicePart> parts) {
    Table table = new Table("drive", "size", "state");
    for (DevicePart part : parts) {
      table.row("  ".repeat(part.depth()) + part.name(), part.size(), part.state());
    }
    return table.lines();
  }
}
