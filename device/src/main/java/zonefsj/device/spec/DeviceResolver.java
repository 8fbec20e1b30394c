// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.BlockDeviceFacts;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.emulated.EmulatedDisk;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.RamZonedDevice;

/**
 * Opens the drive that a SPEC names: the only class that converts text to a {@link ZonedDevice}. A
 * SPEC may lead to another one (a UUID to a path), so it is recursive.
 *
 * <p>Thread-safe if the lookup is.
 */
public final class DeviceResolver {
  private static final int MAX_DEPTH = 8;
  private static final Pattern OTHER_KIND = Pattern.compile("([a-z][a-z0-9+-]*:|[A-Z]+=).*");

  private final DeviceLookup lookup;

  /**
   * @param lookup finds drives by UUID and label
   */
  public DeviceResolver(DeviceLookup lookup) {
    this.lookup = lookup;
  }

  /**
   * Opens a drive. The caller closes it.
   *
   * @param spec see {@link DeviceSpec}
   * @throws IOException with a one-line message: the problem, the place, the remedy
   */
  public ZonedDevice open(String spec, DeviceAccess access) throws IOException {
    return open(spec, access, 0);
  }

  private ZonedDevice open(String text, DeviceAccess access, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new DeviceSpecException(text + ": the drive's name leads in a circle");
    }
    DeviceSpec spec = DeviceSpec.parse(text);
    if (spec instanceof DeviceSpec.InMemory memory) {
      return RamZonedDevice.create(memory.geometry());
    }
    if (spec instanceof DeviceSpec.ImageAt image) {
      return ImageFile.open(image.path(), access);
    }
    if (spec instanceof DeviceSpec.Tagged tagged) {
      String found =
          lookup
              .find(tagged.tag(), tagged.value())
              .orElseThrow(
                  () ->
                      new DeviceSpecException(
                          text
                              + ": no drive has it; plug it in, or give the path of the drive or"
                              + " image"));
      return open(found, access, depth + 1);
    }
    return openPath(text, ((DeviceSpec.AtPath) spec).path(), access);
  }

  private static ZonedDevice openPath(String text, Path path, DeviceAccess access)
      throws IOException {
    if (!Files.exists(path)) {
      if (OTHER_KIND.matcher(text).matches()) {
        throw new DeviceSpecException(
            "'" + text + "' is no kind of drive that is known; give " + DeviceSpec.KINDS);
      }
      throw new DeviceSpecException(
          path
              + ": there is no such file or device; make an image with 'zonefs-j create', or look"
              + " at 'lsblk -z' for zoned drives");
    }
    boolean zoned = BlockDeviceFacts.isBlockDevice(path) && !isEmulated(path);
    return zoned ? BlockZonedDevice.open(path, access) : ImageFile.open(path, access);
  }

  private static boolean isEmulated(Path path) throws IOException {
    return EmulatedDisk.isConventional(path) && EmulatedDisk.isEmulated(path);
  }
}
