// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.tests.contract.ConcurrentAccessContractTest;
import zonefsj.tests.contract.DriveAbility;
import zonefsj.tests.contract.Lacks;

/** The contract, kept by scsi_debug's SMR drive with blocks of 4096 bytes. */
@Lacks(value = DriveAbility.ACTIVE_LIMIT, because = "SMR drives have none")
class ScsiDebugContractInGuest extends ConcurrentAccessContractTest {
  private final GuestDrives drives = new ScsiDebugDrives();

  ScsiDebugContractInGuest() {
    super(DriveMake.scsiDebug(4096));
  }

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    return drives.fresh(geometry);
  }
}
