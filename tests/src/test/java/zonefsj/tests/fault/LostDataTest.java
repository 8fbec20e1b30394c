// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.check.VolumeChecker.CheckResult;
import zonefsj.fs.volume.dump.VolumeDumper;
import zonefsj.fs.volume.repair.VolumeRepair;
import zonefsj.tests.fixture.UsualOptions;

/**
 * What the drive lost of files is listed, each place once, until it is written anew; mounts,
 * crashes and a lost index do not make the list forget.
 */
final class LostDataTest {
  private static final int FILE_BYTES = 60_000;
  private static final int GRANULE_BYTES = 4096;

  /** Of the list. */
  private static final int MOST = 1000;

  private FaultyVolume drive;

  @BeforeEach
  void fill() throws Exception {
    drive = new FaultyVolume(FaultyVolume.geometry(48));
    for (int file = 0; file < 4; file++) {
      drive.writeDurably("file" + file, content(file));
    }
    drive.remount();
  }

  @AfterEach
  void letGo() throws IOException {
    drive.close();
  }

  private static byte[] content(int file) {
    return FaultyVolume.random(file, FILE_BYTES);
  }

  private List<String> lost() {
    return drive.volume().status().lostData();
  }

  /** Where a byte of a file lies on the drive. */
  private long place(int file, int offset) throws IOException {
    return place(drive.volume(), file, offset);
  }

  private long place(Volume volume, int file, int offset) throws IOException {
    byte[] wanted = Arrays.copyOfRange(content(file), offset, offset + 32);
    for (ZoneView zone : volume.zones()) {
      ByteBuffer bytes = ByteBuffer.allocate(192 << 10);
      drive.ram.read(zone.descriptor().startBytes(), bytes);
      for (int at = 0; at + wanted.length <= bytes.capacity(); at++) {
        if (Arrays.equals(bytes.array(), at, at + wanted.length, wanted, 0, wanted.length)) {
          return zone.descriptor().startBytes() + at;
        }
      }
    }
    throw new AssertionError("file " + file + " is not on the drive");
  }

  private void refuses(int file, int offset) {
    assertThatThrownBy(() -> drive.read("file" + file, offset, 100))
        .isInstanceOf(ErrnoException.class);
  }

  private void scrub() throws IOException {
    drive.volume().scrub(0, true, () -> true, ProgressListener.NONE);
  }

  private CheckResult check() throws IOException {
    try (RamZonedDevice copy = drive.ram.snapshot()) {
      return VolumeChecker.check(copy, false, ProgressListener.NONE);
    }
  }

  @Test
  void isListedAfterARemountACrashAndALostIndex() throws Exception {
    drive.rot.flip(place(1, 9000));
    refuses(1, 9000);
    assertThat(lost()).singleElement().asString().contains("/file1 offset 8192+4096: checksum");
    assertThat(drive.volume().status().errors()).isEmpty();
    drive.remount();
    assertThat(lost()).singleElement().asString().contains("/file1 offset 8192+4096: checksum");
    drive.crash(true);
    assertThat(lost()).hasSize(1);
    drive.volume().checkpoint();
    drive.crash(true);
    assertThat(lost()).singleElement().asString().contains("/file1 offset 8192+4096: checksum");
    drive.unmount();
    CheckResult check = check();
    assertThat(check.findings()).isEmpty();
    assertThat(check.losses()).hasSize(1);
    assertThat(check.losses().get(0).where()).isEqualTo("file /file1, offset 8192 to 12288");
    drive.mountAgain();
  }

  @Test
  void isListedBeforeTheMountEnds() throws Exception {
    drive.rot.flip(place(1, 9000));
    refuses(1, 9000);
    drive.writeDurably("other", content(7));
    drive.crash(true);
    assertThat(lost()).hasSize(1);
  }

  @Test
  void isOneLineWhoeverFindsIt() throws Exception {
    drive.rot.flip(place(1, 9000));
    for (int offset : new int[] {8192, 9000, 12_000, 8500}) {
      refuses(1, offset);
    }
    assertThatThrownBy(() -> drive.read("file1")).isInstanceOf(ErrnoException.class);
    assertThat(lost()).singleElement().asString().contains("offset 8192+4096").contains("5 times");
    scrub();
    scrub();
    assertThat(lost()).singleElement().asString().contains("offset 8192+4096").contains("7 times");
    drive.remount();
    refuses(1, 10_000);
    assertThat(lost()).singleElement().asString().contains("offset 8192+4096").contains("8 times");
    drive.volume().runGc(ProgressListener.NONE);
    assertThat(lost()).hasSize(1);
  }

  @Test
  void placesThatAdjoinAreOne() throws Exception {
    for (int granule = 2; granule < 6; granule++) {
      drive.rot.flip(place(1, granule * GRANULE_BYTES + 10));
    }
    for (int granule : new int[] {2, 5, 3, 4}) {
      refuses(1, granule * GRANULE_BYTES);
    }
    assertThat(lost()).singleElement().asString().contains("offset 8192+16384");
    drive.rot.flip(place(1, 10 * GRANULE_BYTES));
    scrub();
    assertThat(lost()).hasSize(2);
  }

  @Test
  void isForgottenWhenItIsWrittenAnew() throws Exception {
    for (int file = 0; file < 4; file++) {
      drive.rot.flip(place(file, 9000));
      refuses(file, 9000);
    }
    assertThat(lost()).hasSize(4);
    drive.remount();
    drive.write("file0", 8192, new byte[4096]);
    drive.write("file1", 8192, new byte[100]);
    drive.truncate("file2", 5000);
    drive.unlink("file3");
    drive.fileSystem().sync();
    assertThat(lost()).singleElement().asString().contains("/file1 offset 8292+3996");
    drive.remount();
    assertThat(lost()).singleElement().asString().contains("/file1 offset 8292+3996");
    drive.crash(true);
    assertThat(lost()).hasSize(1);
    drive.truncate("file1", 0);
    drive.fileSystem().sync();
    drive.remount();
    assertThat(lost()).isEmpty();
    drive.write("file1", 0, content(1));
    drive.fileSystem().sync();
    assertThat(lost()).isEmpty();
    assertThat(drive.read("file1")).isEqualTo(content(1));
  }

  @Test
  void whatCanBeReadAgainIsForgottenByAScrub() throws Exception {
    drive.rot.failAt(place(1, 9000));
    refuses(1, 9000);
    assertThat(lost()).singleElement().asString().contains("cannot be read");
    drive.remount();
    drive.rot.healReads();
    scrub();
    assertThat(lost()).isEmpty();
    drive.remount();
    assertThat(lost()).isEmpty();
  }

  @Test
  void whereAReadDoesNotTellTheGranuleAScrubDoes() throws Exception {
    drive.rot.failAt(place(1, 9000));
    assertThatThrownBy(() -> drive.read("file1")).isInstanceOf(ErrnoException.class);
    assertThat(lost()).singleElement().asString().contains("/file1 somewhere in offset 0+60000");
    drive.remount();
    assertThat(lost()).singleElement().asString().contains("/file1 somewhere in offset 0+60000");
    scrub();
    assertThat(lost()).singleElement().asString().contains("/file1 offset 8192+4096");
    assertThatThrownBy(() -> drive.read("file1")).isInstanceOf(ErrnoException.class);
    assertThat(lost()).singleElement().asString().contains("/file1 offset 8192+4096");
  }

  /** The collecting thread finds out what a reader could not tell. */
  @Test
  void aMountFindsOutByItselfWhatIsLostOfARange() throws Exception {
    drive.unmount();
    try (Volume volume =
        FaultyVolume.mounting(new SplittableRandom(5), drive.stores)
            .background(true)
            .on(drive.device)) {
      drive.rot.failAt(place(volume, 1, 9000));
      ZoneFileSystem files = volume.fileSystem();
      long inode = files.lookup(ZoneFileSystem.ROOT_INODE, "file1".getBytes(UTF_8)).inode();
      long handle = files.open(Caller.ROOT, inode, OpenFlags.READ);
      ByteBuffer all = ByteBuffer.allocate(FILE_BYTES);
      assertThatThrownBy(() -> files.read(handle, 0, all)).isInstanceOf(ErrnoException.class);
      files.release(handle);
      await(
          () -> {
            List<String> lost = volume.status().lostData();
            assertThat(lost).hasSize(1);
            return lost.get(0).contains("/file1 offset 8192+4096: data cannot be read");
          });
    }
    drive.mountAgain();
    assertThat(lost()).singleElement().asString().contains("/file1 offset 8192+4096");
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(10);
    }
  }

  @Test
  void theDumpShowsIt() throws Exception {
    drive.rot.flip(place(1, 9000));
    refuses(1, 9000);
    drive.unmount();
    StringBuilder out = new StringBuilder();
    VolumeDumper.dump(drive.ram, out);
    assertThat(out)
        .containsPattern("listed as lost: .* inode \\d+ offset 8192\\+4096: checksum mismatch in");
    drive.mountAgain();
  }

  @Test
  void whatARepairGivesUpIsListed() throws Exception {
    long at = place(1, 9000);
    drive.unmount();
    DriveSurgery surgery = new DriveSurgery(drive.ram, FaultyVolume.geometry(48));
    surgery.turn(at);
    try (FaultyVolume mended = new FaultyVolume(surgery.drive(), new MemoryMetadataStores())) {
      mended.unmount();
      repair(mended);
      mended.stores.lose();
      mended.mountAgain();
      assertThat(mended.volume().status().lostData())
          .singleElement()
          .asString()
          .contains("/file1 offset 8192+4096: lost to damage");
    }
    drive.mountAgain();
  }

  private static VolumeRepair.Result repair(FaultyVolume drive) throws IOException {
    return repair(drive, ProgressListener.NONE);
  }

  private static VolumeRepair.Result repair(FaultyVolume drive, ProgressListener progress)
      throws IOException {
    return VolumeRepair.repair(
        drive.device,
        new VolumeRepair.Plan(
            true,
            false,
            Scratch.ofSystem(),
            "pairs-1",
            FaultyVolume.CLOCK,
            new SplittableRandom(13)),
        progress);
  }

  /** The error may pass. */
  @Test
  void whatTheDriveFailsToReadIsNotGivenUpByARepair() throws Exception {
    drive.rot.failAt(place(1, 9000));
    drive.rot.flip(place(2, 9000));
    drive.unmount();
    VolumeRepair.Result result = repair(drive);
    assertThat(result.done())
        .contains("mended extents: 3 times")
        .doesNotContain("data that the drive fails to read stay where they are");
    assertThat(result.left())
        .containsExactly("data that the drive fails to read stay where they are");
    assertThat(result.after().findings())
        .singleElement()
        .satisfies(left -> assertThat(left.where()).startsWith("file /file1, offset "));
    drive.rot.healReads();
    drive.stores.lose();
    drive.mountAgain();
    assertThat(drive.read("file1")).isEqualTo(content(1));
    refuses(2, 9000);
  }

  /** Of two granules side by side, only the one that the drive fails to read holds the zone. */
  @Test
  void theCollectorKeepsWhatCannotBeReadAndGivesUpWhatIsWrongBesideIt() throws Exception {
    long unreadable = place(1, 9000);
    drive.rot.failAt(unreadable);
    drive.rot.flip(unreadable + GRANULE_BYTES);
    int zone = (int) (unreadable >> 18);
    drive.ram.setReadOnly(zone);
    drive.volume().checkForFailedZones();
    assertThat(drive.volume().zones().get(zone).liveBytes()).isEqualTo(GRANULE_BYTES);
    assertThat(lost())
        .hasSize(2)
        .anyMatch(line -> line.contains("/file1 offset 8192+4096: data cannot be read"))
        .anyMatch(line -> line.contains("/file1 offset 12288+4096: lost to damage"));
  }

  /** One repair is enough, though the zone died after the repair had looked at it. */
  @Test
  void whatAZoneHeldThatDiesDuringARepairIsGivenUp() throws Exception {
    int zone = (int) (place(1, 9000) >> 18);
    drive.rot.flip(place(3, 9000));
    drive.unmount();
    VolumeRepair.Result result =
        repair(
            drive,
            (what, done, total) -> {
              if (what.equals("mending extents") && done == 0) {
                drive.script.onZone(zone, DeviceOperation.READ, 1, new Fault.WearOffline());
              }
            });
    assertThat(result.after().findings()).isEmpty();
    assertThat(result.left()).isEmpty();
    drive.stores.lose();
    drive.mountAgain();
    refuses(1, 9000);
  }

  @Test
  void whatTheCollectorGaveUpIsListedWithTheRecordThatGivesItUp() throws Exception {
    long at = place(1, 9000);
    drive.rot.flip(at);
    int zone = (int) (at >> 18);
    drive.ram.setReadOnly(zone);
    drive.volume().checkForFailedZones();
    drive.crash(true);
    assertThat(lost()).singleElement().asString().contains("/file1 offset 8192+4096: lost to");
    refuses(1, 9000);
    assertThat(lost()).singleElement().asString().contains("2 times");
  }

  @Test
  void aMountThatWritesNothingListsWhatIsKnownAndForgetsTheRest() throws Exception {
    drive.rot.flip(place(1, 9000));
    refuses(1, 9000);
    drive.remount(UsualOptions.readOnly());
    drive.rot.flip(place(2, 9000));
    refuses(2, 9000);
    assertThat(lost()).hasSize(2);
    drive.remount(VolumeOptions.DEFAULT);
    assertThat(lost()).hasSize(1);
  }

  /** As many as a list can take; the others are listed when there is room. */
  @Test
  void moreThanTheListTakesIsSaid() throws Exception {
    for (int file = 0; file < MOST + 200; file++) {
      drive.write("small" + file, 0, FaultyVolume.random(file, 1500));
      if (file % 100 == 0) {
        drive.fileSystem().sync();
      }
    }
    drive.fileSystem().sync();
    drive.remount();
    for (ZoneView zone : drive.volume().zones()) {
      if (List.of("hot", "cold", "gc").contains(zone.role()) && zone.liveBytes() > 0) {
        drive.ram.setOffline(zone.descriptor().index());
      }
    }
    drive.volume().checkForFailedZones();
    List<String> lost = lost();
    assertThat(lost).hasSize(MOST + 1);
    assertThat(lost.get(MOST)).contains("more is lost than this list takes");
    drive.remount();
    assertThat(lost()).hasSize(MOST + 1);
    for (int file = 0; file < MOST; file++) {
      drive.unlink("small" + file);
    }
    drive.fileSystem().sync();
    drive.remount();
    assertThat(lost()).hasSizeLessThan(MOST);
    scrub();
    assertThat(lost()).hasSizeBetween(200, 210).noneMatch(line -> line.contains("more is lost"));
    drive.remount();
    assertThat(lost()).hasSizeBetween(200, 210).noneMatch(line -> line.contains("more is lost"));
  }
}
