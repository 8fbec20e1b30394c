// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.spec.Creation;

/** What composed drives do when a part fails. */
final class PartsTest {
  private static final int ZONE = 64 << 10;

  private static RamZonedDevice ram() {
    return RamZonedDevice.create(EmulatedGeometry.builder(8L * ZONE).zoneSizeBytes(ZONE).build());
  }

  /** A drive whose flush fails once. */
  private static final class Forgetful extends FilterZonedDevice {
    private boolean fails;

    Forgetful() {
      super(ram());
    }

    @Override
    public void flush() throws IOException {
      if (fails) {
        fails = false;
        throw new IOException("what the cache held is lost");
      }
      super.flush();
    }
  }

  /** The reset flushes a part; who caused it may only try again later. */
  @Test
  void aFailedFlushWithinAResetIsNotForgotten() throws Exception {
    Forgetful first = new Forgetful();
    try (ZonedDevice striped =
        StripedZonedDevice.of(List.of(first, ram()), 0, false, Creation.IF_EMPTY)) {
      striped.append(0, ByteBuffer.allocate(4096));
      striped.append(1, ByteBuffer.allocate(4096));
      first.fails = true;
      assertThatThrownBy(() -> striped.reset(1)).isInstanceOf(DeviceException.class);
      assertThatThrownBy(striped::flush)
          .isInstanceOf(DeviceException.class)
          .extracting(failed -> ((DeviceException) failed).reason())
          .isEqualTo(Reason.FLUSH_FAILED);
    }
  }

  @Test
  void zonesThatFailByThemselvesAreReported() throws Exception {
    RamZonedDevice first = ram();
    RamZonedDevice second = ram();
    try (ZonedDevice concat = ConcatZonedDevice.of(List.of(first, second), false)) {
      concat.append(10, ByteBuffer.allocate(4096));
      concat.finish(10);
      second.setReadOnly(2);
      first.setOffline(1);
      assertThat(concat.report(8, 4).get(2).condition()).isEqualTo(ZoneCondition.READ_ONLY);
      assertThat(concat.report(1, 1).get(0).condition()).isEqualTo(ZoneCondition.OFFLINE);
      assertThat(concat.report(0, 16))
          .filteredOn(zone -> zone.condition() == ZoneCondition.EMPTY)
          .hasSize(14);
    }
  }

  @Test
  void aStripeWithAFailedPartIsReported() throws Exception {
    RamZonedDevice second = ram();
    try (ZonedDevice striped =
        StripedZonedDevice.of(List.of(ram(), second), 0, false, Creation.IF_EMPTY)) {
      striped.append(3, ByteBuffer.allocate(4096));
      second.setReadOnly(3 + 2);
      assertThat(striped.report(0, 6).get(3).condition()).isEqualTo(ZoneCondition.READ_ONLY);
    }
  }

  /** As when the system has no thread left. */
  @Test
  void accessesRunAlsoWithoutThreads() throws Exception {
    List<Integer> done = new ArrayList<>();
    PartThreads threads = new PartThreads("test");
    threads.close();
    threads.runAll(List.of(() -> done.add(1), () -> done.add(2), () -> done.add(3)));
    assertThat(done).containsExactly(1, 2, 3);
  }
}
