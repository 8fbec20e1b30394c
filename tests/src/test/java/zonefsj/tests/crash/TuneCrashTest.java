// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeIdentity;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.tune.VolumeTune;
import zonefsj.tests.fixture.VolumeMount;
import zonefsj.tests.model.Trees;

/** The power is cut at every change that a tune makes: all files are there, by one of the names. */
class TuneCrashTest {
  private static final int DRIVES = 30;
  private static final int CHECK_ONE_IN = 20;
  private static final UUID NEW = new UUID(0x7a4f, 0x6a);

  private final SplittableRandom random = new SplittableRandom(7000);
  private int cuts;
  private int old;

  @Test
  void aTuneThatIsCutOffLeavesTheOldNamesOrTheNewOnes() throws Exception {
    PreparedDrives drives = new PreparedDrives();
    try (LogSilencer quiet = new LogSilencer()) {
      assertThat(quiet).isNotNull();
      for (int drive = 0; drive < DRIVES; drive++) {
        cutEverywhere(drive, drives.get(drive));
      }
    }
    System.out.printf("crash: %d tunes, cut %d times, %d times before%n", DRIVES, cuts, old);
    assertThat(old).isBetween(1, cuts - DRIVES);
  }

  private void cutEverywhere(int number, PreparedDrive prepared) throws Exception {
    VolumeIdentity before = identity(prepared.wreck().drive());
    SortedMap<String, String> tree = tree(prepared.wreck().drive().snapshot());
    RecordingDevice recording =
        new RecordingDevice(prepared.wreck().drive().snapshot(), change -> {});
    VolumeIdentity after =
        new VolumeTune("new", NEW)
            .apply(
                recording,
                Scratch.ofSystem(),
                "pairs-1",
                new CrashClock(),
                random.split(),
                ProgressListener.NONE);
    assertThat(after).isEqualTo(new VolumeIdentity(NEW, "new", before.formatVersion()));
    CrashStates crashes = new CrashStates(prepared.wreck().snapshot(), recording.changes());
    int last = recording.changes().size();
    boolean renamed = false;
    for (int cut = 0; cut <= last; cut++) {
      SurvivingChanges survivors =
          switch (random.nextInt(3)) {
            case 0 -> SurvivingChanges.NONE;
            case 1 -> SurvivingChanges.ALL;
            default -> SurvivingChanges.some(random.nextLong());
          };
      String what = "drive " + number + ", cut " + cut + " of " + last + ", " + survivors;
      RamZonedDevice left = crashes.after(cut, survivors).drive();
      VolumeIdentity found = identity(left);
      assertThat(found).as(what).isIn(before, after);
      if (cut == last) {
        assertThat(found).as(what).isEqualTo(after);
      }
      cuts++;
      old += found.equals(before) ? 1 : 0;
      renamed |= found.equals(after);
      assertThat(tree(left)).as(what).isEqualTo(tree);
      if (cuts % CHECK_ONE_IN == 0) {
        assertThat(VolumeChecker.check(left, true, ProgressListener.NONE).findings())
            .as(what)
            // Zones that were dead before.
            .filteredOn(finding -> !finding.what().contains("OFFLINE"))
            .isEmpty();
      }
    }
    assertThat(renamed).isTrue();
  }

  private static VolumeIdentity identity(RamZonedDevice drive) throws IOException {
    return VolumeIdentity.search(drive, ProgressListener.NONE).orElseThrow();
  }

  /** All that is there, by a mount that leaves the drive as a daemon does that is killed. */
  private SortedMap<String, String> tree(RamZonedDevice drive) throws Exception {
    Volume volume = VolumeMount.of(new CrashClock(), random.split()).on(drive);
    SortedMap<String, String> tree = Trees.of(volume.fileSystem());
    volume.abandon();
    return tree;
  }
}
