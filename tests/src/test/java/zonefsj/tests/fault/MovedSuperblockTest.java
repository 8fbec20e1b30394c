// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.check.VolumeChecker.Finding;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.UsualOptions;

/** A zone of the superblock log dies, and another one takes its place. */
final class MovedSuperblockTest {
  private static final int FILE_BYTES = 60_000;

  private static FaultyVolume filled(EmulatedGeometry geometry, int files) throws Exception {
    FaultyVolume drive = new FaultyVolume(geometry);
    for (int file = 0; file < files; file++) {
      drive.writeDurably("file" + file, FaultyVolume.random(file, FILE_BYTES));
    }
    return drive;
  }

  private static List<Integer> superblock(FaultyVolume drive) throws IOException {
    return drive.volume().zones().stream()
        .filter(zone -> zone.descriptor().condition() != ZoneCondition.EMPTY)
        .filter(zone -> zone.role().equals("superblock"))
        .map(zone -> zone.descriptor().index())
        .toList();
  }

  private static void die(FaultyVolume drive, int zone, boolean offline) throws IOException {
    if (offline) {
      drive.ram.setOffline(zone);
    } else {
      drive.ram.setReadOnly(zone);
    }
  }

  private static void assertWhole(FaultyVolume drive, int files) throws Exception {
    for (int file = 0; file < files; file++) {
      assertThat(drive.read("file" + file)).isEqualTo(FaultyVolume.random(file, FILE_BYTES));
    }
    assertThat(drive.volume().status().readOnly()).isFalse();
  }

  /** Nothing is wrong, and a mount needs no search. */
  private static void assertRedundant(FaultyVolume drive) throws Exception {
    drive.fileSystem().sync();
    List<Integer> zones = superblock(drive);
    assertThat(zones).hasSize(2);
    try (RamZonedDevice copy = drive.ram.snapshot()) {
      assertThat(VolumeChecker.check(copy, true, ProgressListener.NONE).findings())
          .extracting(Finding::what)
          .isEmpty();
      assertThat(zones).allMatch(zone -> zone < SuperblockFinder.SUPERBLOCK_SEARCH_ZONES);
      SuperblockEntry entry =
          new SuperblockFinder(copy, copy.report(0, copy.geometry().zoneCount())).inSuperblock();
      assertThat(entry).isNotNull();
      assertThat(entry.facts().superblockZones()).containsExactlyInAnyOrderElementsOf(zones);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneAfterTheOtherWhileMounted(boolean offline) throws Exception {
    try (FaultyVolume drive = filled(FaultyVolume.geometry(48), 4)) {
      for (int round = 0; round < 4; round++) {
        int victim = superblock(drive).get(round % 2);
        die(drive, victim, offline);
        drive.volume().checkForFailedZones();
        assertThat(superblock(drive)).doesNotContain(victim);
        assertRedundant(drive);
        assertWhole(drive, 4);
        if (round % 2 == 0) {
          drive.remount();
        } else {
          drive.crash(true);
        }
        assertRedundant(drive);
        assertWhole(drive, 4);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bothAtOnceWhileNothingIsMounted(boolean offline) throws Exception {
    try (FaultyVolume drive = filled(FaultyVolume.geometry(48), 4)) {
      List<Integer> zones = superblock(drive);
      drive.unmount();
      for (int zone : zones) {
        die(drive, zone, offline);
      }
      drive.stores.lose();
      drive.mountAgain();
      assertWhole(drive, 4);
      drive.writeDurably("more", FaultyVolume.random(9, FILE_BYTES));
      assertThat(superblock(drive)).doesNotContainAnyElementsOf(zones);
      assertRedundant(drive);
      drive.crash(true);
      assertWhole(drive, 4);
      assertThat(drive.read("more")).isEqualTo(FaultyVolume.random(9, FILE_BYTES));
      drive.remount();
      assertRedundant(drive);
    }
  }

  /** What was offline may come back: its entries are older than all that were written meanwhile. */
  @Test
  void zonesThatComeBackAreNotBelieved() throws Exception {
    try (FaultyVolume drive = filled(FaultyVolume.geometry(48), 4)) {
      List<Integer> zones = superblock(drive);
      // Roots that no head of a journal segment has.
      for (int entry = 0; entry < 8; entry++) {
        drive.volume().checkpoint();
      }
      drive.unmount();
      try (RamZonedDevice before = drive.ram.snapshot()) {
        for (int zone : zones) {
          drive.ram.setOffline(zone);
        }
        drive.stores.lose();
        drive.mountAgain();
        drive.writeDurably("more", FaultyVolume.random(9, FILE_BYTES));
        drive.use(
            FaultyVolume.mounting(new SplittableRandom(5))
                .with(UsualOptions.readOnly())
                .on(new Returned(drive.ram, before, zones)));
        assertThat(drive.read("file0")).isEqualTo(FaultyVolume.random(0, FILE_BYTES));
        assertThat(drive.read("more")).isEqualTo(FaultyVolume.random(9, FILE_BYTES));
      }
    }
  }

  /** A drive of which some zones are as they were at another time. Only for reading. */
  private static final class Returned extends FilterZonedDevice {
    private final RamZonedDevice before;
    private final List<Integer> zones;

    Returned(RamZonedDevice now, RamZonedDevice before, List<Integer> zones) {
      super(now);
      this.before = before;
      this.zones = zones;
    }

    @Override
    public List<ZoneDescriptor> report(int from, int count) throws IOException {
      List<ZoneDescriptor> report = new ArrayList<>(super.report(from, count));
      for (int zone : zones) {
        if (zone >= from && zone < from + count) {
          report.set(zone - from, before.report(zone, 1).get(0));
        }
      }
      return report;
    }

    @Override
    public void read(long positionBytes, ByteBuffer destination) throws IOException {
      if (zones.contains(geometry().zoneOf(positionBytes))) {
        before.read(positionBytes, destination);
      } else {
        super.read(positionBytes, destination);
      }
    }

    @Override
    public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
      read(positionBytes, destination);
    }
  }

  /**
   * Data that lie in all zones that would do are moved out of one. Before the first checkpoint: it
   * gives back a zone at the front, which is used again only when all others were.
   */
  @Test
  void whereNoneIsFreeOneIsEmptied() throws Exception {
    int files = 30;
    try (FaultyVolume drive = filled(FaultyVolume.geometry(64), files)) {
      List<ZoneView> front =
          drive.volume().zones().subList(0, SuperblockFinder.SUPERBLOCK_SEARCH_ZONES);
      for (int more = 0; front.stream().anyMatch(MovedSuperblockTest::isFree); more++) {
        assertThat(more).as("files until the front is full").isLessThan(40);
        drive.writeDurably("more" + more, FaultyVolume.random(more, FILE_BYTES));
        front = drive.volume().zones().subList(0, SuperblockFinder.SUPERBLOCK_SEARCH_ZONES);
      }
      drive.ram.setOffline(0);
      drive.volume().checkForFailedZones();
      // The next steps of the collector reset what was emptied.
      drive.volume().runGc(ProgressListener.NONE);
      drive.volume().checkForFailedZones();
      assertThat(superblock(drive)).hasSize(2).doesNotContain(0);
      assertRedundant(drive);
      drive.crash(true);
      assertWhole(drive, files);
      assertRedundant(drive);
    }
  }

  /** Writes fail, and the drive does not say that the zone is dead. */
  @Test
  void aZoneThatTakesNothingIsReplaced() throws Exception {
    try (FaultyVolume drive = filled(FaultyVolume.geometry(48), 4)) {
      drive.rot.refuseWritesTo(0);
      for (int more = 0; more < 8 && superblock(drive).contains(0); more++) {
        drive.writeDurably("more", FaultyVolume.random(more, 3000));
        drive.volume().checkpoint();
      }
      assertThat(superblock(drive)).hasSize(2).doesNotContain(0);
      assertRedundant(drive);
      drive.crash(true);
      assertWhole(drive, 4);
    }
  }

  /** Its entries stay on the drive for ever, and are not the new filesystem's. */
  @Test
  void theLogInADeadZoneIsNotFoundAgainByANewFilesystem() throws Exception {
    try (FaultyVolume drive = filled(FaultyVolume.geometry(48), 4)) {
      for (int mounts = 0; mounts < 5; mounts++) {
        drive.remount();
      }
      drive.unmount();
      drive.ram.setReadOnly(0);
      UUID uuid = new UUID(7, 8);
      new DriveFormat("new", uuid, 1, true)
          .format(drive.ram, FaultyVolume.CLOCK, new SplittableRandom(9));
      drive.mountAgain();
      assertThat(drive.volume().uuid()).isEqualTo(uuid);
      assertThat(drive.exists("file0")).isFalse();
      drive.writeDurably("file0", FaultyVolume.random(5, 3000));
      drive.crash(true);
      assertThat(drive.read("file0")).isEqualTo(FaultyVolume.random(5, 3000));
    }
  }

  private static boolean isFree(ZoneView zone) {
    return zone.role().equals("free");
  }

  @Test
  void aConventionalZoneTakesThePlaceOfAnother() throws Exception {
    try (FaultyVolume drive = filled(withConventionalZones(), 4)) {
      drive.ram.setOffline(1);
      drive.volume().checkForFailedZones();
      assertThat(superblock(drive)).containsExactly(0, 2);
      assertRedundant(drive);
      drive.ram.setOffline(0);
      drive.volume().checkForFailedZones();
      assertThat(superblock(drive)).containsExactly(2, 3);
      drive.crash(true);
      assertRedundant(drive);
      assertWhole(drive, 4);
    }
  }

  private static EmulatedGeometry withConventionalZones() {
    return EmulatedGeometry.builder(48L << 18)
        .zoneSizeBytes(256 << 10)
        .zoneCapacityBytes(192 << 10)
        .conventionalZones(4)
        .maxOpenZones(8)
        .maxActiveZones(10)
        .build();
  }

  @Test
  void bothConventionalOnesWhileNothingIsMounted() throws Exception {
    try (FaultyVolume drive = filled(withConventionalZones(), 4)) {
      drive.unmount();
      drive.ram.setOffline(0);
      drive.ram.setOffline(1);
      drive.mountAgain();
      assertThat(superblock(drive)).containsExactly(2, 3);
      assertRedundant(drive);
      assertWhole(drive, 4);
    }
  }
}
