// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import org.junit.jupiter.api.Nested;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.software.DriveProfile;

/** The emulation keeps the contract as each make of drive, too. */
class DriveProfilesTest {
  @Nested
  class QemuZns extends Profiled {
    QemuZns() {
      super(DriveProfile.QEMU_ZNS);
    }
  }

  @Nested
  class NullBlk extends Profiled {
    NullBlk() {
      super(DriveProfile.NULL_BLK);
    }
  }

  @Nested
  class ScsiDebug extends Profiled {
    ScsiDebug() {
      super(DriveProfile.SCSI_DEBUG);
    }
  }

  private abstract static class Profiled extends ZonedDeviceContractTest {
    private final DriveProfile profile;

    Profiled(DriveProfile profile) {
      super(DriveShape.EMULATED.as(profile));
      this.profile = profile;
    }

    @Override
    protected ZonedDevice create(EmulatedGeometry geometry) {
      return RamZonedDevice.create(geometry, profile);
    }
  }
}
