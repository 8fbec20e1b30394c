// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.MAX_ACTIVE;
import static zonefsj.tests.contract.Devices.ZONE;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.start;
import static zonefsj.tests.contract.Devices.zone;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.EmulatedZonedDevice;

/** What the emulated drives do beyond the contract: zones that wear out. */
abstract class EmulatedDeviceContractTest extends ConcurrentAccessContractTest {
  @Override
  protected abstract EmulatedZonedDevice create(EmulatedGeometry geometry) throws IOException;

  private EmulatedZonedDevice emulated() {
    return (EmulatedZonedDevice) device;
  }

  @Test
  void aReadOnlyZoneCanBeReadAndNothingElse() throws IOException {
    device.write(start(FIRST), blocks(2, 1));
    device.write(start(0), blocks(2, 2));
    emulated().setReadOnly(FIRST);
    emulated().setReadOnly(0);
    assertThat(zone(device, FIRST).condition()).isEqualTo(ZoneCondition.READ_ONLY);
    assertThat(zone(device, FIRST).hasWritePointer()).isFalse();
    assertThat(read(device, start(FIRST), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 1)));
    assertThat(read(device, start(FIRST) + 2 * BLOCK, BLOCK)).containsOnly(0);
    assertThat(read(device, start(0), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 2)));
    assertRefused(Reason.ZONE_READ_ONLY, 0, () -> device.write(start(0), blocks(1, 1)));
    assertRefused(
        Reason.ZONE_READ_ONLY, FIRST, () -> device.write(start(FIRST) + 2 * BLOCK, blocks(1, 1)));
    assertEveryChangeRefused(Reason.ZONE_READ_ONLY);
  }

  @Test
  void anOfflineZoneIsDead() throws IOException {
    device.write(start(FIRST), blocks(2, 1));
    emulated().setOffline(FIRST);
    assertThat(zone(device, FIRST).condition()).isEqualTo(ZoneCondition.OFFLINE);
    assertRefused(
        Reason.ZONE_OFFLINE, FIRST, () -> device.read(start(FIRST), ByteBuffer.allocate(BLOCK)));
    assertRefused(
        Reason.ZONE_OFFLINE,
        FIRST,
        () -> device.read(start(FIRST - 1), ByteBuffer.allocate(2 * ZONE)));
    assertEveryChangeRefused(Reason.ZONE_OFFLINE);
    assertRefused(Reason.ZONE_OFFLINE, FIRST, () -> emulated().setReadOnly(FIRST));
    assertThat(read(device, start(FIRST + 1), BLOCK)).containsOnly(0);
  }

  @Test
  void aWornZoneFreesWhatItTook() throws IOException {
    for (int i = 0; i < MAX_ACTIVE; i++) {
      device.write(start(FIRST + i), blocks(1, i));
    }
    emulated().setReadOnly(FIRST);
    device.write(start(FIRST + MAX_ACTIVE), blocks(1, 1));
    emulated().setOffline(FIRST + 1);
    device.open(FIRST + MAX_ACTIVE + 1);
    assertRefused(
        Reason.TOO_MANY_ACTIVE, FIRST + MAX_ACTIVE + 2, () -> device.open(FIRST + MAX_ACTIVE + 2));
  }

  private void assertEveryChangeRefused(Reason reason) {
    assertRefused(reason, FIRST, () -> device.append(FIRST, blocks(1, 1)));
    assertRefused(reason, FIRST, () -> device.open(FIRST));
    assertRefused(reason, FIRST, () -> device.close(FIRST));
    assertRefused(reason, FIRST, () -> device.finish(FIRST));
    assertRefused(reason, FIRST, () -> device.reset(FIRST));
  }
}
