// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.tests.fault.DamagedDrive;

/** The power is cut at every change that a repair makes: a second repair brings all back. */
class RepairCrashTest {
  private static final int DRIVES = 25;
  private static final int MOST_CUTS = 40;

  private int repairs;
  private int cuts;

  @Test
  void aRepairThatIsCutOffLosesNothing() throws Exception {
    cutRepairs(5000, DRIVES, drive -> {});
  }

  /** Then a mount searches the heads of the journal's segments, also of those of the repair. */
  @Test
  void norDoesItWithoutAZoneOfTheSuperblockLog() throws Exception {
    cutRepairs(6000, DRIVES / 3, drive -> drive.loseSuperblockZone(0));
  }

  private void cutRepairs(int firstSeed, int drives, Consumer<DamagedDrive> loss) throws Exception {
    List<String> wrong = new ArrayList<>();
    LogSilencer quiet = new LogSilencer();
    try (quiet) {
      for (int seed = firstSeed; repairs < drives; seed++) {
        DamagedDrive damaged = new DamagedDrive(seed);
        loss.accept(damaged);
        cutEverywhere(seed, damaged, wrong);
      }
    }
    System.out.printf("crash: %d repairs, cut %d times%n", repairs, cuts);
    assertThat(wrong).isEmpty();
  }

  private void cutEverywhere(int seed, DamagedDrive damaged, List<String> wrong) throws Exception {
    RamZonedDevice drive = damaged.drive();
    CrashImage start = new CrashImage(drive, MediumContents.of(drive));
    RecordingDevice recording = new RecordingDevice(damaged.drive(), number -> {});
    try {
      if (!damaged.repair(recording)) {
        return;
      }
    } catch (IOException cannotBeRepaired) {
      return;
    }
    repairs++;
    SplittableRandom random = new SplittableRandom(seed);
    CrashStates crashes = new CrashStates(start, recording.changes());
    int last = recording.changes().size();
    int step = Math.max(1, last / MOST_CUTS);
    for (int cut = random.nextInt(step); cut <= last; cut += step) {
      SurvivingChanges survivors =
          switch (random.nextInt(3)) {
            case 0 -> SurvivingChanges.NONE;
            case 1 -> SurvivingChanges.ALL;
            default -> SurvivingChanges.some(random.nextLong());
          };
      cuts++;
      String found = repairAgain(damaged, crashes.after(cut, survivors).drive());
      if (found != null) {
        wrong.add(
            "seed " + seed + ", cut " + cut + " of " + last + ", " + survivors + ": " + found);
      }
    }
  }

  private static @Nullable String repairAgain(DamagedDrive damaged, RamZonedDevice drive)
      throws Exception {
    try {
      return damaged.repairAndVerify(drive);
    } catch (IOException failed) {
      return "the second repair fails: " + failed;
    }
  }
}
