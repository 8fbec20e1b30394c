// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs operations side by side, over many seeds. What a seed does depends on the threads, too. */
public final class ConcurrentProof {
  private static final int STACK_LINES = 40;

  private ConcurrentProof() {}

  /**
   * Runs seed after seed and prints what could not be explained.
   *
   * @param seed of the first run; the next one has the next number
   * @param count how many
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out) {
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
      long at = seed + tried++;
      String wrong = runOne(at);
      if (wrong != null) {
        failed++;
        out.println("seed " + at + ", " + wrong);
        out.println("repeat with: tests/prove concurrent --count 1 --seed " + at);
      }
    }
    out.printf("concurrent: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private static @Nullable String runOne(long seed) {
    try {
      return new ConcurrentRun(seed).run();
    } catch (Exception failed) {
      StringWriter words = new StringWriter();
      failed.printStackTrace(new PrintWriter(words, true));
      return words.toString().lines().limit(STACK_LINES).collect(Collectors.joining("\n"));
    }
  }
}
