// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;

/**
 * A mount of zonefs.
 *
 * @param directory where it is mounted
 */
record ZonefsSpec(Path directory) implements DeviceSpec {
  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return ZonefsDevice.open(directory, opening.isReadOnly());
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of();
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return new ZonefsSpec(
        Files.exists(directory) ? directory.toRealPath() : directory.toAbsolutePath());
  }

  @Override
  public String toString() {
    return ZonefsKind.NAME + ":" + SpecWord.quoted(directory.toString());
  }
}
