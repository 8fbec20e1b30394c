// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.start;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.filter.DeviceCounters;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.OperationCounters;
import zonefsj.device.filter.TracingZonedDevice;

/** The tracing wrapper keeps the contract and counts. */
class TracingZonedDeviceTest extends ConcurrentAccessContractTest {
  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) {
    return new TracingZonedDevice(RamZonedDevice.create(geometry));
  }

  @Test
  void countsByKind() throws IOException {
    AtomicLong clock = new AtomicLong();
    try (TracingZonedDevice traced =
        new TracingZonedDevice(
            RamZonedDevice.create(Devices.geometry()), () -> clock.getAndAdd(5))) {
      DeviceCounters before = traced.counters();
      traced.write(start(FIRST), blocks(2, 1), blocks(1, 2));
      traced.append(FIRST, blocks(1, 3));
      traced.read(start(FIRST), ByteBuffer.allocate(3 * BLOCK));
      assertRefused(
          Reason.NOT_AT_WRITE_POINTER, FIRST, () -> traced.write(start(FIRST), blocks(1, 1)));
      traced.report(0, 3);
      traced.flush();
      traced.open(FIRST);
      traced.close(FIRST);
      traced.finish(FIRST);
      traced.reset(FIRST);
      DeviceCounters after = traced.counters();

      assertCounts(after.of(DeviceOperation.WRITE), 2, 1, 3L * BLOCK, 10);
      assertCounts(after.of(DeviceOperation.APPEND), 1, 0, BLOCK, 5);
      assertCounts(after.of(DeviceOperation.READ), 1, 0, 3L * BLOCK, 5);
      for (DeviceOperation operation :
          new DeviceOperation[] {
            DeviceOperation.REPORT,
            DeviceOperation.FLUSH,
            DeviceOperation.OPEN,
            DeviceOperation.CLOSE,
            DeviceOperation.FINISH,
            DeviceOperation.RESET
          }) {
        assertCounts(after.of(operation), 1, 0, 0, 5);
      }
      assertThat(after.writtenBytes()).isEqualTo(4L * BLOCK);
      assertThat(after.readBytes()).isEqualTo(3L * BLOCK);
      assertCounts(before.of(DeviceOperation.WRITE), 0, 0, 0, 0);
    }
  }

  private static void assertCounts(
      OperationCounters counters, long operations, long failures, long bytes, long nanos) {
    assertThat(counters.operations()).isEqualTo(operations);
    assertThat(counters.failures()).isEqualTo(failures);
    assertThat(counters.bytes()).isEqualTo(bytes);
    assertThat(counters.nanos()).isEqualTo(nanos);
    assertThat(counters.latency().total()).isEqualTo(operations);
  }
}
