// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;

/** A mirror that has got most of its zones later keeps the contract. */
class GrownMirrorTest extends ConcurrentAccessContractTest {
  private final AtomicInteger images = new AtomicInteger();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    EmulatedGeometry member = PartGeometry.ofMember(geometry);
    return GrownImages.twoOf("mirror", member, directory, images.incrementAndGet());
  }
}
