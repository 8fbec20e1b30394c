// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import zonefsj.device.filter.DeviceOperation;

/** A mount does not wait for the resets of a whole drive, and what waits for zones gets them. */
class ManyDeadZonesTest {
  private static final int ZONES = 280;
  private static final int FILES = 200;
  private static final int FILE_BYTES = 180 << 10;

  /** Those that a mount resets, a step more, and a few of superblock, journal and checkpoint. */
  private static final int MOST_RESETS = 64 + 16 + 8;

  @Test
  void aMountResetsAsManyAsItNeeds() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(ZONES))) {
      writeAll(drive);
      for (int file = 0; file < FILES; file++) {
        drive.unlink("file" + file);
      }
      drive.fileSystem().sync();
      long before = drive.device.begun(DeviceOperation.RESET);
      drive.crash(false);
      assertThat(drive.device.begun(DeviceOperation.RESET) - before)
          .isBetween(64L, (long) MOST_RESETS);
      writeAll(drive);
      drive.crash(false);
      for (int file = 0; file < FILES; file++) {
        assertThat(drive.read("file" + file)).isEqualTo(FaultyVolume.random(file, FILE_BYTES));
      }
    }
  }

  private static void writeAll(FaultyVolume drive) throws Exception {
    for (int file = 0; file < FILES; file++) {
      drive.writeDurably("file" + file, FaultyVolume.random(file, FILE_BYTES));
    }
  }
}
