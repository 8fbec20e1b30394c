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
record Wreck(RamZonedDevice drive, Remains medium) {
  /** The drive as a mount sees it. */
  ZonedDevice remanent() {
    return new RemanentDevice(drive, medium);
  }

  /** An independent copy. */
  Wreck snapshot() throws IOException {
    return new Wreck(drive.snapshot(), medium.snapshot());
  }
}
