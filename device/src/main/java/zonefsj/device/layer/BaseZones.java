// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZonedDevice;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.ZoneShapes;

/**
 * The zones of the drive below as they were when the layer began: capacities may differ, and
 * conventional zones may be anywhere. Immutable and thread-safe.
 *
 * @param geometry of the drive
 * @param zones all of them
 */
record BaseZones(DeviceGeometry geometry, List<BaseZone> zones) implements ZoneShapes {
  BaseZones {
    zones = List.copyOf(zones);
  }

  /** Asks a drive. */
  static BaseZones of(ZonedDevice base) throws IOException {
    DeviceGeometry geometry = base.geometry();
    return new BaseZones(
        geometry, base.report(0, geometry.zoneCount()).stream().map(BaseZone::of).toList());
  }

  /** The states in which the layer's zones begin. */
  List<SoftwareZoneState> initialStates() {
    return zones.stream().map(BaseZone::initialState).toList();
  }

  BaseZone zone(int zone) {
    return zones.get(zone);
  }

  @Override
  public int zoneCount() {
    return geometry.zoneCount();
  }

  @Override
  public long zoneSizeBytes() {
    return geometry.zoneSizeBytes();
  }

  @Override
  public boolean isConventional(int zone) {
    return zones.get(zone).conventional();
  }

  @Override
  public long sizeOfBytes(int zone) {
    return AccessRules.zoneSizeBytes(geometry, zone);
  }

  @Override
  public long capacityOfBytes(int zone) {
    return zones.get(zone).capacityBytes();
  }

  @Override
  public OptionalInt maxOpenZones() {
    return geometry.maxOpenZones();
  }

  @Override
  public OptionalInt maxActiveZones() {
    return geometry.maxActiveZones();
  }
}
