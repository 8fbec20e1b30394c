// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.CONVENTIONAL;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.start;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.ImageZonedDevice;
import zonefsj.device.filter.TracingZonedDevice;
import zonefsj.device.filter.ValidatingZonedDevice;
import zonefsj.device.library.ZonedDevices;
import zonefsj.device.spec.DeviceLookup;

/** A plan opens the drive that it says, wrapped as it says. */
class ZonedDevicesTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private String image() throws IOException {
    Path image = directory.resolve("drive.img");
    ImageFile.create(image, Devices.geometry());
    return image.toString();
  }

  @Test
  void aPlanOpensForWritingUnlessItIsReadOnly() throws IOException {
    ZonedDevices plan = ZonedDevices.at(image());
    try (ZonedDevice device = plan.open()) {
      device.write(start(CONVENTIONAL), blocks(1, 1));
      assertThatThrownBy(plan::open).hasMessageContaining("in use");
    }
    try (ZonedDevice device = plan.readOnly().open();
        ZonedDevice beside = plan.readOnly().open()) {
      assertRefused(
          Reason.DEVICE_READ_ONLY, -1, () -> device.write(start(CONVENTIONAL + 1), blocks(1, 1)));
      assertThat(beside.report(0, 1)).hasSize(1);
    }
  }

  @Test
  void wrappersAreInTheOrderInWhichTheyAreNamed() throws IOException {
    List<FilterZonedDevice> made = new ArrayList<>();
    ZonedDevices plan =
        ZonedDevices.at(image())
            .validating()
            .wrappedBy(
                below -> {
                  FilterZonedDevice own = new FilterZonedDevice(below) {};
                  made.add(own);
                  return own;
                });
    try (TracingZonedDevice device = plan.openTracing()) {
      assertThat(device.delegate()).isSameAs(made.get(0));
      assertThat(made.get(0).delegate())
          .isInstanceOfSatisfying(
              ValidatingZonedDevice.class,
              below -> assertThat(below.delegate()).isInstanceOf(ImageZonedDevice.class));
      device.write(start(CONVENTIONAL), blocks(2, 1));
      assertThat(device.counters().writtenBytes()).isEqualTo(2 * Devices.BLOCK);
    }
  }

  @Test
  void aWrapperThatFailsLeavesNoDriveOpen() throws IOException {
    ZonedDevices plan = ZonedDevices.at(image());
    assertThatThrownBy(
            () ->
                plan.validating()
                    .wrappedBy(
                        below -> {
                          throw new IllegalStateException("no");
                        })
                    .open())
        .hasMessage("no");
    plan.open().close();
  }

  @Test
  void drivesAreFoundByWhatTheCallerKnows() throws IOException {
    String image = image();
    DeviceLookup lookup =
        (tag, value) -> value.equals("archive") ? Optional.of(image) : Optional.empty();
    ZonedDevices.at("LABEL=archive").searching(lookup).open().close();
    assertThatThrownBy(() -> ZonedDevices.at("LABEL=archive").open())
        .hasMessageContaining("no drive has it");
    assertThatThrownBy(() -> ZonedDevices.at("nbd:x").open())
        .hasMessageContaining("unknown kind 'nbd'");
  }
}
