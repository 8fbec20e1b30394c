// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFactsTest {
  private static final int REGULAR = 0100000;
  private static final int PERMISSIONS = 0777;

  @Test
  void areThoseOfTheSystem(@TempDir Path directory) throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[12_345]);
    FileFacts facts = FileFacts.of(file);
    assertThat(facts.sizeBytes()).isEqualTo(12_345);
    assertThat(facts.allocatedBytes() % 512).isZero();
    assertThat(facts.mode()).isEqualTo(Files.getAttribute(file, "unix:mode"));
    assertThat(facts.mode() & ~PERMISSIONS).isEqualTo(REGULAR);
    assertThat(facts.blockSizeBytes()).isPositive();
    long device = (Long) Files.getAttribute(file, "unix:dev");
    assertThat(facts.device()).isEqualTo((device >> 8 & 0xfff) + ":" + (device & 0xff));
    assertThatThrownBy(() -> FileFacts.of(directory.resolve("none")))
        .isInstanceOf(NativeException.class)
        .hasMessageContaining("statx");
  }
}
