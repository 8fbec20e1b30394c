// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.List;
import java.util.UUID;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.PartShapes;
import zonefsj.device.spec.DeviceSpecException;

/** Makes a mirror of drives. */
final class MirrorCreation {
  private static final String KIND = "mirror";

  private MirrorCreation() {}

  /**
   * Writes the first labels. Every check comes before the first write.
   *
   * @param devices the members, in order
   * @param erases whether they may hold anything
   * @param event number of the first label
   * @throws DeviceSpecException with a one-line message if they do not fit together, or hold
   *     something
   */
  static MirrorLabel create(List<ZonedDevice> devices, boolean erases, long event)
      throws IOException {
    if (devices.size() > MirrorLabel.MAX_MEMBERS) {
      throw new DeviceSpecException(
          KIND + ": at most " + MirrorLabel.MAX_MEMBERS + " members are possible");
    }
    PartShapes.requireSameSizes(KIND, devices);
    int zones =
        devices.stream().mapToInt(device -> device.geometry().zoneCount()).min().orElseThrow();
    if (zones <= MirrorLabels.ZONES) {
      throw new DeviceSpecException(
          KIND + ": a member has " + zones + " zones, and the label takes two; give larger drives");
    }
    List<ZoneDescriptor> first = devices.get(0).report(0, zones);
    for (ZonedDevice device : devices) {
      PartShapes.requireSameZones(KIND, devices.get(0), first, device, device.report(0, zones));
      if (!erases && !PartShapes.isEmpty(device)) {
        throw new DeviceSpecException(
            device.geometry().description()
                + " is not empty, so no mirror is made of it; 'zonefs-j mkfs --force' overwrites"
                + " what it holds");
      }
    }
    int labelBytes = MirrorLabel.lengthBytes(devices.size(), zones);
    if (first.stream()
        .limit(MirrorLabels.ZONES)
        .anyMatch(zone -> zone.capacityBytes() < labelBytes)) {
      throw new DeviceSpecException(
          KIND
              + ": the label of "
              + zones
              + " zones takes "
              + labelBytes
              + " bytes, and a zone has fewer; give drives with larger zones");
    }
    MirrorLabel label = MirrorLabel.first(UUID.randomUUID(), devices.size(), zones, event);
    for (int index = 0; index < devices.size(); index++) {
      erase(devices.get(index));
      MirrorLabels.write(devices.get(index), label.of(index));
    }
    return label;
  }

  /** Resets all zones that are not empty. */
  private static void erase(ZonedDevice device) throws IOException {
    for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
      if (zone.condition().isActive() || zone.condition() == ZoneCondition.FULL) {
        device.reset(zone.index());
      }
    }
  }
}
