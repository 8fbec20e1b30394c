// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Reference;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** What a zone costs in memory is what ARCHITECTURE.md says, on a drive of 75,000. */
class ZoneMemoryTest {
  /** Of 20 TB, in zones of 256 MiB. */
  private static final int ZONES = 75_000;

  private static final int MOST_BYTES_A_ZONE = 230;

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void aZoneTakesNoMoreThanIsStated() throws Exception {
    EmulatedGeometry shape =
        EmulatedGeometry.builder((long) ZONES << 16)
            .zoneSizeBytes(1 << 16)
            .maxOpenZones(16)
            .maxActiveZones(16)
            .build();
    try (RamZonedDevice drive = RamZonedDevice.create(shape)) {
      drive.report(0, ZONES);
      long before = usedHeap();
      ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, ZONES), 1);
      ZoneUsage usage = new ZoneUsage(ZONES);
      try {
        for (int zone = 0; zone < ZONES; zone += 2) {
          usage.addPlaced(zone, 1, 1);
        }
        long taken = usedHeap() - before;
        System.out.printf("zonemgr: %d bytes a zone%n", taken / ZONES);
        assertThat(taken).isLessThan((long) MOST_BYTES_A_ZONE * ZONES);
      } finally {
        Reference.reachabilityFence(allocator);
        Reference.reachabilityFence(usage);
      }
    }
  }
}
