// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.ConcatZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** Drives one after the other keep the contract; the limits hold over all of them. */
class ConcatZonedDeviceTest extends ConcurrentAccessContractTest {
  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    int firstZones = Math.max(geometry.conventionalZones() + 1, geometry.zoneCount() / 2);
    long cut =
        geometry.zoneCount() == 1
            ? 0
            : Math.min(firstZones, geometry.zoneCount() - 1) * geometry.zoneSizeBytes();
    if (cut == 0 || geometry.conventionalZones() * geometry.zoneSizeBytes() >= cut) {
      return ConcatZonedDevice.of(List.of(RamZonedDevice.create(geometry)), false);
    }
    return ConcatZonedDevice.of(
        List.of(
            RamZonedDevice.create(shape(geometry, cut, geometry.conventionalZones())),
            RamZonedDevice.create(shape(geometry, geometry.sizeBytes() - cut, 0))),
        false);
  }

  private static EmulatedGeometry shape(EmulatedGeometry whole, long sizeBytes, int conventional) {
    return new EmulatedGeometry(
        sizeBytes,
        whole.zoneSizeBytes(),
        whole.zoneCapacityBytes(),
        conventional,
        whole.maxOpenZones(),
        whole.maxActiveZones(),
        whole.blockSizeBytes(),
        whole.maxAppendBytes());
  }

  @Test
  void zonesFollowOneAnother() throws IOException {
    RamZonedDevice first = RamZonedDevice.create(EmulatedGeometry.ofSize(4 << 20));
    RamZonedDevice second =
        RamZonedDevice.create(EmulatedGeometry.builder(8 << 20).zoneSizeBytes(64 << 10).build());
    try (ZonedDevice both = ConcatZonedDevice.of(List.of(first, second), false)) {
      assertThat(both.geometry().zoneCount()).isEqualTo(64 + 128);
      both.append(63, blocks(2, 1));
      both.append(64, blocks(3, 2));
      assertThat(first.report(63, 1).get(0).writtenBytes()).isEqualTo(2L * block);
      assertThat(second.report(0, 1).get(0).writtenBytes()).isEqualTo(3L * block);
      both.finish(64);
      assertThat(second.report(0, 1).get(0).condition()).isEqualTo(ZoneCondition.FULL);
      second.setOffline(1);
      assertThatThrownBy(() -> both.append(65, blocks(1, 1))).isInstanceOf(IOException.class);
      assertThat(both.report(65, 1).get(0).condition()).isEqualTo(ZoneCondition.OFFLINE);
    }
  }

  @Test
  void drivesThatDoNotFitAreRefused() throws IOException {
    try (RamZonedDevice small = RamZonedDevice.create(EmulatedGeometry.ofSize(4 << 20));
        RamZonedDevice large = RamZonedDevice.create(EmulatedGeometry.ofSize(8 << 20))) {
      assertThatThrownBy(() -> ConcatZonedDevice.of(List.of(small, large), false))
          .hasMessageContaining("has a zone size of 131072, mem:4M one of 65536");
    }
  }
}
