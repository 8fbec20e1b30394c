// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZonedDevice;
import zonefsj.device.delay.DelayedZonedDevice;
import zonefsj.device.delay.LatencyModels;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** A slow drive keeps the contract, and takes as long as its model says. */
class DelayedZonedDeviceTest extends ConcurrentAccessContractTest {
  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) {
    return delayed(RamZonedDevice.create(geometry), "smr", new AtomicLong());
  }

  private static ZonedDevice delayed(ZonedDevice drive, String model, AtomicLong nanos) {
    return new DelayedZonedDevice(
        drive, LatencyModels.of(model).orElseThrow(), model, nanos::addAndGet);
  }

  @Test
  void aDiskSeeksWhereAnAccessDoesNotFollowTheLastOne() throws IOException {
    AtomicLong nanos = new AtomicLong();
    try (ZonedDevice disk = delayed(RamZonedDevice.create(Devices.geometry()), "smr", nanos)) {
      disk.write(start(FIRST), blocks(2, 1));
      assertThat(nanos.getAndSet(0)).isEqualTo(8_500_000 + 2 * 4096 * 5);
      disk.write(start(FIRST) + 2L * block, blocks(3, 1));
      assertThat(nanos.getAndSet(0)).isEqualTo(3 * 4096 * 5);
      disk.flush();
      disk.open(FIRST + 1);
      nanos.set(0);
      disk.append(FIRST, blocks(1, 1));
      assertThat(nanos.getAndSet(0)).as("nothing has moved the head").isEqualTo(4096 * 5);
      disk.read(start(FIRST), ByteBuffer.allocate(block));
      assertThat(nanos.getAndSet(0)).isEqualTo(8_500_000 + 4096 * 5);
      disk.reset(FIRST);
      assertThat(nanos.getAndSet(0)).isEqualTo(10_000_000);
      disk.flush();
      assertThat(nanos.get()).isZero();
    }
  }

  @Test
  void otherModels() throws IOException {
    AtomicLong nanos = new AtomicLong();
    try (ZonedDevice fixed = delayed(RamZonedDevice.create(Devices.geometry()), "0.5", nanos)) {
      fixed.write(start(FIRST), blocks(2, 1));
      fixed.flush();
      fixed.report(0, 3);
      assertThat(nanos.getAndSet(0)).isEqualTo(2 * 500_000);
    }
    try (ZonedDevice flash = delayed(RamZonedDevice.create(Devices.geometry()), "zns", nanos)) {
      flash.read(start(FIRST), ByteBuffer.allocate(block));
      assertThat(nanos.get()).isEqualTo(80_000 + 4096L * 1_000_000 / 3_000_000);
    }
    assertThat(LatencyModels.of("fast")).isEmpty();
    assertThat(LatencyModels.of("-1")).isEmpty();
  }
}
