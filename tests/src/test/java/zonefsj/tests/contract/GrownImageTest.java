// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.ImageZonedDevice;

/** An image that has got most of its zones later is as good as one that was made with them. */
class GrownImageTest extends EmulatedDeviceContractTest {
  private final AtomicInteger images = new AtomicInteger();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Override
  protected ImageZonedDevice create(EmulatedGeometry geometry) throws IOException {
    Path path = directory.resolve("image" + images.incrementAndGet());
    if (!GrownImages.isReachable(geometry)) {
      ImageFile.create(path, geometry);
      return ImageFile.open(path, DeviceAccess.READ_WRITE);
    }
    GrownImages.createSmall(path, geometry, geometry.conventionalZones() + 1);
    ImageFile.open(path, DeviceAccess.READ_WRITE).close();
    GrownImages.lengthen(path, geometry);
    return ImageFile.open(path, DeviceAccess.READ_WRITE, true);
  }
}
