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

/**
 * One attempt to open a drive: what each kind of SPEC needs for it beside its own parts. Immutable.
 *
 * @param text the SPEC, for messages
 * @param access the access that is asked for
 * @param lookup finds drives by UUID and label
 * @param depth number of SPECs that have led to this one
 */
record DeviceOpening(String text, DeviceAccess access, DeviceLookup lookup, int depth) {
  private static final int MAX_DEPTH = 8;
  private static final Pattern OTHER_KIND = Pattern.compile("([a-z][a-z0-9+-]*:|[A-Z]+=).*");

  /** Parses the text and opens the drive. */
  ZonedDevice open() throws IOException {
    if (depth > MAX_DEPTH) {
      throw new DeviceSpecException(text + ": the name of the drive refers to itself");
    }
    return DeviceSpec.parse(text).open(this);
  }

  /** Opens the block device or image at a path. */
  ZonedDevice openPath(Path path) throws IOException {
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

  /** Opens the drive that has a UUID or label. */
  ZonedDevice openTagged(DeviceLookup.Tag tag, String value) throws IOException {
    String found =
        lookup
            .find(tag, value)
            .orElseThrow(
                () ->
                    new DeviceSpecException(
                        text
                            + ": no drive has it; plug it in, or give the path of the drive or"
                            + " image"));
    return new DeviceOpening(found, access, lookup, depth + 1).open();
  }
}
