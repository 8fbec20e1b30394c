// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.ProgressListener;

/** A host that has no memory for an access says nothing of the drive: nothing is taken for lost. */
final class HostShortageTest {
  private static final int READS = 40;
  private static final byte[] CONTENT = FaultyVolume.random(1, 60_000);

  @Test
  void aReadThatTheHostCannotDoLosesNothing() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
      drive.writeDurably("file", CONTENT);
      drive.remount();
      drive.script.fail(DeviceOperation.READ, 1, Reason.HOST_SHORTAGE);
      assertThatThrownBy(() -> drive.read("file")).hasMessageNotContaining("damage");
      assertThat(drive.volume().status().lostData()).isEmpty();
      assertThat(drive.read("file")).isEqualTo(CONTENT);
      assertThat(drive.volume().scrub(0, true, () -> true, ProgressListener.NONE).damages())
          .isZero();
    }
  }

  /** At each of the first reads of a mount that has nothing but superblock log and journal. */
  @Test
  void aMountThatCannotReadTakesNothingForTorn() throws Exception {
    int refused = 0;
    for (int read = 1; read <= READS; read++) {
      try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
        drive.writeDurably("file", CONTENT);
        drive.volume().checkpoint();
        drive.writeDurably("newer", CONTENT);
        drive.volume().abandon();
        drive.stores.lose();
        drive.script.fail(DeviceOperation.READ, read, Reason.HOST_SHORTAGE);
        if (!mounts(drive)) {
          refused++;
          drive.mountAgain();
        }
        drive.script.clear();
        assertThat(drive.read("file")).as("read %d", read).isEqualTo(CONTENT);
        assertThat(drive.read("newer")).as("read %d", read).isEqualTo(CONTENT);
        assertThat(drive.volume().status().errors()).isEmpty();
      }
    }
    assertThat(refused).isGreaterThan(3);
  }

  private static boolean mounts(FaultyVolume drive) throws IOException {
    try {
      drive.mountAgain();
      return true;
    } catch (DeviceException shortage) {
      assertThat(shortage.reason()).isEqualTo(Reason.HOST_SHORTAGE);
      return false;
    }
  }
}
