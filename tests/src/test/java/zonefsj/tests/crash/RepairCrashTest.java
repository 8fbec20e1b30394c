// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.tests.fault.DamagedDrive;

/** The power is cut at every change that a repair makes: a second repair brings all back. */
class RepairCrashTest {
  private static final int DRIVES = 25;
  private static final int DRIVES_WITHOUT_A_SUPERBLOCK_ZONE = 6;
  private static final int MOST_CUTS = 40;

  private int repairs;
  private int cuts;

  @Test
  void aRepairThatIsCutOffLosesNothing() throws Exception {
    List<String> wrong = new ArrayList<>();
    LogSilencer quiet = new LogSilencer();
    try (quiet) {
      for (int seed = 5000; repairs < DRIVES; seed++) {
        cutEverywhere(new DamagedDrive(seed), seed, false, wrong);
      }
    }
    System.out.printf("crash: %d repairs, cut %d times%n", repairs, cuts);
    assertThat(wrong).isEmpty();
  }

  /**
   * The heads of the journal count then, too, and a repair of a damaged journal begins a new one,
   * which without its records is an old state.
   */
  @Test
  void aRepairThatIsCutOffWithoutASuperblockZoneLosesNothing() throws Exception {
    List<String> wrong = new ArrayList<>();
    LogSilencer quiet = new LogSilencer();
    try (quiet) {
      for (int seed = 7000; repairs < DRIVES_WITHOUT_A_SUPERBLOCK_ZONE; seed++) {
        cutEverywhere(DamagedDrive.withoutSuperblockZones(seed), seed, true, wrong);
      }
    }
    System.out.printf("crash: %d repairs, cut %d times%n", repairs, cuts);
    assertThat(wrong).isEmpty();
  }

  private void cutEverywhere(DamagedDrive damaged, int seed, boolean onlyGapped, List<String> wrong)
      throws Exception {
    RamZonedDevice drive = damaged.drive();
    CrashImage start = new CrashImage(drive, MediumContents.of(drive));
    RecordingDevice recording = new RecordingDevice(damaged.drive(), number -> {});
    try {
      if (!damaged.repair(recording) || (onlyGapped && !damaged.isGapped())) {
        return;
      }
    } catch (IOException cannotBeRepaired) {
      return;
    }
    repairs++;
    CrashStates whole = new CrashStates(start, recording.changes());
    damaged.expect(whole.after(recording.changes().size(), SurvivingChanges.ALL).drive());
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
