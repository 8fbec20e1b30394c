// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.EmulatedZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;

/** Channels of a drive in memory. */
class ZoneChannelRamTest extends ZoneChannelContractTest {
  @Override
  EmulatedZonedDevice create(EmulatedGeometry geometry) {
    return RamZonedDevice.create(geometry);
  }
}
