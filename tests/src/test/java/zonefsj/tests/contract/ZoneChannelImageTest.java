// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.EmulatedZonedDevice;
import zonefsj.device.emulated.ImageFile;

/** Channels of an image file. */
class ZoneChannelImageTest extends ZoneChannelContractTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Override
  EmulatedZonedDevice create(EmulatedGeometry geometry) throws IOException {
    Path image = directory.resolve("drive.img");
    ImageFile.create(image, geometry);
    return ImageFile.open(image, DeviceAccess.READ_WRITE);
  }
}
