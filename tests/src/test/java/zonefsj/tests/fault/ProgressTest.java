// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.repair.VolumeRepair;

/** What is told of long work is true: each pass has a total, never more is done, in the end all. */
final class ProgressTest {
  private static final int FILES = 30;
  private static final int FILE_BYTES = 50_000;
  private static final int ZONES = 60;

  /** Keeps what it hears, by pass. */
  private static final class Heard implements ProgressListener {
    private final Map<String, List<long[]>> passes = new LinkedHashMap<>();

    @Override
    public void progress(String what, long done, long total) {
      assertThat(total).as(what).isNotNegative();
      assertThat(done).as(what).isBetween(0L, total);
      List<long[]> pass = passes.computeIfAbsent(what, each -> new ArrayList<>());
      pass.add(new long[] {done, total});
    }

    long total(String what) {
      List<long[]> pass = passes.getOrDefault(what, List.of());
      assertThat(pass).as(what).isNotEmpty();
      return pass.get(pass.size() - 1)[1];
    }

    void assertAllDone() {
      passes.forEach(
          (what, pass) -> {
            long[] last = pass.get(pass.size() - 1);
            // Told in steps of a thousandth.
            assertThat(last[0]).as(what).isBetween(last[1] - last[1] / 1000, last[1]);
          });
    }
  }

  private static FaultyVolume filled() throws Exception {
    FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(ZONES));
    for (int file = 0; file < FILES; file++) {
      drive.writeDurably("file" + file, FaultyVolume.random(file, FILE_BYTES));
    }
    return drive;
  }

  @Test
  void aCheckTellsHowFarItIs() throws Exception {
    try (FaultyVolume drive = filled()) {
      drive.unmount();
      for (boolean data : new boolean[] {false, true}) {
        Heard heard = new Heard();
        assertThat(VolumeChecker.check(drive.ram, data, heard).findings()).isEmpty();
        heard.assertAllDone();
        assertThat(heard.total("checking inodes")).isEqualTo(FILES + 1);
        assertThat(heard.total("checking names")).isEqualTo(FILES);
        assertThat(heard.total("checking parent links")).isEqualTo(FILES);
        assertThat(heard.total("comparing the places of extents")).isPositive();
        // Both copies are read, and both are counted.
        assertThat(heard.total("checking the checkpoint: bytes of all copies"))
            .isEqualTo(2 * heard.total("rebuilding the index: checkpoint bytes"));
        if (data) {
          assertThat(heard.total("verifying file data, in bytes"))
              .isEqualTo((long) FILES * FILE_BYTES);
        }
      }
    }
  }

  @Test
  void aMountThatRebuildsTellsHowFarItIs() throws Exception {
    try (FaultyVolume drive = filled()) {
      RamZonedDevice cut = drive.ram.snapshot();
      Heard heard = new Heard();
      FaultyVolume.mounting(new SplittableRandom(5)).on(cut, heard).close();
      heard.assertAllDone();
      assertThat(heard.total("replaying the journal: frames")).isGreaterThanOrEqualTo(FILES);
    }
  }

  @Test
  void aScrubCountsWhatItReadsAndNoEmptyZones() throws Exception {
    try (FaultyVolume drive = filled()) {
      drive.volume().checkpoint();
      Heard heard = new Heard();
      assertThat(drive.volume().scrub(0, true, () -> true, heard).isFinished()).isTrue();
      heard.assertAllDone();
      assertThat(heard.total("verifying file data, in bytes")).isEqualTo((long) FILES * FILE_BYTES);
      assertThat(heard.total("verifying journal and checkpoint, in bytes")).isPositive();
    }
  }

  @Test
  void aScrubThatWasStoppedSaysHowMuchOfTheDataItHasSeen() throws Exception {
    try (FaultyVolume drive = filled()) {
      int lastWithData =
          drive.volume().zones().stream()
              .filter(zone -> zone.liveBytes() > 0)
              .mapToInt(zone -> zone.descriptor().index())
              .max()
              .orElseThrow();
      assertThat(lastWithData).isLessThan(ZONES / 2);
      boolean[] behind = {false};
      drive
          .volume()
          .scrub(
              0,
              true,
              () -> !behind[0],
              (what, done, total) ->
                  behind[0] = what.startsWith("verifying file") && done == total);
      assertThat(drive.volume().status().scrub()).startsWith("100 % since");
    }
  }

  @Test
  void aSearchForTheJournalCountsNoEmptyZones() throws Exception {
    try (FaultyVolume drive = filled()) {
      drive.unmount();
      // Both superblock zones are the first ones of the drive.
      RamZonedDevice lost = drive.ram.snapshot();
      for (int zone = 0; zone < 2; zone++) {
        lost.reset(zone);
      }
      long written = lost.report(0, ZONES).stream().filter(zone -> zone.writtenBytes() > 0).count();
      Heard heard = new Heard();
      VolumeChecker.check(lost, false, heard);
      assertThat(heard.total("searching zones for the journal")).isEqualTo(written);
      heard.assertAllDone();
    }
  }

  @Test
  void aSalvageTellsHowFarItIs() throws Exception {
    try (FaultyVolume drive = filled()) {
      drive.remount();
      List<ZoneView> zones = drive.volume().zones();
      drive.unmount();
      for (ZoneView zone : zones) {
        if (zone.role().equals("checkpoint")) {
          for (long at = 100; at < zone.descriptor().writtenBytes(); at += 4096) {
            drive.rot.flip(zone.descriptor().startBytes() + at);
          }
        }
      }
      Heard heard = new Heard();
      VolumeRepair.Result result =
          VolumeRepair.repair(
              drive.rot,
              new VolumeRepair.Plan(
                  true,
                  true,
                  Scratch.ofSystem(),
                  "pairs-1",
                  FaultyVolume.CLOCK,
                  new SplittableRandom(9)),
              heard);
      assertThat(result.after().findings()).isEmpty();
      heard.assertAllDone();
      assertThat(heard.total("reading the summaries of zones")).isBetween(1L, ZONES - 1L);
      assertThat(heard.passes)
          .containsKeys("mending inodes", "mending names", "mending extents", "counting links");
    }
  }
}
