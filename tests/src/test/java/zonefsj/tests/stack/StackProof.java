// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.HostTrees;
import zonefsj.tests.crash.LogSilencer;

/** Plays random stacks, one for each seed. */
public final class StackProof {
  private StackProof() {}

  /**
   * Plays stack after stack and prints each that fails, with the command that repeats it.
   *
   * @param seed of the first one; the next one has the next number
   * @param count how many
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws Exception {
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    // One alone tells what happens.
    @Nullable LogSilencer quiet = count == 1 ? null : new LogSilencer();
    try (quiet) {
      while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
        Path directory = Files.createTempDirectory("stack");
        try {
          new StackRun(seed + tried, directory).play();
          new AbsenceRun(seed + tried).play();
        } catch (AssertionError difference) {
          failed++;
          out.println(difference.getMessage());
          if (count == 1) {
            difference.printStackTrace(out);
          }
          out.println("repeat with: tests/prove stack --seed " + (seed + tried) + " --count 1");
        } finally {
          HostTrees.delete(directory);
        }
        tried++;
      }
    }
    out.printf("stack: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }
}
