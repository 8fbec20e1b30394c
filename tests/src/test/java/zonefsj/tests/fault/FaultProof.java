// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.crash.LogSilencer;

/**
 * Damages drive after drive. Check, mount and repair must end in time, with words; what is mounted
 * shows right bytes or EIO, never others; after a repair all is there that was not damaged.
 */
public final class FaultProof {
  private static final int IMAGE_ONE_IN = 100;

  private final PrintStream out;
  private final Map<String, Integer> refusals = new TreeMap<>();
  private long repairsRefused;

  FaultProof(PrintStream out) {
    this.out = out;
  }

  /**
   * Tries seed after seed and prints each that fails, with the command that repeats it.
   *
   * @param seed of the first case; the next one has the next number
   * @param count how many
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out) {
    return new FaultProof(out).run(seed, count, limit);
  }

  long run(long seed, long count, @Nullable Duration limit) {
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        WatchedCases cases = new WatchedCases("fault")) {
      while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
        long at = seed + tried;
        String wrong = cases.run(() -> tryOne(at));
        tried++;
        if (wrong != null) {
          failed++;
          out.println(wrong);
          out.println("repeat with: tests/prove fault --seed " + at + " --count 1");
        }
      }
    }
    refusals.forEach((words, times) -> out.println(times + " times: " + words));
    out.printf("fault: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  /** Drives that could not be repaired. */
  long repairsRefused() {
    return repairsRefused;
  }

  private @Nullable String tryOne(long seed) throws Exception {
    if (Math.floorMod(seed, (long) IMAGE_ONE_IN) == IMAGE_ONE_IN - 1) {
      return FuzzImageCase.run(seed);
    }
    FuzzCase one = new FuzzCase(seed);
    String wrong = one.run();
    note("mount with index: ", one.mountRefused());
    note("repair: ", one.repairRefused());
    repairsRefused += one.repairRefused().isEmpty() ? 0 : 1;
    return wrong;
  }

  private void note(String what, String why) {
    if (!why.isEmpty()) {
      refusals.merge(what + why.replaceAll("[0-9]+", "N"), 1, Integer::sum);
    }
  }
}
