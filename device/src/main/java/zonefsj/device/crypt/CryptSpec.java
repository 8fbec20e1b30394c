// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.PartShapes;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecWord;

/**
 * A drive that is encrypted.
 *
 * @param keyFile the file with its key
 * @param part the drive that holds the ciphertext
 */
record CryptSpec(Path keyFile, DeviceSpec part) implements DeviceSpec {
  @Override
  public ZonedDevice open(DeviceOpening opening) throws IOException {
    XtsKey key =
        OpenedKeys.ofThisProcess().open(KeyFile.read(keyFile), PassphraseSource.ofThisProcess());
    return opening.openTogether(
        parts(),
        drives -> {
          // Behind the cipher, all content looks like noise.
          PartShapes.refuseHidden(opening, drives.get(0));
          return encrypted(drives.get(0), key);
        });
  }

  private static ZonedDevice encrypted(ZonedDevice below, XtsKey key) throws DeviceSpecException {
    try {
      return new CryptZonedDevice(below, key);
    } catch (IllegalArgumentException e) {
      throw new DeviceSpecException(below.geometry().description() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public List<DeviceSpec> parts() {
    return List.of(part);
  }

  @Override
  public DeviceSpec forTrial(List<DeviceSpec> others) {
    return new CryptSpec(keyFile, others.get(0));
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    Path real = Files.exists(keyFile) ? keyFile.toRealPath() : keyFile.toAbsolutePath();
    return new CryptSpec(real, part.absolute(lookup));
  }

  @Override
  public boolean encrypts() {
    return true;
  }

  @Override
  public String toString() {
    return "crypt(" + SpecWord.quoted(keyFile.toString()) + "," + part + ")";
  }
}
