// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.drives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;

/**
 * An image file.
 *
 * @param path of the file
 */
public record ImageSpec(Path path) implements DeviceSpec {
  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    return ImageFile.open(path, opening.access(), opening.grows());
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of();
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    Path real = PathSpec.real(path);
    return Files.isRegularFile(real) ? new PathSpec(real) : new ImageSpec(real);
  }

  @Override
  public String toString() {
    return "file:" + SpecWord.quoted(path.toString());
  }
}
