// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.spec;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;

/**
 * A drive on a store, for a trial that makes none there.
 *
 * @param drive the drive
 */
record StoreTrialSpec(StoreSpec drive) implements DeviceSpec {
  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    if (opening.creation() != Creation.NONE) {
      Optional<EmulatedGeometry> missing = drive.missing();
      if (missing.isPresent()) {
        return RamZonedDevice.create(missing.orElseThrow());
      }
    }
    // What takes the drive away from somebody is done by the format only.
    return drive.open(drive.options().takeover().get() ? opening.toRead() : opening);
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of();
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return drive.absolute(lookup);
  }

  @Override
  public String toString() {
    return drive.toString();
  }
}
