// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.tests.contract.ConcurrentAccessContractTest;
import zonefsj.tests.contract.DriveAbility;
import zonefsj.tests.contract.Lacks;

/**
 * The contract, kept by a mount of the kernel's zonefs. With {@code explicit-open}: null_blk closes
 * no zone for another one when as many as may be are active, and zonefs has no call for it.
 */
@Lacks(
    value = DriveAbility.SHORT_LAST_ZONE,
    because = "a file tells the capacity of its zone, and not its size")
class ZonefsContractInGuest extends ConcurrentAccessContractTest {
  private final ZonefsMounts mounts = new ZonefsMounts();

  ZonefsContractInGuest() {
    super(DriveMake.zonefs(4096));
  }

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    return mounts.fresh(geometry);
  }
}
