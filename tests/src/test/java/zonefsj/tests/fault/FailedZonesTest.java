// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import zonefsj.device.ZoneCondition;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.tests.crash.LogSilencer;

/** Each zone of a drive dies in turn: what was not in it is all there. */
final class FailedZonesTest {
  private static final int ZONES = 48;
  private static final int FILES = 30;
  private static final int FILE_BYTES = 50_000;

  /** When the zone dies, and what else is lost. */
  enum Death {
    /** After a clean unmount. */
    UNMOUNTED(1, false),
    /** After a clean unmount, and the index on the host is lost, too. */
    UNMOUNTED_WITHOUT_INDEX(1, true),
    /** The power goes, and one zone with it; a mirrored journal bears it. */
    CRASHED_WITH_MIRROR(2, true);

    private final int journalCopies;
    private final boolean losesTheIndex;

    Death(int journalCopies, boolean losesTheIndex) {
      this.journalCopies = journalCopies;
      this.losesTheIndex = losesTheIndex;
    }
  }

  private static FaultyVolume filled(int journalCopies) throws Exception {
    FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(ZONES), journalCopies);
    for (int file = 0; file < FILES; file++) {
      drive.write("file" + file, 0, FaultyVolume.random(file, FILE_BYTES));
      if (file % 4 == 0) {
        drive.fileSystem().sync();
      }
      if (file == FILES / 2) {
        drive.volume().checkpoint();
      }
    }
    drive.fileSystem().sync();
    return drive;
  }

  /** Reads each file; those that cannot be read must have data in the zone that died. */
  private static void assertOnlyItsDataAreLost(FaultyVolume drive, boolean heldData)
      throws Exception {
    int lost = 0;
    for (int file = 0; file < FILES; file++) {
      try {
        assertThat(drive.read("file" + file))
            .as("file %d", file)
            .isEqualTo(FaultyVolume.random(file, FILE_BYTES));
      } catch (ErrnoException unreadable) {
        assertThat(unreadable.errno()).isEqualTo(Errno.EIO);
        lost++;
      }
    }
    assertThat(lost > 0).as("files are lost").isEqualTo(heldData);
    assertThat(lost).isLessThan(FILES);
    drive.writeDurably("afterwards", FaultyVolume.random(-1, FILE_BYTES));
    assertThat(drive.read("afterwards")).isEqualTo(FaultyVolume.random(-1, FILE_BYTES));
  }

  private static boolean holdsData(ZoneView zone) {
    return List.of("hot", "cold", "gc").contains(zone.role()) && zone.liveBytes() > 0;
  }

  /** None of them ever pays back the zone that the collector took to empty it. */
  @Test
  void anyNumberOfDyingZonesIsEmptied() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = filled(1)) {
      List<Integer> dying =
          drive.volume().zones().stream()
              .filter(FailedZonesTest::holdsData)
              .map(zone -> zone.descriptor().index())
              .toList();
      assertThat(dying).hasSizeGreaterThan(5);
      for (int zone : dying.subList(0, 5)) {
        drive.ram.setReadOnly(zone);
        drive.volume().checkForFailedZones();
      }
      for (int zone : dying.subList(0, 5)) {
        assertThat(drive.volume().zones().get(zone).liveBytes())
            .as("live in zone %d", zone)
            .isZero();
        drive.ram.setOffline(zone);
      }
      assertOnlyItsDataAreLost(drive, false);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWasNotInTheZoneIsThere(Death death) throws Exception {
    for (int zone = 0; zone < ZONES; zone++) {
      try (FaultyVolume drive = filled(death.journalCopies)) {
        boolean data = holdsData(drive.volume().zones().get(zone));
        if (death == Death.CRASHED_WITH_MIRROR) {
          drive.ram.setOffline(zone);
          drive.crash(death.losesTheIndex);
        } else {
          drive.unmount();
          if (death.losesTheIndex) {
            drive.stores.lose();
          }
          drive.ram.setOffline(zone);
          drive.mountAgain();
        }
        assertOnlyItsDataAreLost(drive, data);
      } catch (IOException failed) {
        throw new AssertionError("zone " + zone + " was offline", failed);
      }
    }
  }

  /** What a zone of an image held is on the drive once more after the next mount. */
  @Test
  void aSecondZoneMayDieAfterAMount() throws Exception {
    int tried = 0;
    for (int zone = 0; zone < ZONES; zone++) {
      try (FaultyVolume drive = filled(1)) {
        drive.unmount();
        drive.mountAgain();
        boolean image = drive.volume().zones().get(zone).role().equals("checkpoint");
        drive.unmount();
        if (image) {
          drive.ram.setOffline(zone);
          drive.mountAgain();
          List<ZoneView> zones = drive.volume().zones();
          for (ZoneView second : zones) {
            // After a crash the journal is needed, too, and has one copy here.
            if (second.descriptor().index() != zone && !second.role().equals("journal")) {
              mountWithout(drive.ram, second.descriptor().index());
              tried++;
            }
          }
        }
      }
    }
    assertThat(tried).isGreaterThan(ZONES);
  }

  private static void mountWithout(RamZonedDevice drive, int zone) throws Exception {
    RamZonedDevice wreck = drive.snapshot();
    wreck.setOffline(zone);
    try (FaultyVolume left = new FaultyVolume(wreck, new MemoryMetadataStores())) {
      for (int file = 0; file < FILES; file++) {
        assertThat(left.exists("file" + file)).isTrue();
      }
    } catch (IOException failed) {
      throw new AssertionError("zone " + zone + " was offline, too", failed);
    }
  }

  @Test
  void aZoneThatDiesWhileMountedIsNoticed() throws Exception {
    for (int zone = 0; zone < ZONES; zone++) {
      try (FaultyVolume drive = filled(1)) {
        boolean data = holdsData(drive.volume().zones().get(zone));
        drive.ram.setOffline(zone);
        drive.volume().checkForFailedZones();
        assertThat(drive.volume().status().errors())
            .anySatisfy(line -> assertThat(line).contains("is offline"));
        assertOnlyItsDataAreLost(drive, data);
        // Journal and checkpoint were made whole at once: now the power may go, and the index.
        drive.crash(true);
        assertOnlyItsDataAreLost(drive, data);
      } catch (IOException failed) {
        throw new AssertionError("zone " + zone + " died", failed);
      }
    }
  }

  /** Whoever looks at the status later sees why so many files are damaged. */
  @Test
  void deadZonesStayNamedHoweverManyFilesAreRead() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      for (int file = 0; file < 150; file++) {
        drive.write("file" + file, 0, FaultyVolume.random(file, 5000));
      }
      drive.fileSystem().sync();
      for (ZoneView zone : drive.volume().zones()) {
        if (holdsData(zone)) {
          drive.ram.setOffline(zone.descriptor().index());
        }
      }
      drive.volume().checkForFailedZones();
      for (int round = 0; round < 2; round++) {
        for (int file = 0; file < 150; file++) {
          String name = "file" + file;
          assertThatThrownBy(() -> drive.read(name)).isInstanceOf(ErrnoException.class);
        }
      }
      assertThatThrownBy(() -> drive.read("file149")).isInstanceOf(ErrnoException.class);

      List<String> errors = drive.volume().status().errors();
      assertThat(errors).isNotEmpty().allMatch(error -> error.contains("is offline"));
      List<String> lost = drive.volume().status().lostData();
      assertThat(lost).hasSize(150);
      assertThat(lost).anySatisfy(line -> assertThat(line).contains("/file149 ").contains("(4 t"));
    }
  }

  @Test
  void aZoneThatTurnsReadOnlyIsEvacuated() throws Exception {
    for (int zone = 0; zone < ZONES; zone++) {
      try (FaultyVolume drive = filled(1)) {
        drive.ram.setReadOnly(zone);
        drive.volume().checkForFailedZones();
        assertOnlyItsDataAreLost(drive, false);
        ZoneView now = drive.volume().zones().get(zone);
        assertThat(now.descriptor().condition()).isEqualTo(ZoneCondition.READ_ONLY);
        // Whatever it held is elsewhere by now: it may die altogether.
        drive.ram.setOffline(zone);
        drive.crash(true);
        assertOnlyItsDataAreLost(drive, false);
        assertThat(problems(drive)).as("zone %d", zone).isEmpty();
      } catch (IOException failed) {
        throw new AssertionError("zone " + zone + " died", failed);
      }
    }
  }

  /** What a check finds besides the dead zone itself. */
  private static List<String> problems(FaultyVolume drive) throws IOException {
    drive.unmount();
    List<String> found = new ArrayList<>();
    VolumeChecker.check(drive.ram, true, ProgressListener.NONE)
        .findings()
        .forEach(
            finding -> {
              if (!finding.what().contains("superblock log")) {
                found.add(finding.what());
              }
            });
    return found;
  }
}
