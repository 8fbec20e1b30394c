// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.ZONE;
import static zonefsj.tests.contract.Devices.ZONES;
import static zonefsj.tests.contract.Devices.assertZone;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.start;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

class RamZonedDeviceTest extends EmulatedDeviceContractTest {
  @Override
  protected RamZonedDevice create(EmulatedGeometry geometry) {
    return RamZonedDevice.create(geometry);
  }

  @Test
  void aSnapshotIsIndependent() throws IOException {
    RamZonedDevice original = create(Devices.geometry());
    original.write(start(2), blocks(3, 1));
    original.write(start(0), blocks(2, 2));
    original.open(3);
    RamZonedDevice copy = original.snapshot();
    assertThat(copy.report(0, ZONES)).isEqualTo(original.report(0, ZONES));

    original.write(start(2) + 3 * BLOCK, blocks(1, 3));
    copy.write(start(2) + 3 * BLOCK, blocks(1, 4));
    copy.write(start(0), blocks(1, 5));
    original.write(start(1), blocks(1, 6));
    assertThat(read(original, start(2) + 3 * BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 3)));
    assertThat(read(copy, start(2) + 3 * BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 4)));
    assertThat(read(original, start(2), 3 * BLOCK)).isEqualTo(bytes(blocks(3, 1)));
    assertThat(read(copy, start(2), 3 * BLOCK)).isEqualTo(bytes(blocks(3, 1)));
    assertThat(read(original, start(0), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 2)));
    assertThat(read(copy, start(0), BLOCK)).isEqualTo(bytes(blocks(1, 5)));
    assertThat(read(copy, start(1), BLOCK)).containsOnly(0);

    original.reset(2);
    assertThat(read(copy, start(2), 3 * BLOCK)).isEqualTo(bytes(blocks(3, 1)));
    original.close();
    assertThat(read(copy, start(2), 3 * BLOCK)).isEqualTo(bytes(blocks(3, 1)));
    assertZone(copy, 3, ZoneCondition.EXPLICIT_OPEN, 0);
    copy.close();
  }

  @Test
  void snapshotsOfSnapshotsShareNothingThatChanges() throws IOException {
    RamZonedDevice device = create(Devices.geometry());
    RamZonedDevice[] copies = new RamZonedDevice[40];
    for (int i = 0; i < copies.length; i++) {
      device.append(2, blocks(1, i));
      copies[i] = device.snapshot();
      if (i % 3 == 0) {
        device = copies[i].snapshot();
      }
    }
    for (int i = 0; i < copies.length; i++) {
      assertZone(copies[i], 2, ZoneCondition.IMPLICIT_OPEN, (i + 1L) * BLOCK);
      byte[] all = read(copies[i], start(2), ZONE);
      for (int j = 0; j <= i; j++) {
        assertThat(Arrays.copyOfRange(all, j * BLOCK, (j + 1) * BLOCK))
            .isEqualTo(bytes(blocks(1, j)));
      }
    }
  }

  @Test
  void aSnapshotIsCheap() throws IOException {
    ZonedDevice device = create(Devices.geometry());
    for (int zone = 2; zone < ZONES; zone++) {
      device.write(start(zone), blocks(48, zone));
    }
    // Copying would need 40 GB; the heap of the tests has one.
    RamZonedDevice[] kept = new RamZonedDevice[20_000];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = ((RamZonedDevice) device).snapshot();
    }
    assertThat(read(kept[kept.length - 1], start(5), 48 * BLOCK)).isEqualTo(bytes(blocks(48, 5)));
  }
}
