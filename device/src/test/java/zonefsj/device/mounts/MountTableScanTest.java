// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mounts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountTableScanTest {
  private static final int LIMIT = 1 << 20;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private Path table(String content) throws IOException {
    return Files.writeString(directory.resolve("mountinfo"), content);
  }

  @ParameterizedTest
  @CsvSource({
    "0:7, true",
    "8:17, true",
    "0:70, false",
    "0:, false",
    ":7, false",
    "1, false",
    "rw, false"
  })
  void onlyTheWholeNumberOfTheDeviceCounts(String device, boolean has) throws IOException {
    Path file = table("7 1 0:7 / /0:70 rw - t c rw\n1 1 8:17 / /m rw - t 0: rw\n");
    assertThat(MountTableScan.has(file, device, LIMIT)).isEqualTo(has);
  }

  @Test
  void aLineOnTwoPiecesIsFound() throws IOException {
    String line = "7 1 0:7 / /m rw - t c rw\n";
    Path file = table(line.repeat(10_000) + "8 1 0:8 / /m rw - t c rw");
    assertThat(MountTableScan.has(file, "0:8", LIMIT)).isTrue();
    assertThat(MountTableScan.has(file, "0:8", 10_000L * line.length())).isFalse();
    for (int pad = 0; pad < line.length(); pad++) {
      Path shifted = table(" ".repeat(pad) + "\n" + line.repeat(2621) + "8 1 0:8 / /m rw\n");
      assertThat(MountTableScan.has(shifted, "0:8", LIMIT)).isTrue();
    }
  }

  @Test
  void aTableWithoutAnEndIsNotReadToItsEnd() throws IOException {
    assertThat(MountTableScan.has(Path.of("/dev/zero"), "0:7", LIMIT)).isFalse();
  }

  @Test
  void theFilesystemsOfThisProcessAreFound() throws IOException {
    for (MountTableEntry mount : MountTable.read().entries()) {
      assertThat(MountTableScan.has(Path.of("/proc/self/mountinfo"), mount.device(), LIMIT))
          .isTrue();
    }
  }
}
