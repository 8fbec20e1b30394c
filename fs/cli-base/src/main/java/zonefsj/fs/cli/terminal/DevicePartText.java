// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.util.List;
import zonefsj.device.DevicePart;

/** The parts of a drive as lines, each part below the drive that stands on it. */
public final class DevicePartText {
  private DevicePartText() {}

  /** Whether the picture says more than the name of the drive. */
  public static boolean isWorthwhile(List<DevicePart> parts) {
    return parts.size() > 1 || parts.stream().anyMatch(part -> !part.state().isEmpty());
  }

  /** Formats a table. */
  public static List<String> of(List<DevicePart> parts) {
    Table table = new Table("drive", "size", "state");
    for (DevicePart part : parts) {
      table.row("  ".repeat(part.depth()) + part.name(), part.size(), part.state());
    }
    return table.lines();
  }
}
