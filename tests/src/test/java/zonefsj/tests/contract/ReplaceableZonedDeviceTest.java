// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.start;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.filter.ReplaceableZonedDevice;

/** A drive that can be opened again keeps the contract, and takes only the same drive. */
class ReplaceableZonedDeviceTest extends ConcurrentAccessContractTest {
  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) {
    return new ReplaceableZonedDevice(RamZonedDevice.create(geometry));
  }

  private static RamZonedDevice ram() {
    return RamZonedDevice.create(Devices.geometry());
  }

  @Test
  void accessesGoToTheNewDrive() throws IOException {
    RamZonedDevice first = ram();
    try (ReplaceableZonedDevice drive = new ReplaceableZonedDevice(first)) {
      drive.append(FIRST, blocks(2, 7));
      RamZonedDevice second = first.snapshot();
      drive.replace(() -> second, () -> first);
      drive.append(FIRST, blocks(1, 8));
      assertThat(second.report(FIRST, 1).get(0).writtenBytes()).isEqualTo(3L * BLOCK);
      assertRefused(Reason.CLOSED, -1, () -> first.flush());
    }
  }

  @Test
  void anotherDriveIsRefusedAndThisOneGoesOn() throws IOException {
    RamZonedDevice first = ram();
    try (ReplaceableZonedDevice drive = new ReplaceableZonedDevice(first)) {
      drive.append(FIRST, blocks(2, 7));
      RamZonedDevice again = first.snapshot();
      RamZonedDevice other = ram();
      assertThatThrownBy(() -> drive.replace(() -> other, () -> again))
          .hasMessageContaining("zone " + FIRST + " is another");
      assertRefused(Reason.CLOSED, -1, () -> other.flush());
      ByteBuffer read = ByteBuffer.allocate(BLOCK);
      drive.read(start(FIRST), read);
      assertThat(read.flip()).isEqualTo(blocks(2, 7).limit(BLOCK));
    }
  }

  @Test
  void ifNothingCanBeOpenedAllAccessesFail() throws IOException {
    try (ReplaceableZonedDevice drive = new ReplaceableZonedDevice(ram())) {
      assertThatThrownBy(
              () ->
                  drive.replace(
                      () -> {
                        throw new IOException("no drive");
                      },
                      () -> {
                        throw new IOException("no drive either");
                      }))
          .isInstanceOf(ReplaceableZonedDevice.DriveClosedException.class)
          .hasMessageContaining("no drive either");
      assertRefused(Reason.CLOSED, -1, () -> drive.flush());
    }
  }

  @Test
  void accessesWaitUntilTheDriveIsReplaced() throws Exception {
    RamZonedDevice first = ram();
    try (ReplaceableZonedDevice drive = new ReplaceableZonedDevice(first)) {
      AtomicBoolean replaced = new AtomicBoolean();
      FutureTask<Boolean> access =
          new FutureTask<>(
              () -> {
                drive.append(FIRST, blocks(1, 1));
                return replaced.get();
              });
      RamZonedDevice second = first.snapshot();
      drive.replace(
          () -> {
            new Thread(access, "access").start();
            replaced.set(true);
            return second;
          },
          () -> first);
      assertThat(access.get(60, TimeUnit.SECONDS)).isTrue();
    }
  }
}
