// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.tests.crash.LogSilencer;

/**
 * A drive allows as few active zones as will do, and a zone that failed a write cannot be finished:
 * the slot that it keeps is missed by all others until it is emptied and reset.
 */
final class UnfinishedZoneTest {
  private static final int LEAST_ACTIVE = 7;
  private static final int FILES = 60;
  private static final int FILE_BYTES = 50_000;

  private static EmulatedGeometry geometry() {
    return EmulatedGeometry.builder(60L << 18)
        .zoneSizeBytes(256 << 10)
        .maxOpenZones(LEAST_ACTIVE)
        .maxActiveZones(LEAST_ACTIVE)
        .build();
  }

  @Test
  void isEmptiedBeforeOthersMissItsSlot() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = new FaultyVolume(geometry())) {
      drive.script.failFrom(DeviceOperation.FINISH, 1, Reason.MEDIA);
      for (int file = 0; file < FILES; file++) {
        if (file % 10 == 3) {
          // The second failure in a row seals the zone.
          drive.script.fail(DeviceOperation.WRITE, 1, Reason.MEDIA);
          drive.script.fail(DeviceOperation.WRITE, 2, Reason.MEDIA);
        }
        drive.writeDurably("file" + file, FaultyVolume.random(file, FILE_BYTES));
        // As the collector's thread does.
        drive.volume().checkForFailedZones();
        if (file % 15 == 7) {
          drive.volume().checkpoint();
        }
      }
      drive.script.clear();
      drive.crash(true);
      for (int file = 0; file < FILES; file++) {
        assertThat(drive.read("file" + file)).isEqualTo(FaultyVolume.random(file, FILE_BYTES));
      }
    }
  }
}
