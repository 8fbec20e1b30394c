// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;

/**
 * Drives one after the other.
 *
 * @param parts the drives, in order
 */
record ConcatSpec(List<DeviceSpec> parts) implements DeviceSpec {
  ConcatSpec {
    parts = List.copyOf(parts);
  }

  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return opening.openInSequence(
        parts,
        drives -> {
          // Content is looked for at the beginning of the whole.
          for (ZonedDevice behind : drives.subList(1, drives.size())) {
            PartShapes.refuseHidden(opening, behind);
          }
          return ConcatZonedDevice.of(drives, opening.isReadOnly());
        });
  }

  @Override
  public DeviceSpec forTrial(List<DeviceSpec> others) {
    return new ConcatSpec(others);
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return new ConcatSpec(absolute(parts, lookup));
  }

  /** Each of them by a SPEC that stays valid. */
  static List<DeviceSpec> absolute(List<DeviceSpec> parts, DeviceLookup lookup) throws IOException {
    List<DeviceSpec> absolute = new ArrayList<>();
    for (DeviceSpec part : parts) {
      absolute.add(part.absolute(lookup));
    }
    return absolute;
  }

  @Override
  public String toString() {
    return parts.stream()
        .map(DeviceSpec::toString)
        .collect(Collectors.joining(",", "concat(", ")"));
  }
}
