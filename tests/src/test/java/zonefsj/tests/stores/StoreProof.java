// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.crash.LogSilencer;

/** Stops a host at each request of a load, or lets it wait there while another one takes over. */
public final class StoreProof {
  private StoreProof() {}

  /**
   * Plays loads, and prints each state that is wrong, with the command that repeats its load.
   *
   * @param seed of the first load; the next one has the next number
   * @param count how many loads
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many states were wrong
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws Exception {
    long begin = System.nanoTime();
    long loads = 0;
    long tried = 0;
    long failed = 0;
    // One alone tells what happens.
    @Nullable LogSilencer quiet = count == 1 ? null : new LogSilencer();
    try (quiet) {
      while (loads < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
        StoreRun run = new StoreRun(seed + loads);
        long wrong = 0;
        long requests = 0;
        try {
          requests = run.requests();
          tried++;
        } catch (IOException | AssertionError | RuntimeException difference) {
          wrong += report(out, "without an event", difference, count);
        }
        for (long request = 0; request < requests && wrong == 0; request++) {
          wrong += tryOne(out, "a host that stops", request, run::crashAt, count);
          wrong += tryOne(out, "a host that waits", request, run::pauseAt, count);
          tried += 2;
        }
        if (wrong > 0) {
          out.println("repeat with: tests/prove stores --seed " + (seed + loads) + " --count 1");
        }
        failed += wrong;
        loads++;
      }
    }
    out.printf("stores: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private static long tryOne(PrintStream out, String event, long request, Event play, long count)
      throws Exception {
    try {
      play.at(request);
      return 0;
    } catch (IOException | AssertionError | RuntimeException difference) {
      return report(out, event + " at request " + request, difference, count);
    }
  }

  private static long report(PrintStream out, String event, Throwable difference, long count) {
    out.println(event + ": " + difference);
    if (count == 1) {
      difference.printStackTrace(out);
    }
    return 1;
  }

  /** What happens at a request. */
  @FunctionalInterface
  private interface Event {
    void at(long request) throws Exception;
  }
}
