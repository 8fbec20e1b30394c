// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceModel;
import zonefsj.device.block.BlockDeviceFacts;

/** A file stands for a drive without zones. */
final class EmulatedDiskTest {
  private static final int DRIVE_BYTES = 16 << 20;
  private static final BlockDeviceFacts FACTS =
      new BlockDeviceFacts(
          DeviceModel.NONE,
          512,
          0,
          0,
          DRIVE_BYTES,
          OptionalInt.empty(),
          OptionalInt.empty(),
          1 << 20,
          false,
          false,
          List.of());

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Test
  void theDriveIsUnchangedUntilTheCheckHasPassed() throws IOException {
    byte[] content = new byte[DRIVE_BYTES];
    Arrays.fill(content, (byte) 7);
    Path path = Files.write(directory.resolve("drive"), content);
    Path copy = Files.copy(path, directory.resolve("copy"));
    ImageLocation place = ImageLocation.of(path);
    assertThatThrownBy(
            () ->
                EmulatedDisk.create(
                    place,
                    FACTS,
                    zones -> {
                      throw new IOException("refused");
                    }))
        .hasMessage("refused");
    assertThat(Files.mismatch(path, copy)).isEqualTo(-1);

    EmulatedGeometry zones = EmulatedDisk.create(place, FACTS, anything -> {});
    try (ImageZonedDevice device = ImageFile.open(path, DeviceAccess.READ_ONLY)) {
      assertThat(device.report(0, zones.zoneCount())).isEqualTo(zones.newZones());
    }
  }
}
