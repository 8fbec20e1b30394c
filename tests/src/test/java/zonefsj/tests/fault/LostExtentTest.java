// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZoneCondition;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.check.VolumeChecker.CheckResult;

/** A block that nobody can read any more does not hold its zone for ever. */
class LostExtentTest {
  private static final int LENGTH = 60_000;
  private static final int DAMAGED = 20_000;
  private static final int GRANULE = 4096;
  private static final int LOST_FROM = DAMAGED / GRANULE * GRANULE;

  private static byte[] content(int file) {
    return FaultyVolume.random(file, LENGTH);
  }

  private static String name(int file) {
    return "file" + file;
  }

  private int damagedZone;

  /** A drive of which one block of a live file in a half empty zone is damaged. */
  private FaultyVolume damaged() throws IOException, ErrnoException {
    DriveSurgery surgery;
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      for (int file = 0; file < 12; file++) {
        drive.writeDurably(name(file), content(file));
      }
      for (int file = 0; file < 12; file += 2) {
        drive.unlink(name(file));
      }
      drive.volume().close();
      surgery = new DriveSurgery(drive.ram, FaultyVolume.small());
    }
    long at = surgery.find(Arrays.copyOfRange(content(1), DAMAGED, DAMAGED + 32));
    surgery.turn(at);
    damagedZone = (int) (at / (256 << 10));
    return new FaultyVolume(surgery.drive(), new MemoryMetadataStores());
  }

  private static void assertLost(FaultyVolume drive) throws IOException, ErrnoException {
    byte[] bytes = content(1);
    assertThat(drive.read(name(1), 0, LOST_FROM)).isEqualTo(Arrays.copyOf(bytes, LOST_FROM));
    int behind = LOST_FROM + GRANULE;
    assertThat(drive.read(name(1), behind, LENGTH - behind))
        .isEqualTo(Arrays.copyOfRange(bytes, behind, LENGTH));
    for (int at : new int[] {LOST_FROM, DAMAGED, behind - 1}) {
      assertThatThrownBy(() -> drive.read(name(1), at, 1))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
    }
    for (int file = 3; file < 12; file += 2) {
      assertThat(drive.read(name(file))).isEqualTo(content(file));
    }
  }

  private static CheckResult check(FaultyVolume drive) throws IOException {
    try (RamZonedDevice copy = drive.ram.snapshot()) {
      CheckResult result = VolumeChecker.check(copy, true, ProgressListener.NONE);
      assertThat(result.findings()).isEmpty();
      return result;
    }
  }

  @Test
  void theZoneIsFreedAndTheRestOfTheFileReads() throws Exception {
    try (FaultyVolume drive = damaged()) {
      drive.volume().runGc(ProgressListener.NONE);
      assertThat(drive.ram.report(damagedZone, 1).get(0).condition())
          .isEqualTo(ZoneCondition.EMPTY);
      assertLost(drive);
      assertThat(drive.volume().status().lostData())
          .anySatisfy(line -> assertThat(line).contains("/file1 offset 16384").contains("lost"));
      drive.remount();
      assertLost(drive);
      drive.crash(true);
      assertLost(drive);
      drive.volume().checkpoint();
      drive.crash(true);
      assertLost(drive);
      CheckResult known = check(drive);
      assertThat(known.losses()).hasSize(1);
      assertThat(known.losses().get(0).where()).contains("/file1, offset 16384 to 20480");
    }
  }

  @Test
  void whatIsWrittenOverItIsThere() throws Exception {
    try (FaultyVolume drive = damaged()) {
      drive.volume().runGc(ProgressListener.NONE);
      byte[] bytes = content(1);
      // A part of it, then the rest.
      drive.write(name(1), DAMAGED, new byte[100]);
      drive.fsync(name(1));
      assertThat(drive.read(name(1), DAMAGED, 100)).containsOnly(0);
      assertThatThrownBy(() -> drive.read(name(1), DAMAGED - 1, 1))
          .isInstanceOf(ErrnoException.class);
      assertThat(check(drive).losses()).hasSize(2);
      drive.write(name(1), LOST_FROM, Arrays.copyOfRange(bytes, LOST_FROM, LOST_FROM + GRANULE));
      drive.remount();
      assertThat(drive.read(name(1))).isEqualTo(bytes);
      assertThat(check(drive).losses()).isEmpty();
    }
  }

  @Test
  void itGoesWithWhatIsTruncated() throws Exception {
    try (FaultyVolume drive = damaged()) {
      drive.volume().runGc(ProgressListener.NONE);
      drive.truncate(name(1), DAMAGED);
      drive.fsync(name(1));
      assertThat(check(drive).losses()).hasSize(1);
      drive.truncate(name(1), LOST_FROM);
      drive.fsync(name(1));
      drive.crash(true);
      drive.truncate(name(1), LENGTH);
      assertThat(drive.read(name(1), LOST_FROM, LENGTH - LOST_FROM)).containsOnly(0);
      drive.fileSystem().sync();
      assertThat(check(drive).losses()).isEmpty();
      drive.unlink(name(1));
      drive.remount();
      check(drive);
    }
  }
}
