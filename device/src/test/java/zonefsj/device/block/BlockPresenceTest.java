// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockPresenceTest {
  private static final Path NODE = Path.of("/dev/nvme7n1");

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path sys;

  @SuppressWarnings("NullAway.Init") // set before each test
  private Path directory;

  @BeforeEach
  void addDrive() throws IOException {
    directory = Files.createDirectories(sys.resolve("dev/block/259:5"));
    Files.writeString(directory.resolve("diskseq"), "12\n");
  }

  private BlockPresence opened() {
    return BlockPresence.of(sys, NODE, 259, 5);
  }

  private void pull() throws IOException {
    Files.deleteIfExists(directory.resolve("diskseq"));
    Files.delete(directory);
  }

  @Test
  void aDriveIsThereUntilTheKernelForgetsIt() throws IOException {
    BlockPresence presence = opened();
    assertThat(presence.loss()).isEmpty();
    pull();
    assertThat(presence.loss()).isEqualTo("/dev/nvme7n1 was removed");
  }

  @Test
  void anotherDriveWithTheSameNumberIsNotTheDrive() throws IOException {
    BlockPresence presence = opened();
    pull();
    addDrive();
    assertThat(presence.loss()).isEmpty();
    Files.writeString(directory.resolve("diskseq"), "13\n");
    assertThat(presence.loss()).isEqualTo("/dev/nvme7n1 was removed");
  }

  @Test
  void kernelsThatDoNotCountDrivesForgetThemToo() throws IOException {
    Files.delete(directory.resolve("diskseq"));
    BlockPresence presence = opened();
    assertThat(presence.loss()).isEmpty();
    pull();
    assertThat(presence.loss()).isEqualTo("/dev/nvme7n1 was removed");
  }

  @Test
  void withoutSysfsNothingIsSaid() throws IOException {
    pull();
    assertThat(opened().loss()).isEmpty();
  }
}
