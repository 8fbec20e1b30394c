// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;

/** A read that fails may take seconds, and others wait for the step. */
class UnreadableVictimTest {
  private static final int MOST_STEPS = 1000;

  @Test
  void aStepReadsOnAfterNoFailure() throws IOException {
    try (CollectorDrive drive = new CollectorDrive()) {
      drive.fillLive(1);
      drive.script.failFrom(DeviceOperation.READ, 1, Reason.MEDIA);
      GarbageCollector collector =
          drive.collector(new CollectorDrive.Untold(), CollectorDrive.ZONES, 0);
      assertThat(collector.doWork()).as("it has chosen the zone").isTrue();
      int steps = 0;
      for (; collector.victimsEnded() == 0; steps++) {
        assertThat(steps).isLessThan(MOST_STEPS);
        long before = drive.device.begun(DeviceOperation.READ);
        collector.doWork();
        assertThat(drive.device.begun(DeviceOperation.READ) - before).isLessThan(3);
      }
      assertThat(steps).isGreaterThan(2);
    }
  }
}
