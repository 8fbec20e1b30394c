// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.tests.contract.ConcurrentAccessContractTest;

/** The contract, kept by null_blk with blocks of 4096 bytes. */
class NullBlkContractInGuest extends ConcurrentAccessContractTest {
  private final GuestDrives drives = new NullBlkDrives();

  NullBlkContractInGuest() {
    super(DriveMake.nullBlk(4096));
  }

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    return drives.fresh(geometry);
  }
}
