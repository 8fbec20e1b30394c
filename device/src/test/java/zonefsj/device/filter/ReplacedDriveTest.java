// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.PatientDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** A drive that is opened again while it is in use. */
final class ReplacedDriveTest {
  private static final int ZONE = 64 << 10;

  /** Stays there when it is closed. */
  private static final class Drive extends FilterZonedDevice {
    private boolean failsFlush;

    Drive() {
      super(RamZonedDevice.create(EmulatedGeometry.builder(8L * ZONE).zoneSizeBytes(ZONE).build()));
    }

    @Override
    public void flush() throws IOException {
      if (failsFlush) {
        failsFlush = false;
        throw new IOException("what the cache held is lost");
      }
      super.flush();
    }

    @Override
    public void close() {
      // It is opened again.
    }
  }

  /** Who writes learns of it, although another one has asked for the flush. */
  @Test
  void aFailedFlushBeforeItIsNotForgotten() throws Exception {
    Drive drive = new Drive();
    try (ReplaceableZonedDevice top = new ReplaceableZonedDevice(drive)) {
      top.append(0, ByteBuffer.allocate(4096));
      drive.failsFlush = true;
      assertThatThrownBy(() -> top.replace(() -> drive, () -> drive))
          .hasMessageContaining("is lost");
      assertThatThrownBy(top::flush)
          .isInstanceOf(DeviceException.class)
          .extracting(failed -> ((DeviceException) failed).reason())
          .isEqualTo(Reason.FLUSH_FAILED);
    }
  }

  /** As one on a server that is away. */
  private static final class Waiting extends FilterZonedDevice implements PatientDevice {
    private long stalledMillis;

    Waiting() {
      super(new Drive());
    }

    @Override
    public void beginPatience() {
      // It waits from the beginning.
    }

    @Override
    public boolean isPatient() {
      return true;
    }

    @Override
    public long stalledMillis() {
      return stalledMillis;
    }

    @Override
    public long silentMillis() {
      return stalledMillis;
    }

    @Override
    public long limitMillis() {
      return 60_000;
    }

    @Override
    public void endPatience() {
      // It is not closed.
    }
  }

  /** Whoever uses it would have to wait with it. */
  @Test
  void aDriveThatWaitsForItsMediumIsNotReplaced() throws Exception {
    Waiting drive = new Waiting();
    try (ReplaceableZonedDevice top = new ReplaceableZonedDevice(drive)) {
      drive.stalledMillis = 1000;
      assertThatThrownBy(() -> top.replace(() -> drive, () -> drive))
          .hasMessageContaining("has taken nothing for 1 s");
      top.append(0, ByteBuffer.allocate(4096));
      top.flush();
    }
  }

  /** The server goes away in between, and programs wait for it as they always do. */
  @Test
  void aDriveWhoseMediumGoesAwayIsOpenedWhenThatIsBack() throws Exception {
    Waiting drive = new Waiting();
    AtomicInteger tries = new AtomicInteger();
    try (ReplaceableZonedDevice top = new ReplaceableZonedDevice(drive)) {
      assertThatThrownBy(
              () ->
                  top.replace(
                      () -> {
                        throw new IOException("away");
                      },
                      () -> {
                        if (tries.incrementAndGet() < 8) {
                          throw new IOException("still away");
                        }
                        return drive;
                      }))
          .hasMessage("away");
      top.flush();
    }
  }

  @Test
  void aZoneThatFailedMeanwhileDoesNotMatter() throws Exception {
    Drive drive = new Drive();
    try (ReplaceableZonedDevice top = new ReplaceableZonedDevice(drive)) {
      top.append(2, ByteBuffer.allocate(4096));
      top.replace(
          () -> {
            ((RamZonedDevice) drive.delegate()).setReadOnly(2);
            return drive;
          },
          () -> drive);
      assertThat(top.report(2, 1).get(0).condition()).isEqualTo(ZoneCondition.READ_ONLY);
      top.append(3, ByteBuffer.allocate(4096));
      top.flush();
    }
  }

  @Test
  void anEjectedDriveIsRefusedAndComesBackAsItWas() throws Exception {
    Drive drive = new Drive();
    try (ReplaceableZonedDevice top = new ReplaceableZonedDevice(drive)) {
      top.append(0, ByteBuffer.allocate(4096));
      top.eject();
      top.eject();
      assertThat(top.isEjected()).isTrue();
      assertThat(top.isPulled()).isFalse();
      assertThat(top.report(0, 8)).isEqualTo(drive.report(0, 8));
      assertThat(top.geometry()).isEqualTo(drive.geometry());
      top.flush();
      assertThatThrownBy(() -> top.read(0, ByteBuffer.allocate(4096)))
          .isInstanceOf(DeviceException.class)
          .extracting(refused -> ((DeviceException) refused).reason())
          .isEqualTo(Reason.UNAVAILABLE);
      // Another host has written to it.
      RamZonedDevice other = ((RamZonedDevice) drive.delegate()).snapshot();
      other.append(0, ByteBuffer.allocate(4096));
      assertThatThrownBy(() -> top.takeBack(() -> other, () -> drive))
          .hasMessageContaining("zone 0 is another: 8192 bytes");
      assertThat(top.isEjected()).isTrue();
      top.takeBack(() -> drive, () -> drive);
      top.takeBack(() -> other, () -> other);
      assertThat(top.isEjected()).isFalse();
      assertThat(top.append(0, ByteBuffer.allocate(4096))).isEqualTo(4096);
    }
  }

  @Test
  void aDriveThatCannotBeFlushedIsNotEjected() throws Exception {
    Drive drive = new Drive();
    try (ReplaceableZonedDevice top = new ReplaceableZonedDevice(drive)) {
      drive.failsFlush = true;
      assertThatThrownBy(top::eject).hasMessageContaining("is lost");
      assertThat(top.isEjected()).isFalse();
      top.read(0, ByteBuffer.allocate(4096));
    }
  }
}
