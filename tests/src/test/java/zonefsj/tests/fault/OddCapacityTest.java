// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;

/** Zones whose capacity, or whose size, is no multiple of what frames are multiples of. */
class OddCapacityTest {
  private static EmulatedGeometry geometry(long sizeBytes, long capacityBytes) {
    return EmulatedGeometry.builder(40 * sizeBytes)
        .zoneSizeBytes(sizeBytes)
        .zoneCapacityBytes(capacityBytes)
        .blockSizeBytes(512)
        .maxOpenZones(8)
        .maxActiveZones(10)
        .build();
  }

  @ParameterizedTest
  @CsvSource({"262144, 197120", "262144, 200192", "200192, 200192", "200192, 196608"})
  @Timeout(120)
  void aDriveIsFilledEmptiedAndFilled(long sizeBytes, long capacityBytes) throws Exception {
    Random random = new Random(sizeBytes + capacityBytes);
    try (FaultyVolume drive = new FaultyVolume(geometry(sizeBytes, capacityBytes))) {
      Map<String, byte[]> content = new HashMap<>();
      for (int round = 0; round < 3; round++) {
        try {
          for (int file = 0; ; file++) {
            String path = "r" + round + "f" + file;
            byte[] bytes = FaultyVolume.random(file, 1 + random.nextInt(120_000));
            content.put(path, bytes);
            drive.writeDurably(path, bytes);
          }
        } catch (ErrnoException full) {
          assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
          String refused = "r" + round + "f" + (content.size() - 1);
          content.keySet().removeIf(path -> path.equals(refused));
          if (drive.exists(refused)) {
            drive.unlink(refused);
          }
        }
        assertThat(content).hasSizeGreaterThan(20);
        drive.crash(round % 2 == 0);
        drive.volume().runGc(ProgressListener.NONE);
        for (Map.Entry<String, byte[]> file : content.entrySet()) {
          assertThat(drive.read(file.getKey())).isEqualTo(file.getValue());
          drive.unlink(file.getKey());
        }
        content.clear();
        drive.fileSystem().sync();
        assertThat(drive.volume().status().readOnly()).isFalse();
      }
    }
  }
}
