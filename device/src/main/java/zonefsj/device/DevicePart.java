// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of the picture of a drive that stands on others.
 *
 * @param depth 0 for the whole drive, 1 for the drives on which it stands, and so on
 * @param name kind or name of the drive
 * @param size capacity and zones in words; empty if it is missing
 * @param state how it is; empty if there is nothing to say
 */
public record DevicePart(int depth, String name, String size, String state) {
  /** How the state of a member of a mirror begins that is not there, and of one that is behind. */
  public static final String MISSING = "missing";

  public static final String BEHIND = "being brought up to date";

  /** Whether it is a member of a mirror that does not have what the others have. */
  public boolean isNotCurrent() {
    return state.startsWith(MISSING) || state.startsWith(BEHIND);
  }

  /** A drive and all drives on which it stands, each before those below it. */
  public static List<DevicePart> of(ZonedDevice device) {
    List<DevicePart> parts = new ArrayList<>();
    add(parts, 0, device.geometry().description(), "", device);
    return List.copyOf(parts);
  }

  private static void add(
      List<DevicePart> parts, int depth, String name, String state, @Nullable ZonedDevice given) {
    ZonedDevice device = given;
    while (device instanceof FilterZonedDevice filter && !(device instanceof StackedDevice)) {
      device = filter.delegate();
    }
    if (device instanceof StackedDevice stacked) {
      String both =
          state + (state.isEmpty() || stacked.state().isEmpty() ? "" : "; ") + stacked.state();
      parts.add(new DevicePart(depth, stacked.kind(), size(device), both));
      for (StackedDevice.Below below : stacked.below()) {
        add(parts, depth + 1, below.name(), below.state(), below.device());
      }
    } else {
      parts.add(new DevicePart(depth, name, device == null ? "" : size(device), state));
    }
  }

  private static String size(ZonedDevice device) {
    DeviceGeometry geometry = device.geometry();
    return ByteSize.approximate(geometry.capacityBytes())
        + " in "
        + geometry.zoneCount()
        + " zones of "
        + ByteSize.format(geometry.zoneSizeBytes());
  }
}
