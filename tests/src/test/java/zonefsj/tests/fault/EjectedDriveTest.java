// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;

/** A volume whose drive is ejected needs nothing of it, and continues when it is back. */
final class EjectedDriveTest {
  private static final byte[] CONTENT = FaultyVolume.random(1, 60_000);

  /** Longer than a volume is idle before it proves its last flush, and than a commit waits. */
  private static final long IDLE_MILLIS = 3000;

  private static void eject(FaultyVolume drive) throws Exception {
    drive.volume().suspend(() -> {});
    for (DeviceOperation operation : DeviceOperation.values()) {
      drive.script.failFrom(operation, 1, Reason.UNAVAILABLE);
    }
  }

  @Test
  void aDriveThatIsBackIsAsBefore() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
      for (int round = 0; round < 2; round++) {
        drive.write("file", 0, CONTENT);
        eject(drive);
        Thread.sleep(IDLE_MILLIS);
        assertThatThrownBy(() -> drive.write("file", 0, new byte[1]))
            .isInstanceOf(ErrnoException.class)
            .extracting(refused -> ((ErrnoException) refused).errno())
            .isEqualTo(Errno.EIO);
        assertThatThrownBy(() -> drive.read("file"))
            .matches(failed -> DeviceException.isAway((DeviceException) failed));
        assertThatThrownBy(() -> drive.volume().runGc(ProgressListener.NONE))
            .hasMessageContaining("ejected");
        // Nothing is unsynced.
        drive.volume().fileSystem().sync();
        drive.script.clear();
        drive.volume().resume();
        assertThat(drive.volume().status().readOnlyReason()).isEmpty();
        assertThat(drive.volume().status().errors()).isEmpty();
        assertThat(drive.volume().status().lostData()).isEmpty();
        assertThat(drive.read("file")).isEqualTo(CONTENT);
      }
      drive.writeDurably("file", new byte[10]);
    }
  }

  @Test
  void anUnmountNeedsNoDrive() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
      drive.write("file", 0, CONTENT);
      eject(drive);
      drive.volume().close();
      assertThat(drive.volume().lostChanges()).isEmpty();
      // A drive that came too late.
      drive.volume().resume();
      drive.script.clear();
      drive.mountAgain();
      assertThat(drive.read("file")).isEqualTo(CONTENT);
    }
  }

  /** A remount changes what is admitted when the drive is back. */
  @Test
  void aThawWhileItIsEjectedWaitsForTheDrive() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
      drive.writeDurably("other", CONTENT);
      drive.volume().freeze();
      drive.volume().suspend(() -> {});
      drive.volume().thaw();
      assertThatThrownBy(() -> drive.write("other", 0, new byte[1]))
          .isInstanceOf(ErrnoException.class)
          .hasMessageContaining("ejected");
      drive.volume().resume();
      drive.writeDurably("other", new byte[10]);
    }
  }
}
