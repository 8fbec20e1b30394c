// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.repair.VolumeRepair;

/** A host that has no memory for an access says nothing of the drive: nothing is taken for lost. */
final class HostShortageTest {
  private static final int READS = 40;
  private static final byte[] CONTENT = FaultyVolume.random(1, 60_000);
  private static final byte[] DAMAGED = FaultyVolume.random(2, 20_000);

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

  /**
   * At each read of a check and of a repair, of which one file is damaged. Memory is back at the
   * next read, so that whatever took the shortage for damage would go on and repair it.
   */
  @Test
  void aRepairThatCannotReadRepairsNothing() throws Exception {
    int refused = 0;
    for (int read = 1; refused == read - 1; read++) {
      try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(48))) {
        drive.writeDurably("file", CONTENT);
        drive.writeDurably("damaged", DAMAGED);
        drive.volume().checkpoint();
        drive.writeDurably("newer", CONTENT);
        damage(drive);
        drive.volume().abandon();
        drive.stores.lose();
        drive.script.fail(DeviceOperation.READ, read, Reason.HOST_SHORTAGE);
        refused += repairs(drive) ? 0 : 1;
        drive.script.clear();
        drive.mountAgain();
        assertThat(drive.read("file")).as("read %d", read).isEqualTo(CONTENT);
        assertThat(drive.read("newer")).as("read %d", read).isEqualTo(CONTENT);
        assertThat(drive.exists("damaged")).as("read %d", read).isTrue();
        assertThat(drive.exists("lost+found")).as("read %d", read).isFalse();
      }
    }
    assertThat(refused).isGreaterThan(50);
  }

  private static void damage(FaultyVolume drive) throws Exception {
    for (ZoneView zone : drive.volume().zones()) {
      long start = zone.descriptor().startBytes();
      byte[] bytes = new byte[(int) zone.descriptor().capacityBytes()];
      drive.ram.read(start, ByteBuffer.wrap(bytes));
      for (int at = 0; at + DAMAGED.length <= bytes.length; at++) {
        if (Arrays.equals(bytes, at, at + DAMAGED.length, DAMAGED, 0, DAMAGED.length)) {
          drive.rot.flip(start + at);
          return;
        }
      }
    }
    throw new AssertionError("the file is not on the drive");
  }

  private static boolean repairs(FaultyVolume drive) throws IOException {
    try {
      VolumeRepair.Result result =
          VolumeRepair.repair(
              drive.device,
              new VolumeRepair.Plan(
                  true,
                  true,
                  Scratch.ofSystem(),
                  "pairs-1",
                  FaultyVolume.CLOCK,
                  new SplittableRandom(9)),
              ProgressListener.NONE);
      assertThat(result.done()).isNotEmpty();
      return true;
    } catch (DeviceException shortage) {
      assertThat(shortage.reason()).isEqualTo(Reason.HOST_SHORTAGE);
      return false;
    }
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
