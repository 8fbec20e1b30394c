// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.tests.fixture.UsualOptions;

/**
 * What an application sees of bad reads, failed flushes and dead zones, and what is said of them.
 */
class DamageTest {
  private static final EmulatedGeometry LARGE_ZONES =
      EmulatedGeometry.builder(24L << 22).zoneSizeBytes(4 << 20).maxActiveZones(10).build();

  /** For parts of a striped drive, which have two zones for labels. */
  private static final EmulatedGeometry HALF_ZONES =
      EmulatedGeometry.builder(26L << 21).zoneSizeBytes(2 << 20).maxActiveZones(10).build();

  @Test
  void aWrongBitIsAnErrorThatNamesFileOffsetAndZone() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] bytes = FaultyVolume.random(1, 100_000);
      byte[] others = FaultyVolume.random(2, 30_000);
      drive.writeDurably("damaged", bytes);
      drive.writeDurably("other", others);
      drive.script.on(DeviceOperation.READ, 1, new Fault.FlipBit(12_345));
      drive.script.on(DeviceOperation.READ, 2, new Fault.FlipBit(12_345));
      assertThatThrownBy(() -> drive.read("damaged", 0, 8_192))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
      assertThat(drive.volume().status().errors()).isEmpty();
      List<String> lost = drive.volume().status().lostData();
      assertThat(lost).hasSize(1);
      assertThat(lost.get(0)).contains("/damaged").contains("offset 0").contains("zone ");
      assertThat(drive.read("other")).isEqualTo(others);
      assertThat(drive.read("damaged", 65_536, 8_192))
          .isEqualTo(Arrays.copyOfRange(bytes, 65_536, 73_728));
      assertThat(drive.volume().status().readOnly()).isFalse();
    }
  }

  @Test
  void aFailedFlushIsNeverAcknowledged() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] before = FaultyVolume.random(1, 40_000);
      drive.writeDurably("file", before);
      drive.script.fail(DeviceOperation.FLUSH, 1, Reason.FLUSH_FAILED);
      drive.write("file", 0, FaultyVolume.random(2, 40_000));
      assertThatThrownBy(() -> drive.fsync("file")).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> drive.fsync("file"))
          .as("a second try, although the drive flushes again")
          .isInstanceOfAny(IOException.class, ErrnoException.class);
      assertThat(drive.volume().status().readOnly()).isTrue();
      assertThatThrownBy(() -> drive.write("file", 0, before))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EROFS));
      drive.crash(false);
      byte[] after = drive.read("file");
      assertThat(
              Arrays.equals(after, before) || Arrays.equals(after, FaultyVolume.random(2, 40_000)))
          .as("one or the other as a whole")
          .isTrue();
      drive.writeDurably("later", before);
      assertThat(drive.read("later")).isEqualTo(before);
    }
  }

  /** An fsync must not acknowledge what was lost with the failure of a later write to its zone. */
  @Test
  void anFsyncFailsIfAWritePointerWentBack() throws Exception {
    int lost = 0;
    for (int nth = 1; nth <= 5; nth++) {
      lost += lostWithATail(new FaultyVolume(LARGE_ZONES), nth, 4) ? 1 : 0;
    }
    assertThat(lost).isBetween(1, 4);
  }

  /** The other part of the zone has not gone back. */
  @Test
  void anFsyncFailsIfAWritePointerOfOnePartWentBack() throws Exception {
    for (int faulty = 0; faulty < 2; faulty++) {
      int lost = 0;
      for (int nth = 1; nth <= 10; nth++) {
        for (int blocks : new int[] {4, 1000}) {
          FaultyVolume drive = FaultyVolume.striped(HALF_ZONES, faulty);
          lost += lostWithATail(drive, nth, blocks) ? 1 : 0;
        }
      }
      assertThat(lost).isBetween(1, 19);
    }
  }

  /** Whether an fsync has failed; it must not succeed without the data. */
  private static boolean lostWithATail(FaultyVolume opened, int nth, int blocks) throws Exception {
    try (FaultyVolume drive = opened) {
      byte[] before = FaultyVolume.random(1, 40_000);
      byte[] bytes = FaultyVolume.random(2, 5 << 20);
      drive.writeDurably("before", before);
      drive.script.on(DeviceOperation.WRITE, nth, new Fault.LoseTail(blocks));
      boolean lost = false;
      try {
        drive.writeDurably("file", bytes);
      } catch (IOException | ErrnoException refused) {
        lost = true;
        assertThat(drive.volume().status().readOnly()).isTrue();
      }
      if (!lost) {
        assertThat(drive.read("file")).isEqualTo(bytes);
      }
      drive.crash(false);
      assertThat(drive.exists("file")).isEqualTo(!lost);
      if (!lost) {
        assertThat(drive.read("file")).isEqualTo(bytes);
      }
      assertThat(drive.read("before")).isEqualTo(before);
      return lost;
    }
  }

  @Test
  void oneDeadZoneOfTheSuperblockIsEnough() throws Exception {
    for (int dead = 0; dead < 2; dead++) {
      for (boolean live : new boolean[] {true, false}) {
        try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
          byte[] bytes = FaultyVolume.random(dead, 50_000);
          drive.writeDurably("file", bytes);
          drive.volume().checkpoint();
          if (!live) {
            drive.volume().close();
          }
          drive.ram.setOffline(dead);
          if (live) {
            drive.writeDurably("more", bytes);
            drive.crash(true);
          } else {
            drive.remount();
            drive.writeDurably("more", bytes);
            drive.remount();
          }
          assertThat(drive.read("file")).isEqualTo(bytes);
          assertThat(drive.read("more")).isEqualTo(bytes);
        }
      }
    }
  }

  @Test
  void bothDeadZonesOfTheSuperblockCostASearch() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] bytes = FaultyVolume.random(1, 50_000);
      drive.writeDurably("file", bytes);
      drive.volume().close();
      drive.ram.setOffline(0);
      drive.ram.setOffline(1);
      drive.stores.lose();
      try (Volume volume = drive.mount(UsualOptions.readOnly())) {
        ByteBuffer found = ByteBuffer.allocate(bytes.length);
        long inode = volume.fileSystem().lookup(1, "file".getBytes(UTF_8)).inode();
        long handle = volume.fileSystem().open(Caller.ROOT, inode, OpenFlags.READ);
        volume.fileSystem().read(handle, 0, found);
        assertThat(found.array()).isEqualTo(bytes);
      }
      drive.mountAgain();
      assertThat(drive.read("file")).isEqualTo(bytes);
      drive.writeDurably("more", bytes);
      drive.crash(true);
      assertThat(drive.read("more")).isEqualTo(bytes);
    }
  }

  /** The heads of the journal must name nothing that a checkpoint has freed. */
  @Test
  void bothDeadZonesOfTheSuperblockCostNothingHoweverManyCheckpointsThereWere() throws Exception {
    for (int checkpoints = 1; checkpoints <= 30; checkpoints++) {
      try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
        for (int number = 0; number < checkpoints; number++) {
          drive.writeDurably("file" + number, FaultyVolume.random(number, 9_000));
          drive.volume().checkpoint();
        }
        drive.unmount();
        drive.ram.setOffline(0);
        drive.ram.setOffline(1);
        drive.stores.lose();
        drive.mountAgain();
        for (int number = 0; number < checkpoints; number++) {
          assertThat(drive.read("file" + number)).isEqualTo(FaultyVolume.random(number, 9_000));
        }
      }
    }
  }

  /** The index on the host is the only one until there is another checkpoint. */
  @Test
  void aCheckpointThatCannotBeReadIsReplacedAtTheMount() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] bytes = FaultyVolume.random(1, 50_000);
      drive.writeDurably("file", bytes);
      drive.volume().checkpoint();
      SuperblockEntry.CheckpointRef ref = Objects.requireNonNull(newestEntry(drive).checkpoint());
      ref.manifestPositions().forEach(drive.rot::failAt);
      drive.crash(false);
      assertThat(drive.read("file")).isEqualTo(bytes);
      drive.crash(true);
      assertThat(drive.read("file")).isEqualTo(bytes);
    }
  }

  private static SuperblockEntry newestEntry(FaultyVolume drive) throws IOException {
    List<ZoneDescriptor> report = drive.ram.report(0, drive.ram.geometry().zoneCount());
    return Objects.requireNonNull(new SuperblockFinder(drive.ram, report).inSuperblock());
  }

  @Test
  void aDeadDataZoneCostsItsFilesAndNoMore() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] bytes = FaultyVolume.random(1, 150_000);
      for (int file = 0; file < 6; file++) {
        drive.writeDurably("file" + file, bytes);
      }
      int zone =
          drive.volume().zones().stream()
              .filter(one -> one.role().equals("hot") || one.role().equals("cold"))
              .mapToInt(one -> one.descriptor().index())
              .findFirst()
              .orElseThrow();
      drive.ram.setOffline(zone);
      int lost = readable(drive, bytes);
      assertThat(lost).isBetween(1, 3);
      drive.crash(true);
      assertThat(readable(drive, bytes)).isEqualTo(lost);
      drive.volume().runGc(ProgressListener.NONE);
      for (int file = 0; file < 6; file++) {
        drive.unlink("file" + file);
      }
      drive.writeDurably("new", bytes);
      drive.remount();
      assertThat(drive.read("new")).isEqualTo(bytes);
      drive.volume().close();
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings()).isEmpty();
    }
  }

  private static int readable(FaultyVolume drive, byte[] bytes) throws IOException {
    int lost = 0;
    for (int file = 0; file < 6; file++) {
      try {
        assertThat(drive.read("file" + file)).isEqualTo(bytes);
      } catch (ErrnoException refused) {
        assertThat(refused.errno()).isEqualTo(Errno.EIO);
        lost++;
      }
    }
    return lost;
  }

  @Test
  void damageIsNotGivenAFreshChecksumByTheCollector() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] bytes = FaultyVolume.random(1, 60_000);
      for (int file = 0; file < 12; file++) {
        drive.writeDurably("file" + file, bytes);
      }
      for (int file = 0; file < 12; file += 2) {
        drive.unlink("file" + file);
      }
      drive.fileSystem().sync();
      for (int nth = 1; nth < 80; nth += 3) {
        drive.script.on(DeviceOperation.READ, nth, new Fault.FlipBit(nth * 70_001L));
      }
      drive.volume().runGc(ProgressListener.NONE);
      drive.script.clear();
      for (int file = 1; file < 12; file += 2) {
        assertThat(drive.read("file" + file)).as("file %d", file).isEqualTo(bytes);
      }
    }
  }

  @Test
  void manyMountsWithoutAChangeUseNothingUp() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] bytes = FaultyVolume.random(1, 20_000);
      drive.writeDurably("file", bytes);
      for (int mount = 0; mount < 450; mount++) {
        if (mount % 2 == 0) {
          drive.remount();
        } else {
          drive.crash(false);
        }
      }
      assertThat(drive.read("file")).isEqualTo(bytes);
    }
  }

  /** Where the first zone with live hot data begins. */
  private static long startOfHotData(FaultyVolume drive) throws IOException {
    return drive.volume().zones().stream()
        .filter(zone -> zone.role().equals("hot") && zone.liveBytes() > 0)
        .findFirst()
        .orElseThrow()
        .descriptor()
        .startBytes();
  }

  /** Nothing proves the last commit: it may have been under way, and is dropped with words. */
  @Test
  void aLastCommitThatNothingProvesIsDroppedWithWords() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.writeDurably("before", FaultyVolume.random(1, 30_000));
      drive.writeDurably("last", FaultyVolume.random(2, 30_000));
      long hot = startOfHotData(drive);
      drive.rot.flip(hot + 60_000);
      drive.crash(true);
      assertThat(drive.read("before")).isEqualTo(FaultyVolume.random(1, 30_000));
      assertThat(drive.exists("last")).isFalse();
      assertThat(drive.volume().status().errors())
          .anySatisfy(line -> assertThat(line).contains("is dropped: its data do not verify"));
    }
  }

  /** An overwrite of a part of an extent records the parts that stay, which may be damaged. */
  @Test
  void olderDamageCostsNoCommit() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] old = FaultyVolume.random(1, 100_000);
      byte[] newer = FaultyVolume.random(2, 4_096);
      byte[] other = FaultyVolume.random(3, 30_000);
      drive.writeDurably("old", old);
      long hot = startOfHotData(drive);
      drive.rot.flip(hot + 4_096 + 50_000);
      drive.write("old", 0, newer);
      drive.writeDurably("other", other);
      drive.crash(true);
      assertThat(drive.read("other")).isEqualTo(other);
      assertThat(drive.read("old", 0, 4_096)).isEqualTo(newer);
      assertThat(drive.read("old", 4_096, 40_960))
          .isEqualTo(Arrays.copyOfRange(old, 4_096, 45_056));
      assertThatThrownBy(() -> drive.read("old", 50_000, 1)).isInstanceOf(ErrnoException.class);
    }
  }

  /** A mount that dropped the commit would need what lay in the zones that it emptied. */
  @Test
  void aCommitIsProvenBeforeTheZonesThatItEmptiedAreReset() throws Exception {
    for (boolean atMount : new boolean[] {false, true}) {
      try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
        byte[] newer = FaultyVolume.random(2, 380_000);
        byte[] other = FaultyVolume.random(3, 30_000);
        drive.writeDurably("file", FaultyVolume.random(1, 380_000));
        drive.write("other", 0, other);
        drive.writeDurably("file", newer);
        List<ZoneView> before = drive.volume().zones();
        if (atMount) {
          drive.crash(false);
        } else {
          drive.volume().runGc(ProgressListener.NONE);
        }
        List<ZoneView> after = drive.volume().zones();
        assertThat(before.stream().filter(zone -> isReset(zone, after)))
            .as("zones that were reset, at a mount: %s", atMount)
            .isNotEmpty();
        ZoneView live = zoneWith(after, 100_000);
        drive.rot.flip(live.descriptor().startBytes() + 90_000);
        drive.crash(true);
        assertThat(drive.read("other")).isEqualTo(other);
        int unreadable = 0;
        for (int offset = 0; offset < newer.length; offset += 4_096) {
          int length = Math.min(4_096, newer.length - offset);
          try {
            assertThat(drive.read("file", offset, length))
                .isEqualTo(Arrays.copyOfRange(newer, offset, offset + length));
          } catch (ErrnoException damaged) {
            unreadable++;
          }
        }
        assertThat(unreadable).as("parts of 4 KiB in one damaged granule").isBetween(1, 16);
      }
    }
  }

  private static boolean isReset(ZoneView before, List<ZoneView> after) {
    ZoneCondition now = after.get(before.descriptor().index()).descriptor().condition();
    return now == ZoneCondition.EMPTY && before.descriptor().condition() != ZoneCondition.EMPTY;
  }

  private static ZoneView zoneWith(List<ZoneView> zones, long liveBytes) {
    return zones.stream()
        .filter(zone -> zone.role().equals("hot") || zone.role().equals("cold"))
        .filter(zone -> zone.liveBytes() >= liveBytes)
        .findFirst()
        .orElseThrow();
  }

  /** A sector that cannot be read is no proof that the commit was under way. */
  @Test
  void aJournalThatEndsWhereItCannotBeReadSaysSo() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.writeDurably("before", FaultyVolume.random(1, 30_000));
      drive.writeDurably("last", FaultyVolume.random(2, 30_000));
      drive.rot.failAt(journalZone(drive).writePointerBytes() - 1);
      drive.crash(true);
      assertThat(drive.read("before")).isEqualTo(FaultyVolume.random(1, 30_000));
      assertThat(drive.exists("last")).isFalse();
      assertThat(drive.volume().status().errors())
          .anySatisfy(line -> assertThat(line).contains("the journal cannot be read after record"));
    }
  }

  @Test
  void aJournalThatNobodyNeedsMayEndUnreadable() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.writeDurably("file", FaultyVolume.random(1, 30_000));
      int journal = journalZone(drive).index();
      drive.unmount();
      drive.rot.failAt(drive.ram.report(journal, 1).get(0).writePointerBytes() - 1);
      drive.mountAgain();
      assertThat(drive.read("file")).isEqualTo(FaultyVolume.random(1, 30_000));
      assertThat(drive.volume().status().errors()).isEmpty();
    }
  }

  private static ZoneDescriptor journalZone(FaultyVolume drive) throws IOException {
    return drive.volume().zones().stream()
        .filter(zone -> zone.role().equals("journal"))
        .findFirst()
        .orElseThrow()
        .descriptor();
  }
}
