// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;

/**
 * What a power loss left.
 *
 * @param drive write pointers, and what is below them
 * @param medium what a read beyond a write pointer finds
 */
record CrashImage(RamZonedDevice drive, MediumContents medium) {
  /** The drive as a mount sees it. */
  ZonedDevice remanent() {
    return new StaleDataDevice(drive, medium);
  }

  /** An independent copy. */
  CrashImage snapshot() throws IOException {
    return new CrashImage(drive.snapshot(), medium.snapshot());
  }
}
