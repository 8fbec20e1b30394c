// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;

/**
 * Soaks one drive after the other. The system property {@code zonefsj.soak.seconds} says how long
 * each run works, {@code zonefsj.soak.subject} ({@code mount} or {@code volume}) on what instead of
 * what is drawn; with {@code zonefsj.soak.log=true} warnings of the filesystem are printed.
 */
public final class SoakProof {
  private static final String PREFIX = "zonefsj.soak.";
  private static final int SECONDS_BY_DEFAULT = 30;

  private final PrintStream out;
  private final String subject;
  private final double seconds;
  private String slowest = "none";
  private double slowestSeconds;
  private long slow;
  private long written;
  private boolean hangs;

  /**
   * @param subject {@code mount}, {@code volume}, or empty for what is drawn
   * @param seconds of work of each run
   */
  SoakProof(String subject, double seconds, PrintStream out) {
    this.subject = subject;
    this.seconds = seconds;
    this.out = out;
  }

  /**
   * Runs seed after seed, and prints each that fails with the command that repeats it.
   *
   * @param seed of the first run; the next one has the next number
   * @param count how many
   * @param limit no run begins later; null for no limit
   * @param threads workers of each run; 0 for as many as is drawn
   * @return how many failed
   */
  public static long prove(
      long seed, long count, @Nullable Duration limit, int threads, PrintStream out)
      throws IOException, InterruptedException {
    int seconds = Integer.getInteger(PREFIX + "seconds", SECONDS_BY_DEFAULT);
    return new SoakProof(System.getProperty(PREFIX + "subject", ""), seconds, out)
        .run(seed, count, limit, threads);
  }

  long run(long seed, long count, @Nullable Duration limit, int threads)
      throws InterruptedException {
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
      failed += runOne(seed + tried, threads) ? 0 : 1;
      tried++;
      if (hangs && tried < count) {
        out.println("a volume in this process hangs: no further run here could be trusted");
        break;
      }
    }
    out.printf(
        Locale.ROOT,
        "slowest operation: %s; operations above %d s: %d; written: %s%n",
        slowest,
        Stopwatch.SLOW_SECONDS,
        slow,
        ByteSize.approximate(written));
    out.printf("soak: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private boolean runOne(long seed, int threads) throws InterruptedException {
    SoakPlan plan = SoakPlan.draw(seed, threads);
    if (!subject.isEmpty()) {
      plan = plan.withMounted(subject.equals("mount"));
    }
    out.println("seed " + seed + ": " + plan.describe());
    SoakRun run = new SoakRun(plan, seconds);
    try {
      out.println("  " + run.run());
      return true;
    } catch (SoakFailure | IOException | RuntimeException found) {
      out.println("  FAILED: " + found.getMessage());
      out.println("  " + run.stopwatch().table());
      out.println("  it said: " + run.lastWords());
      out.println(
          "repeat with: "
              + repeatOptions()
              + "tests/prove soak --seed "
              + seed
              + " --count 1"
              + (threads > 0 ? " --threads " + threads : ""));
      return false;
    } finally {
      add(run);
      hangs = run.hangs();
    }
  }

  private String repeatOptions() {
    String options = "";
    if (!subject.isEmpty()) {
      options += " -D" + PREFIX + "subject=" + subject;
    }
    if (seconds != SECONDS_BY_DEFAULT) {
      options += " -D" + PREFIX + "seconds=" + Math.round(seconds);
    }
    return options.isEmpty() ? "" : "ZONEFSJ_JAVA_OPTS='" + options.substring(1) + "' ";
  }

  private void add(SoakRun run) {
    written += run.writtenBytes();
    for (String words : run.stopwatch().slow()) {
      slow++;
      out.println("  slow: " + words);
    }
    if (run.stopwatch().slowestSeconds() > slowestSeconds) {
      slowestSeconds = run.stopwatch().slowestSeconds();
      slowest = run.stopwatch().slowest();
    }
  }
}
