// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.CONVENTIONAL;
import static zonefsj.tests.contract.Devices.ZONES;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.start;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.TracingZonedDevice;
import zonefsj.device.library.ZoneQuery;

/** Zones are found by range, type and condition, and no more is reported than is looked at. */
class ZoneQueryTest {
  private static List<Integer> numbers(RamZonedDevice device, ZoneQuery query) {
    return query.stream(device).map(ZoneDescriptor::index).toList();
  }

  @Test
  void zonesAreChosenByRangeTypeAndCondition() throws IOException {
    try (RamZonedDevice device = RamZonedDevice.create(Devices.geometry())) {
      device.write(start(5), blocks(1, 1));
      device.open(6);
      assertThat(ZoneQuery.all().stream(device).toList()).isEqualTo(device.report(0, ZONES));
      assertThat(numbers(device, ZoneQuery.all().types(ZoneType.CONVENTIONAL)))
          .containsExactly(0, 1);
      assertThat(
              numbers(
                  device,
                  ZoneQuery.all()
                      .conditions(ZoneCondition.IMPLICIT_OPEN, ZoneCondition.EXPLICIT_OPEN)))
          .containsExactly(5, 6);
      ZoneQuery range = ZoneQuery.all().from(4).count(3);
      assertThat(numbers(device, range)).containsExactly(4, 5, 6);
      assertThat(numbers(device, range.conditions(Set.of(ZoneCondition.EMPTY)))).containsExactly(4);
      assertThat(numbers(device, range.types(Set.of()))).isEmpty();
      assertThat(numbers(device, ZoneQuery.all().from(ZONES - 1).count(100)))
          .containsExactly(ZONES - 1);
      assertThat(numbers(device, ZoneQuery.all().count(0))).isEmpty();
      assertThat(range.inRange(3)).isFalse();
      assertThat(range.inRange(6)).isTrue();
      assertThat(range.inRange(7)).isFalse();
      assertThat(ZoneQuery.all().from(1).inRange(Integer.MAX_VALUE)).isTrue();
    }
  }

  @Test
  void impossibleRangesAreRefused() throws IOException {
    try (RamZonedDevice device = RamZonedDevice.create(Devices.geometry())) {
      assertThatThrownBy(() -> ZoneQuery.all().from(-1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> ZoneQuery.all().count(-1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> ZoneQuery.all().from(ZONES).stream(device))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void reportsComeInBatchesAndNoneTooMany() throws IOException {
    int zones = 3000;
    EmulatedGeometry geometry =
        EmulatedGeometry.builder(zones * 16384L)
            .zoneSizeBytes(16384)
            .conventionalZones(CONVENTIONAL)
            .build();
    try (TracingZonedDevice device = new TracingZonedDevice(RamZonedDevice.create(geometry))) {
      assertThat(ZoneQuery.all().conditions(ZoneCondition.EMPTY).stream(device).findFirst())
          .map(ZoneDescriptor::index)
          .contains(CONVENTIONAL);
      assertThat(device.counters().of(DeviceOperation.REPORT).operations()).isEqualTo(1);
      List<ZoneDescriptor> all = ZoneQuery.all().stream(device).toList();
      assertThat(device.counters().of(DeviceOperation.REPORT).operations()).isEqualTo(1 + 3);
      assertThat(all).hasSize(zones);
      assertThat(all.get(zones - 1).index()).isEqualTo(zones - 1);
      assertThat(ZoneQuery.all().stream(device).count()).isEqualTo(zones);
      assertThat(ZoneQuery.all().types(ZoneType.CONVENTIONAL).stream(device).count())
          .isEqualTo(CONVENTIONAL);
    }
  }

  @Test
  void aReportThatFailsIsTold() throws IOException {
    RamZonedDevice ram = RamZonedDevice.create(Devices.geometry());
    FaultScript faults = new FaultScript().fail(DeviceOperation.REPORT, 1, Reason.MEDIA);
    try (FaultyZonedDevice device = new FaultyZonedDevice(ram, faults, ram)) {
      assertThatThrownBy(() -> ZoneQuery.all().stream(device).toList())
          .isInstanceOf(UncheckedIOException.class)
          .hasRootCauseInstanceOf(zonefsj.device.DeviceException.class);
    }
  }
}
