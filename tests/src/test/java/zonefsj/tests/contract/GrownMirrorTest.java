// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;

/** A mirror that has got most of its zones later keeps the contract. */
class GrownMirrorTest extends ConcurrentAccessContractTest {
  private static final int LABEL_ZONES = 2;
  private static final int RESERVED_ACTIVE = 2;

  private final AtomicInteger images = new AtomicInteger();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    EmulatedGeometry member =
        new EmulatedGeometry(
            geometry.sizeBytes() + LABEL_ZONES * geometry.zoneSizeBytes(),
            geometry.zoneSizeBytes(),
            geometry.zoneCapacityBytes(),
            geometry.conventionalZones() == 0 ? 0 : LABEL_ZONES + geometry.conventionalZones(),
            geometry.maxOpenZones(),
            geometry.maxActiveZones().isPresent()
                ? OptionalInt.of(geometry.maxActiveZones().getAsInt() + RESERVED_ACTIVE)
                : geometry.maxActiveZones(),
            geometry.blockSizeBytes(),
            geometry.maxAppendBytes());
    return GrownImages.twoOf("mirror", member, directory, images.incrementAndGet());
  }
}
