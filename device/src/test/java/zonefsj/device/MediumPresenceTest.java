// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.compose.ConcatZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.layer.MemoryLayer;

/** What a drive says of an image, wherever that is below it. */
final class MediumPresenceTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private Path first;
  private Path second;

  @BeforeEach
  void create() throws IOException {
    first = directory.resolve("first");
    second = directory.resolve("second");
    for (Path image : List.of(first, second)) {
      ImageFile.create(image, EmulatedGeometry.ofSize(4 << 20));
    }
  }

  private static ZonedDevice open(Path image) throws IOException {
    return ImageFile.open(image, DeviceAccess.READ_WRITE);
  }

  private void assertNoticed(ZonedDevice device) throws IOException {
    assertThat(MediumPresence.ofAll(device)).isTrue();
    assertThat(MediumPresence.lossOf(device)).isEmpty();
    Files.delete(second);
    assertThat(MediumPresence.ofAll(device)).isFalse();
    assertThat(MediumPresence.lossOf(device)).isEqualTo(second + " was deleted");
  }

  @Test
  void anImageOfAComposedDriveIsMissed() throws IOException {
    try (ZonedDevice concat = ConcatZonedDevice.of(List.of(open(first), open(second)), false)) {
      assertNoticed(concat);
    }
  }

  @Test
  void anImageBelowALayerIsMissed() throws IOException {
    try (ZonedDevice layer = MemoryLayer.open(open(second), OptionalLong.empty())) {
      assertNoticed(layer);
    }
  }
}
