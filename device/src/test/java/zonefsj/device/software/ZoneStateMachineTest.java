// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZoneCondition;
import zonefsj.device.emulated.EmulatedGeometry;

/** What the contract of drives cannot force: a zone is closed while a write to it ends. */
class ZoneStateMachineTest {
  private static final int BLOCK = 4096;
  private static final int ZONES = 3;
  private static final int WRITES = 200_000;

  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder((long) ZONES << 30)
          .zoneSizeBytes(1 << 30)
          .conventionalZones(0)
          .maxOpenZones(1)
          .build();

  @Test
  void zonesThatCloseEachOtherKeepTheirPointers() throws Exception {
    ZoneStateMachine machine = new ZoneStateMachine(GEOMETRY, DriveProfile.STANDARD);
    ExecutorService threads = Executors.newFixedThreadPool(ZONES);
    try {
      List<Future<?>> writers = new ArrayList<>();
      for (int each = 0; each < ZONES; each++) {
        int zone = each;
        writers.add(
            threads.submit(
                () -> {
                  for (long write = 0; write < WRITES; write++) {
                    machine.beginWrite(zone, write * BLOCK, BLOCK);
                    machine.endWrite(zone, BLOCK);
                  }
                  return zone;
                }));
      }
      for (Future<?> writer : writers) {
        writer.get(60, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
    int open = 0;
    for (int zone = 0; zone < ZONES; zone++) {
      assertThat(machine.state(zone).pointerBytes()).isEqualTo((long) WRITES * BLOCK);
      open += machine.state(zone).condition().isOpen() ? 1 : 0;
    }
    assertThat(open).isEqualTo(1);
    // The count of open zones is right, too: another one finds exactly one to close.
    int next = machine.state(0).condition().isOpen() ? 1 : 0;
    assertThat(machine.beginWrite(next, (long) WRITES * BLOCK, BLOCK)).isNotNegative();
    assertThat(machine.state(next).condition()).isEqualTo(ZoneCondition.IMPLICIT_OPEN);
  }
}
