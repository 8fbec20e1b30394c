// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MemberState;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.stored.ScrubRecord;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.RottenDrive;
import zonefsj.tests.fixture.UsualOptions;

/**
 * On a mirror of which one member gives wrong bytes, files are read without an error, and what is
 * wrong is moved.
 */
final class CopyRepairTest {
  private static final int ZONE = 256 << 10;
  private static final int ZONES = 60;
  private static final int LABELS = 2 * ZONE;
  private static final int FILES = 20;
  private static final int FILE_BYTES = 60_000;

  private static final class Mirrored implements AutoCloseable {
    final RottenDrive first = member();
    final RottenDrive second = member();
    final MemoryMetadataStores stores = new MemoryMetadataStores();
    final SplittableRandom nonces = new SplittableRandom(5);
    final FaultScript script = new FaultScript();
    MirrorZonedDevice mirror;
    FaultyVolume files;

    Mirrored() throws IOException {
      mirror = open(first, second);
      new DriveFormat("mirror", new UUID(3, 4)).format(mirror, FaultyVolume.CLOCK, nonces);
      files = new FaultyVolume(FaultyVolume.small());
      files.use(mount(VolumeOptions.DEFAULT));
    }

    static RottenDrive member() {
      return new RottenDrive(
          RamZonedDevice.create(
              EmulatedGeometry.builder((long) ZONES * ZONE)
                  .zoneSizeBytes(ZONE)
                  .zoneCapacityBytes(192 << 10)
                  .maxOpenZones(10)
                  .maxActiveZones(14)
                  .build()));
    }

    static MirrorZonedDevice open(MemberSource... members) throws IOException {
      return MirrorZonedDevice.open(List.of(members), false, Creation.IF_EMPTY);
    }

    Volume mount(VolumeOptions options) throws IOException {
      return FaultyVolume.mounting(nonces, stores)
          .with(options)
          .on(new FaultyZonedDevice(mirror, script, (RamZonedDevice) first.delegate()));
    }

    /** Unmounts, and mounts the members that are given. */
    void remount(MemberSource... members) throws IOException {
      files.volume().close();
      mirror.close();
      mirror = open(members);
      files.use(mount(VolumeOptions.DEFAULT));
    }

    /** Nothing is closed in good order; the members are compared when they are opened again. */
    void crash() throws IOException {
      files.volume().abandon();
      stores.crash();
      first.leave();
      second.leave();
      // Its thread ends.
      assertThatThrownBy(mirror::close).isInstanceOf(IOException.class);
      mirror = open(first, second);
      files.use(mount(VolumeOptions.DEFAULT));
    }

    Mirrored filled() throws Exception {
      for (int file = 0; file < FILES; file++) {
        files.writeDurably("file" + file, FaultyVolume.random(file, FILE_BYTES));
      }
      files.volume().checkpoint();
      return this;
    }

    void checkFiles() throws Exception {
      for (int file = 0; file < FILES; file++) {
        assertThat(files.read("file" + file)).isEqualTo(FaultyVolume.random(file, FILE_BYTES));
      }
      assertThat(files.volume().status().errors()).isEmpty();
      assertThat(files.volume().status().lostData()).isEmpty();
    }

    /** Flips a bit in each so many bytes of the zones of some roles, on a member. */
    void flip(RottenDrive member, Predicate<String> roles, int offset, int every)
        throws IOException {
      for (ZoneView zone : files.volume().zones()) {
        for (long at = offset; at < zone.descriptor().writtenBytes(); at += every) {
          if (roles.test(zone.role())) {
            member.flip(zone.descriptor().startBytes() + at + LABELS);
          }
        }
      }
    }

    ScrubRecord scrub() throws Exception {
      return files.volume().scrub(0, true, () -> true, ProgressListener.NONE);
    }

    @Override
    public void close() throws IOException {
      files.close();
      mirror.close();
    }
  }

  private static boolean isData(String role) {
    return List.of("hot", "cold", "gc", "gc_hot", "gc_cold").contains(role);
  }

  private static final class Missing implements MemberSource {
    @Override
    public String name() {
      return "missing";
    }

    @Override
    public ZonedDevice open(Creation creation) throws IOException {
      throw new IOException("it is missing");
    }
  }

  @Test
  void wrongDataOfOneMemberAreReadFromTheOtherAndMoved() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.second, CopyRepairTest::isData, 9000, 16_384);
      drive.checkFiles();
      var before = drive.files.volume().status().repairs();
      assertThat(before.wrongReads()).isPositive();
      assertThat(before.waitingPlaces()).isPositive();
      assertThat(drive.mirror.members().get(1).wrongReads()).isEqualTo(before.wrongReads());
      assertThat(drive.mirror.members().get(0).wrongReads()).isZero();
      drive.files.volume().repairCopies();
      var after = drive.files.volume().status().repairs();
      assertThat(after.waitingPlaces()).isZero();
      assertThat(after.movedExtents()).isPositive();
      drive.checkFiles();
      assertThat(drive.files.volume().status().repairs().waitingPlaces())
          .as("what was read is right in both")
          .isZero();
    }
  }

  @Test
  void aScrubMovesWhatAnyMemberHasWrong() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.second, CopyRepairTest::isData, 9000, 32_768);
      drive.flip(drive.first, CopyRepairTest::isData, 30_000, 65_536);
      ScrubRecord found = drive.scrub();
      assertThat(found.isFinished()).isTrue();
      assertThat(found.damages()).isZero();
      assertThat(found.repaired()).isPositive();
      assertThat(drive.files.volume().status().scrub()).contains("repaired from another copy");
      ScrubRecord again = drive.scrub();
      assertThat(again.damages()).isZero();
      assertThat(again.repaired()).isZero();
      drive.checkFiles();
      // Each member alone has everything now.
      drive.remount(drive.first, new Missing());
      drive.checkFiles();
    }
  }

  @Test
  void theMemberThatWasWrongHasEverythingAfterAScrub() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.second, CopyRepairTest::isData, 100, 4096);
      assertThat(drive.scrub().repaired()).isPositive();
      assertThat(drive.scrub().repaired()).isZero();
      drive.remount(new Missing(), drive.second);
      drive.checkFiles();
    }
  }

  /** The mirror does not know which is right, and must not replace it by what is wrong. */
  @Test
  void theComparisonAfterACrashKeepsWhatTheOtherMemberHasRight() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.first, CopyRepairTest::isData, 9000, 32_768);
      drive.crash();
      drive.mirror.awaitInStep();
      drive.checkFiles();
      ScrubRecord found = drive.scrub();
      assertThat(found.damages()).isZero();
      assertThat(found.repaired()).isPositive();
      assertThat(drive.scrub().repaired()).isZero();
      drive.remount(drive.first, new Missing());
      drive.checkFiles();
    }
  }

  /** None of the two can take the place of the other. */
  @Test
  void theComparisonAfterACrashKeepsBothWhenEachHasErrors() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.first, CopyRepairTest::isData, 9000, 65_536);
      drive.flip(drive.second, CopyRepairTest::isData, 30_000, 65_536);
      drive.crash();
      drive.mirror.awaitInStep();
      assertThat(drive.mirror.members())
          .allMatch(member -> member.standing() == MemberState.Standing.CURRENT)
          .anyMatch(member -> member.differingZones() > 0)
          .anyMatch(member -> member.words().contains("run a scrub"));
      drive.checkFiles();
      assertThat(drive.scrub().damages()).isZero();
      assertThat(drive.scrub().repaired()).isZero();
      drive.files.volume().checkpoint();
      drive.files.volume().runGc(100, () -> true, ProgressListener.NONE);
      drive.files.volume().checkpoint();
      assertThat(drive.mirror.members()).allMatch(member -> member.differingZones() == 0);
      drive.remount(drive.first, new Missing());
      drive.checkFiles();
    }
  }

  /** One that has anything of its own wrong is no longer current, and keeps what it has right. */
  @Test
  void theComparisonAfterACrashKeepsBothAlsoOfAMemberThatGivesAZoneUp() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.second, role -> role.equals("superblock"), 40, ZONE);
      drive.flip(drive.first, CopyRepairTest::isData, 9000, 65_536);
      drive.flip(drive.second, CopyRepairTest::isData, 30_000, 65_536);
      drive.crash();
      drive.mirror.awaitInStep();
      assertThat(drive.mirror.members()).anyMatch(member -> member.differingZones() > 0);
      drive.checkFiles();
      assertThat(drive.scrub().damages()).isZero();
      drive.remount(drive.first, new Missing());
      drive.checkFiles();
    }
  }

  /** Also headers and summaries of the member that is asked first. */
  @Test
  void theComparisonAfterACrashKeepsTheRightSummaries() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.first, role -> isData(role) || role.equals("checkpoint"), 70, ZONE);
      drive.crash();
      drive.mirror.awaitInStep();
      drive.checkFiles();
      drive.scrub();
      assertThat(drive.scrub().repaired()).isZero();
      drive.remount(new Missing(), drive.second);
      drive.checkFiles();
    }
  }

  /** What it had before it was away is the only right copy by now. */
  @Test
  void aMemberThatReturnsKeepsWhatTheOtherHasWrong() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.remount(drive.first, new Missing());
      for (ZoneView zone : drive.files.volume().zones()) {
        if (isData(zone.role()) && zone.descriptor().condition() == ZoneCondition.FULL) {
          // A zone that is written on meanwhile is copied as a whole.
          drive.first.flip(zone.descriptor().startBytes() + 9000 + LABELS);
        }
      }
      drive.files.writeDurably("meanwhile", FaultyVolume.random(99, FILE_BYTES));
      drive.remount(drive.first, drive.second);
      drive.mirror.awaitInStep();
      drive.checkFiles();
      assertThat(drive.scrub().damages()).isZero();
      drive.remount(new Missing(), drive.second);
      drive.checkFiles();
      assertThat(drive.files.read("meanwhile")).isEqualTo(FaultyVolume.random(99, FILE_BYTES));
    }
  }

  /** A member that has one thing right and lacks others is not current. */
  @Test
  void aMemberThatReturnsGetsWhatItHasMissed() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.files.writeDurably("small", FaultyVolume.random(98, 3000));
      drive.remount(drive.first, new Missing());
      drive.flip(drive.first, CopyRepairTest::isData, 9000, ZONE);
      for (int file = 0; file < FILES; file++) {
        drive.files.writeDurably("meanwhile" + file, FaultyVolume.random(50 + file, 20_000));
      }
      drive.remount(drive.first, drive.second);
      drive.mirror.awaitInStep();
      drive.remount(new Missing(), drive.second);
      for (int file = 0; file < FILES; file++) {
        assertThat(drive.files.read("meanwhile" + file))
            .isEqualTo(FaultyVolume.random(50 + file, 20_000));
      }
    }
  }

  @Test
  void wrongSummariesHideNothingAndAreMovedToo() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.second, CopyRepairTest::isData, 70, ZONE);
      drive.files.volume().runGc(ProgressListener.NONE);
      ScrubRecord found = drive.scrub();
      assertThat(found.damages()).isZero();
      assertThat(found.repaired()).isPositive();
      assertThat(drive.scrub().repaired()).isZero();
      drive.checkFiles();
    }
  }

  @Test
  void wrongMetadataOfOneMemberAreReadFromTheOther() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      for (int file = 0; file < FILES; file++) {
        drive.files.writeDurably("later" + file, FaultyVolume.random(file, 3000));
      }
      drive.flip(drive.second, role -> !isData(role), 40, 4096);
      drive.files.volume().abandon();
      drive.stores.crash();
      drive.stores.lose();
      drive.files.use(drive.mount(VolumeOptions.DEFAULT));
      drive.checkFiles();
      for (int file = 0; file < FILES; file++) {
        assertThat(drive.files.read("later" + file)).isEqualTo(FaultyVolume.random(file, 3000));
      }
      assertThat(drive.files.volume().lostChanges()).isEmpty();
      assertThat(drive.files.volume().status().repairs().wrongReads()).isPositive();
      drive.scrub();
      drive.files.volume().checkpoint();
      ScrubRecord again = drive.scrub();
      assertThat(again.damages()).isZero();
      assertThat(again.repaired()).isZero();
    }
  }

  @Test
  void aScrubWritesACheckpointAnewOfWhichAMemberIsWrong() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.second, role -> role.equals("checkpoint"), 100, 4096);
      ScrubRecord found = drive.scrub();
      assertThat(found.damages()).isZero();
      assertThat(found.repaired()).isPositive();
      assertThat(drive.scrub().repaired()).isZero();
    }
  }

  @Test
  void aRepairAmidACollectionAndOverwritesCountsRight() throws Exception {
    for (int steps = 1; steps <= 8; steps++) {
      try (Mirrored drive = new Mirrored().filled()) {
        for (int file = 0; file < FILES; file += 2) {
          drive.files.write("file" + file, 8192, FaultyVolume.random(99, 20_000));
          drive.files.fsync("file" + file);
        }
        drive.flip(drive.second, CopyRepairTest::isData, 9000, 8192);
        int most = steps;
        int[] asked = {0};
        drive.files.volume().runGc(100, () -> asked[0]++ < most, ProgressListener.NONE);
        for (int file = 0; file < FILES; file++) {
          drive.files.write("file" + file, 40_000, FaultyVolume.random(100, 5000));
          drive.files.fsync("file" + file);
          drive.files.read("file" + file);
        }
        drive.files.volume().repairCopies();
        drive.files.volume().runGc(ProgressListener.NONE);
        assertThat(drive.files.volume().status().repairs().movedExtents()).isPositive();
        drive.files.volume().close();
        assertThat(VolumeChecker.check(drive.mirror, true, ProgressListener.NONE).findings())
            .isEmpty();
        drive.files.use(drive.mount(VolumeOptions.DEFAULT));
        assertThat(drive.files.volume().status().errors()).isEmpty();
      }
    }
  }

  @Test
  void theCollectorGivesNothingUpThatAMissingMemberMayHave() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.second, CopyRepairTest::isData, 9000, 65_536);
      drive.remount(new Missing(), drive.second);
      for (int file = 0; file < FILES; file += 2) {
        drive.files.write("file" + file, 0, FaultyVolume.random(file, 20_000));
        drive.files.fsync("file" + file);
      }
      drive.files.volume().runGc(ProgressListener.NONE);
      assertThat(drive.files.volume().status().lostData())
          .isNotEmpty()
          .allSatisfy(range -> assertThat(range).contains("data cannot be read"));
    }
  }

  @Test
  void aScrubWithoutRoomLetsPlacesWait() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      int fillers = 0;
      try {
        for (; fillers < 1000; fillers++) {
          drive.files.writeDurably("filler" + fillers, FaultyVolume.random(fillers, FILE_BYTES));
        }
      } catch (ErrnoException full) {
        assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
      }
      drive.flip(drive.second, CopyRepairTest::isData, 9000, 16_384);
      ScrubRecord found = drive.scrub();
      assertThat(found.isFinished()).isTrue();
      assertThat(found.repaired() + found.damages()).isPositive();
      assertThat(drive.files.volume().status().errors())
          .allMatch(error -> !error.contains("is full"));
      for (int file = 0; file < fillers; file++) {
        drive.files.unlink("filler" + file);
      }
      drive.files.volume().checkpoint();
      drive.files.volume().runGc(ProgressListener.NONE);
      drive.scrub();
      assertThat(drive.scrub().damages()).isZero();
      for (int file = 0; file < FILES; file++) {
        assertThat(drive.files.read("file" + file))
            .isEqualTo(FaultyVolume.random(file, FILE_BYTES));
      }
    }
  }

  @Test
  void aScrubThatIsStoppedMovesNoMore() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.second, CopyRepairTest::isData, 9000, 4096);
      boolean isFinished = false;
      int runs = 0;
      for (; !isFinished; runs++) {
        int[] asked = {0};
        int most = 20 + 20 * runs;
        isFinished =
            drive
                .files
                .volume()
                .scrub(0, false, () -> asked[0]++ < most, ProgressListener.NONE)
                .isFinished();
      }
      assertThat(runs).isGreaterThan(1);
      assertThat(drive.scrub().repaired()).isZero();
      drive.checkFiles();
    }
  }

  @Test
  void whatAllMembersHaveWrongIsAnError() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.first, CopyRepairTest::isData, 9000, 1 << 20);
      drive.flip(drive.second, CopyRepairTest::isData, 9001, 1 << 20);
      int errors = 0;
      for (int file = 0; file < FILES; file++) {
        try {
          assertThat(drive.files.read("file" + file))
              .isEqualTo(FaultyVolume.random(file, FILE_BYTES));
        } catch (ErrnoException damaged) {
          assertThat(damaged.errno()).isEqualTo(Errno.EIO);
          errors++;
        }
      }
      assertThat(errors).isPositive();
      assertThat(drive.files.volume().status().lostData()).isNotEmpty();
      assertThat(drive.scrub().damages()).isPositive();
    }
  }

  @Test
  void aCheckTellsOfWrongCopiesAndFindsNothingLost() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.second, CopyRepairTest::isData, 9000, 16_384);
      drive.files.volume().close();
      var wrong = VolumeChecker.check(drive.mirror, true, ProgressListener.NONE);
      assertThat(wrong.findings()).isEmpty();
      assertThat(wrong.wrongInCopy()).isPositive();
      drive.files.use(drive.mount(VolumeOptions.DEFAULT));
      drive.scrub();
      drive.files.volume().close();
      var right = VolumeChecker.check(drive.mirror, true, ProgressListener.NONE);
      assertThat(right.findings()).isEmpty();
      assertThat(right.wrongInCopy()).isZero();
      drive.files.use(drive.mount(VolumeOptions.DEFAULT));
    }
  }

  @Test
  void aCheckFindsNothingLostInMetadataEither() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.files.volume().close();
      for (long at = LABELS + 40; at < (long) ZONES * ZONE; at += 4096) {
        drive.second.flip(at);
      }
      var found = VolumeChecker.check(drive.mirror, true, ProgressListener.NONE);
      assertThat(found.findings()).isEmpty();
      assertThat(found.wrongInCopy()).isPositive();
      drive.files.use(drive.mount(VolumeOptions.DEFAULT));
      drive.checkFiles();
    }
  }

  @Test
  void aReadOnlyMountReadsAndMovesNothing() throws Exception {
    try (Mirrored drive = new Mirrored().filled()) {
      drive.flip(drive.second, CopyRepairTest::isData, 9000, 16_384);
      drive.files.volume().close();
      drive.files.use(drive.mount(UsualOptions.readOnly()));
      drive.checkFiles();
      drive.files.volume().repairCopies();
      var repairs = drive.files.volume().status().repairs();
      assertThat(repairs.wrongReads()).isPositive();
      assertThat(repairs.movedExtents()).isZero();
      ScrubRecord found = drive.scrub();
      assertThat(found.repaired()).isZero();
      assertThat(found.damages()).isPositive();
    }
  }

  @Test
  void aCrashDuringTheMoveLosesNothing() throws Exception {
    List<Integer> moved = new ArrayList<>();
    for (DeviceOperation operation :
        List.of(DeviceOperation.WRITE, DeviceOperation.APPEND, DeviceOperation.FLUSH)) {
      for (int cut = 1; cut <= 4; cut++) {
        try (Mirrored drive = new Mirrored().filled()) {
          drive.flip(drive.second, CopyRepairTest::isData, 9000, 16_384);
          drive.checkFiles();
          for (DeviceOperation later : DeviceOperation.values()) {
            if (later == operation) {
              drive.script.failFrom(later, cut, Reason.MEDIA);
            }
          }
          try {
            drive.files.volume().repairCopies();
            moved.add(cut);
          } catch (IOException cutOff) {
            assertThat(cutOff).hasMessageContaining("injected");
          }
          drive.files.volume().abandon();
          drive.script.clear();
          drive.stores.crash();
          drive.stores.lose();
          drive.files.use(drive.mount(VolumeOptions.DEFAULT));
          drive.checkFiles();
          drive.scrub();
          assertThat(drive.scrub().repaired()).isZero();
          drive.checkFiles();
        }
      }
    }
    assertThat(moved.size()).isLessThan(12);
  }
}
