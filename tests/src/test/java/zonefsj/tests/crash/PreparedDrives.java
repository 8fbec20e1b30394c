// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Drives with the catalogue's tree that differ in how full the journal's and the superblock's zones
 * are, so that each sequence sooner or later meets their ends. Made when first asked for.
 * Thread-safe.
 */
final class PreparedDrives {
  private static final int ROUNDS = 30;

  private final Map<Integer, PreparedDrive> made = new ConcurrentHashMap<>();

  /** One of them. */
  PreparedDrive get(long number) throws Exception {
    int round = (int) Math.floorMod(number, (long) ROUNDS);
    PreparedDrive present = made.get(round);
    if (present == null) {
      present = make(round);
      made.put(round, present);
    }
    return present;
  }

  private static PreparedDrive make(int round) throws Exception {
    SplittableRandom random = new SplittableRandom(round);
    List<Step> steps = new ArrayList<>(Catalogue.TREE);
    for (int commit = 0; commit < round; commit++) {
      steps.add(new Step.SetXattr("e", "user.n", commit));
      steps.add(commit % 9 == 8 ? new Step.Checkpoint() : new Step.Sync());
    }
    return PreparedDrive.fresh(round % CrashDrives.SHAPES, random).after(steps, random);
  }
}
