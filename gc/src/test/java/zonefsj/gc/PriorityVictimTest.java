// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;

/** A zone that is to be emptied before all others does not keep them from it when it cannot be. */
class PriorityVictimTest {
  private static final int DYING = 0;
  private static final int STEPS = 40;

  private final List<Integer> searched = new ArrayList<>();
  private CollectorDrive drive;
  private GarbageCollector collector;

  /** There is no room for what the dying zone holds. */
  private final class NoRoom extends CollectorDrive.Untold {
    @Override
    RelocationResult scan(IntPredicate zones) throws IOException {
      for (int zone = 0; zone < CollectorDrive.ZONES; zone++) {
        if (zones.test(zone)) {
          searched.add(zone);
        }
      }
      if (zones.test(DYING)) {
        throw new NoSpaceForRelocationException("no zone is left");
      }
      return new RelocationResult(1, 0);
    }
  }

  @BeforeEach
  void fillTwoZonesOfWhichOneDies() throws IOException {
    drive = new CollectorDrive();
    drive.fillLive(2);
    collector = drive.collector(new NoRoom(), CollectorDrive.ZONES, 0);
    drive.ram.setReadOnly(DYING);
    drive.allocator().markFailed(drive.device.report(DYING, 1).get(0));
  }

  @AfterEach
  void closeDrive() throws IOException {
    drive.close();
  }

  /** Some steps, as the thread in the background takes them; returns how many failed. */
  private int work() {
    int failed = 0;
    for (int step = 0; step < STEPS; step++) {
      try {
        collector.doWork();
      } catch (ExtentOwner.NoSpaceForRelocationException none) {
        collector.abandon(none);
        failed++;
      } catch (IOException broken) {
        failed++;
      }
    }
    return failed;
  }

  @Test
  void withoutRoomForWhatItHolds() {
    assertThat(work()).isEqualTo(1);
    assertThat(searched).containsExactly(DYING, 1);
    drive.elapsedMillis.addAndGet(ZoneBackoff.DEFER_MILLIS);
    assertThat(work()).isEqualTo(1);
    assertThat(searched).containsExactly(DYING, 1, DYING);
  }

  @Test
  void thatTheDriveDoesNotReport() {
    drive.script.fail(DeviceOperation.REPORT, 1, Reason.MEDIA);
    assertThat(work()).isEqualTo(1);
    assertThat(searched).containsExactly(1);
  }
}
