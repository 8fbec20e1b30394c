// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.delay;

import java.io.IOException;
import java.util.List;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;

/**
 * A drive that takes its time.
 *
 * @param model as {@link LatencyModels#of} knows it
 * @param part the drive
 */
record DelaySpec(String model, DeviceSpec part) implements DeviceSpec {
  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return opening.openTogether(
        parts(),
        drives ->
            new DelayedZonedDevice(drives.get(0), LatencyModels.of(model).orElseThrow(), model));
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of(part);
  }

  @Override
  public DeviceSpec forTrial(List<DeviceSpec> others) {
    return new DelaySpec(model, others.get(0));
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return new DelaySpec(model, part.absolute(lookup));
  }

  @Override
  public String toString() {
    return "delay(" + SpecWord.quoted(model) + "," + part + ")";
  }
}
