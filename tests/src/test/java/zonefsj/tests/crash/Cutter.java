// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** Cuts a recorded workload at every change of its drive, and verifies what each cut may leave. */
final class Cutter {
  private static final int SUBSETS = 3;
  private static final int NESTED_ONE_IN = 30;
  private static final int MOST_RETRIES = 6;
  private static final int RETRY_ONE_IN = 3;

  private final WorkloadRun run;
  private final IndexHistory indexes;
  private final FaultHook sabotage;
  private final Tally tally;
  private final Reporter reporter;
  private final SplittableRandom random;

  Cutter(
      WorkloadRun run,
      IndexHistory indexes,
      FaultHook sabotage,
      Tally tally,
      Reporter reporter,
      SplittableRandom random) {
    this.run = run;
    this.indexes = indexes;
    this.sabotage = sabotage;
    this.tally = tally;
    this.reporter = reporter;
    this.random = random;
  }

  /**
   * Cuts everywhere.
   *
   * @param name of the workload
   * @param first the first cut
   */
  void cut(String name, int first) throws IOException {
    List<DriveChange> changes = run.changes();
    CrashStates crashes = new CrashStates(run.start(), changes);
    for (int cut = first; cut <= changes.size() && !reporter.isFull(); cut++) {
      tally.cut();
      for (int subset = 0; subset < 2 + SUBSETS && !reporter.isFull(); subset++) {
        SurvivingChanges survivors =
            switch (subset) {
              case 0 -> SurvivingChanges.NONE;
              case 1 -> SurvivingChanges.ALL;
              default -> SurvivingChanges.some(random.nextLong());
            };
        String wrong;
        try {
          wrong = crash(crashes, cut, survivors);
        } catch (CrashStates.TooManySurvivorsException impossible) {
          // No drive can be left like that.
          continue;
        }
        if (wrong != null) {
          reporter.violation(name + ", " + run.describe(cut) + ", survivors " + subset, wrong);
        }
      }
    }
  }

  private @Nullable String crash(CrashStates crashes, int cut, SurvivingChanges survivors)
      throws IOException {
    CrashImage wreck = crashes.after(cut, survivors);
    tally.state();
    int index = random.nextInt(4);
    MemoryMetadataStores stores =
        switch (index) {
          case 0 -> new MemoryMetadataStores();
          case 1 -> indexes.at(random.nextInt(cut + 1));
          default -> indexes.at(cut);
        };
    int retries = random.nextInt(RETRY_ONE_IN) == 0 ? MOST_RETRIES : 0;
    Expected expected = Expected.of(run, cut, retries);
    int steps = run.history().size();
    CrashVerifier verifier = new CrashVerifier(random.split(), 1, steps);
    String wrong;
    if (random.nextInt(NESTED_ONE_IN) == 0) {
      wrong = new NestedCuts(wreck, stores, expected, tally, random).cut(verifier, steps);
    } else {
      ZonedDevice device = random.nextBoolean() ? wreck.remanent() : wreck.drive();
      wrong =
          verifier.verify(
              sabotage.crashed(device, crashes, cut),
              sabotage.index(stores, indexes.at(cut)),
              expected,
              RecoveryObserver.UNWATCHED);
    }
    return wrong == null
        ? null
        : (index == 0 ? "index lost; " : index == 1 ? "older index; " : "newest index; ") + wrong;
  }
}
