// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;

/** A drive that is pulled: everything fails at once, and nothing counts as damaged. */
final class RemovedDriveTest {
  private static final byte[] CONTENT = FaultyVolume.random(1, 60_000);

  @Test
  void whatADriveThatIsGoneCannotReadIsNotLost() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
      drive.writeDurably("file", CONTENT);
      drive.remount();
      drive.script.failFrom(DeviceOperation.READ, 1, Reason.REMOVED);
      assertThatThrownBy(() -> drive.read("file")).matches(DeviceException::isRemoval);
      assertThat(drive.volume().status().lostData()).isEmpty();
      drive.script.clear();
      assertThat(drive.read("file")).isEqualTo(CONTENT);
    }
  }

  @Test
  void aDriveThatIsGoneEndsAllChanges() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
      drive.writeDurably("file", CONTENT);
      for (DeviceOperation operation : DeviceOperation.values()) {
        drive.script.failFrom(operation, 1, Reason.REMOVED);
      }
      drive.write("file", 0, new byte[1000]);
      assertThatThrownBy(() -> drive.fsync("file")).matches(DeviceException::isRemoval);
      assertThat(drive.volume().isReadOnly()).isTrue();
      drive.script.clear();
      drive.volume().abandon();
      drive.mountAgain();
      assertThat(drive.read("file")).isEqualTo(CONTENT);
    }
  }
}
