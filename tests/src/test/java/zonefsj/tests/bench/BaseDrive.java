// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.RamZonedDevice;

/** The kind of drive below a {@link Wrapper}. */
public enum BaseDrive {
  /** In memory: faster than any drive. */
  RAM("RAM"),
  /** An image file whose bytes are in the host's page cache: as fast as a mount's drive can be. */
  IMAGE("image");

  private static final long DRIVE_BYTES = 8L * AccessArea.BYTES;

  private final String title;

  BaseDrive(String title) {
    this.title = title;
  }

  /** What it is, for people. */
  String title() {
    return title;
  }

  /**
   * Opens a new drive.
   *
   * @param directory for images
   */
  ZonedDevice open(Path directory) throws IOException {
    EmulatedGeometry geometry = EmulatedGeometry.ofSize(DRIVE_BYTES);
    if (this == RAM) {
      return RamZonedDevice.create(geometry);
    }
    Path image = Files.createTempDirectory(directory, "drive").resolve("drive.img");
    ImageFile.create(image, geometry);
    return ImageFile.open(image, DeviceAccess.READ_WRITE);
  }
}
