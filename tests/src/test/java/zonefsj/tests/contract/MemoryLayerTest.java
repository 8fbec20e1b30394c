// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.assertZone;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.written;

import java.io.IOException;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.layer.LayeredZonedDevice;
import zonefsj.device.layer.MemoryLayer;

/** A layer in memory keeps the contract, and its maximum. */
class MemoryLayerTest extends LayeredDriveContractTest {
  @Override
  LayeredZonedDevice layer(ZonedDevice base) throws IOException {
    return MemoryLayer.open(base, OptionalLong.empty());
  }

  @Test
  void aWriteBeyondTheMaximumStoresNothing() throws IOException {
    try (LayeredZonedDevice layer =
        MemoryLayer.open(new UntouchableDrive(written()), OptionalLong.of(64L << 10))) {
      layer.write(start(9), blocks(8, 1));
      layer.write(start(0), blocks(8, 2));
      assertThat(
              assertRefused(
                  Reason.LAYER_FULL, 9, () -> layer.write(start(9) + 8 * BLOCK, blocks(1, 3))))
          .hasMessageContaining("maximum of 64K")
          .hasMessageContaining("keep the layer in a file");
      assertZone(layer, 9, ZoneCondition.IMPLICIT_OPEN, 8 * BLOCK);
      assertRefused(Reason.LAYER_FULL, 0, () -> layer.write(start(0) + 4 * BLOCK, blocks(8, 3)));
      assertThat(read(layer, start(0), 8 * BLOCK)).isEqualTo(bytes(blocks(8, 2)));
      assertThat(read(layer, start(9), 8 * BLOCK)).isEqualTo(bytes(blocks(8, 1)));
      layer.write(start(0) + 2 * BLOCK, blocks(3, 4));
      layer.reset(9);
      layer.write(start(10), blocks(8, 5));
      assertThat(read(layer, start(10), 8 * BLOCK)).isEqualTo(bytes(blocks(8, 5)));
    }
  }

  @Test
  void everythingIsGoneAfterTheClose() throws IOException {
    RamZonedDevice base = written();
    LayeredZonedDevice layer = layer(base.snapshot());
    layer.reset(4);
    layer.write(start(4), blocks(1, 1));
    layer.close();
    try (LayeredZonedDevice again = layer(base)) {
      assertThat(read(again, start(4), 48 * BLOCK)).isEqualTo(bytes(blocks(48, 4)));
    }
  }
}
