// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.start;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.filter.FirstZones;

/** The first zones of a drive keep the contract, as all of them or as some. */
class FirstZonesTest extends ConcurrentAccessContractTest {
  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) {
    return new FirstZones(RamZonedDevice.create(geometry));
  }

  @Test
  void zonesBehindTheLimitAreNotThere() throws IOException {
    try (FirstZones zones = new FirstZones(RamZonedDevice.create(Devices.geometry()))) {
      int all = zones.geometry().zoneCount();
      zones.limitTo(FIRST + 1);
      assertThat(zones.geometry().zoneCount()).isEqualTo(FIRST + 1);
      assertThat(zones.geometry().capacityBytes()).isEqualTo(start(FIRST + 1));
      zones.append(FIRST, blocks(1, 1));
      assertThatThrownBy(() -> zones.append(FIRST + 1, blocks(1, 1)))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> zones.report(0, FIRST + 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> zones.read(start(FIRST + 1), ByteBuffer.allocate(Devices.BLOCK)))
          .isInstanceOf(DeviceException.class);
      zones.limitTo(all);
      zones.append(FIRST + 1, blocks(1, 1));
      assertThatThrownBy(() -> zones.limitTo(all + 1)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Another thread may be about to report a zone that is taken away. */
  @Test
  void aZoneThatIsTakenAwayIsStillThereForThoseWhoUseIt() throws IOException {
    try (FirstZones zones = new FirstZones(RamZonedDevice.create(Devices.geometry()))) {
      zones.limitTo(FIRST + 2);
      zones.limitTo(FIRST + 1);
      assertThat(zones.report(FIRST + 1, 1)).hasSize(1);
      assertThatThrownBy(() -> zones.report(FIRST + 2, 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }
}
