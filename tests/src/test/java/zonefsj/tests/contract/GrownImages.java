// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceResolver;

/** Images that are made with some of their zones, and get the others later. */
final class GrownImages {
  private static final int LABEL_ZONES = 2;
  private static final int DATA_BYTES = 1 << 20;

  private GrownImages() {}

  /** Makes an image with some of its zones. */
  static void createSmall(Path path, EmulatedGeometry geometry, int zones) throws IOException {
    long sizeBytes = Math.min(geometry.sizeBytes(), zones * geometry.zoneSizeBytes());
    ImageFile.create(path, withSize(geometry, sizeBytes));
  }

  /** Whether an image can get there: whole zones only are added, and none to a shorter one. */
  static boolean isReachable(EmulatedGeometry geometry) {
    return geometry.sizeBytes() % geometry.zoneSizeBytes() == 0;
  }

  /** Makes the file as long as the image needs, with bytes that must never be read. */
  static void lengthen(Path path, EmulatedGeometry geometry) throws IOException {
    byte[] garbage = new byte[(int) (DATA_BYTES + geometry.sizeBytes() - Files.size(path))];
    Arrays.fill(garbage, (byte) 0x55);
    Files.write(path, garbage, StandardOpenOption.APPEND);
  }

  /**
   * A drive of two images that have grown; of two that were made at once if that cannot be.
   *
   * @param kind of the drive, whose parts have labels
   * @param number makes the names of the images unique
   */
  static ZonedDevice twoOf(String kind, EmulatedGeometry part, Path directory, int number)
      throws IOException {
    DeviceResolver resolver = new DeviceResolver(DeviceLookup.none());
    boolean grows = isReachable(part);
    List<Path> paths =
        List.of(directory.resolve("one" + number), directory.resolve("two" + number));
    for (Path path : paths) {
      createSmall(
          path, part, grows ? part.conventionalZones() + LABEL_ZONES + 1 : part.zoneCount());
    }
    String spec = kind + "(" + paths.get(0) + "," + paths.get(1) + ")";
    ZonedDevice device = resolver.create(spec, Creation.IF_EMPTY);
    if (!grows) {
      return device;
    }
    device.close();
    for (Path path : paths) {
      lengthen(path, part);
    }
    return resolver.grow(spec);
  }

  private static EmulatedGeometry withSize(EmulatedGeometry geometry, long sizeBytes) {
    return new EmulatedGeometry(
        sizeBytes,
        geometry.zoneSizeBytes(),
        geometry.zoneCapacityBytes(),
        geometry.conventionalZones(),
        geometry.maxOpenZones(),
        geometry.maxActiveZones(),
        geometry.blockSizeBytes(),
        geometry.maxAppendBytes());
  }
}
