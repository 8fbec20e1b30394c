package zonefsj.tests.crash;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Runs workloads and cuts the drive at every change, as long as one likes. */
public final class CrashProof {
  private static final int MOST_REPORTS = 4;

  private CrashProof() {}

  /**
   * Runs number after number and prints what fails, with the command that repeats it.
   *
   * @param seed the first number; it decides everything
   * @param count how many
   * @param limit stops earlier when it has passed; null for no limit
   * @param threads how many numbers are worked on at once
   * @return how many numbers failed
   */
  public static long prove(
      long seed, long count, @Nullable Duration limit, int threads, PrintStream out)
      throws InterruptedException {
    long begin = System.nanoTime();
    AtomicLong tried = new AtomicLong();
    AtomicLong failed = new AtomicLong();
    PreparedDrives prepared = new PreparedDrives();
    Tally all = new Tally();
    Quiet quiet = new Quiet();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (quiet) {
      List<Future<Tally>> workers = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        workers.add(
            pool.submit(
                () -> {
                  CrashUnits units = new CrashUnits(out, prepared, new Sabotage() {}, MOST_REPORTS);
                  long next;
                  while ((limit == null || System.nanoTime() - begin < limit.toNanos())
                      && (next = tried.getAndIncrement()) < count) {
                    failed.addAndGet(units.run(seed + next) == 0 ? 0 : 1);
                  }
                  return units.tally();
                }));
      }
      for (Future<Tally> worker : workers) {
        all.add(worker.get());
      }
    } catch (ExecutionException broken) {
      throw new IllegalStateException("the tester itself failed", broken);
    } finally {
      pool.shutdownNow();
    }
    out.println("crash: " + all.words(System.nanoTime() - begin));
    out.printf(
        "crash: tried=%d failed=%d seed=%d%n", Math.min(tried.get(), count), failed.get(), seed);
    return failed.get();
  }
}
