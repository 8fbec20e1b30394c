// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.tests.contract.ConcurrentAccessContractTest;
import zonefsj.tests.contract.DriveAbility;
import zonefsj.tests.contract.Lacks;

/** The contract, kept by QEMU's ZNS drive with blocks of 4096 bytes. */
@Lacks(value = DriveAbility.CONVENTIONAL_ZONES, because = "QEMU's ZNS drives have none")
@Lacks(value = DriveAbility.SHORT_LAST_ZONE, because = "QEMU cuts a drive to whole zones")
class NvmeContractInGuest extends ConcurrentAccessContractTest {
  private final GuestDrives drives = new NvmeDrives();

  NvmeContractInGuest() {
    super(DriveMake.nvme(4096));
  }

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    return drives.fresh(geometry);
  }
}
