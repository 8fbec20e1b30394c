// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
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

  private final long begin = System.nanoTime();
  private final long seed;
  private final long count;
  private final long whole;
  private final @Nullable Duration limit;
  private final PrintStream out;
  private final AtomicLong next = new AtomicLong();
  private final Tally all = new Tally();
  private long tried;
  private long failed;

  private CrashProof(long seed, long count, long whole, @Nullable Duration limit, PrintStream out) {
    this.seed = seed;
    this.count = count;
    this.whole = whole;
    this.limit = limit;
    this.out = out;
  }

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
    CrashProof proof = new CrashProof(seed, count, count, limit, out);
    // Who ends a long run hears what it has shown so far.
    Thread ending = new Thread(proof::print);
    Runtime.getRuntime().addShutdownHook(ending);
    proof.run(threads);
    if (Runtime.getRuntime().removeShutdownHook(ending)) {
      proof.print();
    }
    return proof.failed;
  }

  /**
   * Runs number after number.
   *
   * @param seed the first number
   * @param count how many
   * @param whole so many of them with their enumerated sequences, the others without
   * @return what was tried and found
   */
  static Tally run(long seed, long count, long whole, int threads, PrintStream out)
      throws InterruptedException {
    CrashProof proof = new CrashProof(seed, count, whole, null, out);
    proof.run(threads);
    return proof.all;
  }

  private void run(int threads) throws InterruptedException {
    PreparedDrives prepared = new PreparedDrives();
    LogSilencer quiet = new LogSilencer();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (quiet) {
      List<Future<?>> workers = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        workers.add(pool.submit(() -> work(prepared)));
      }
      for (Future<?> worker : workers) {
        worker.get();
      }
    } catch (ExecutionException broken) {
      throw new IllegalStateException("the tester itself failed", broken);
    } finally {
      pool.shutdownNow();
    }
  }

  private @Nullable Void work(PreparedDrives prepared) throws IOException {
    CrashUnits units = new CrashUnits(out, prepared, new FaultHook() {}, MOST_REPORTS);
    long number;
    while ((limit == null || System.nanoTime() - begin < limit.toNanos())
        && (number = next.getAndIncrement()) < count) {
      long violations = units.run(seed + number, number < whole);
      synchronized (this) {
        units.tally().moveTo(all);
        tried++;
        failed += violations == 0 ? 0 : 1;
      }
    }
    return null;
  }

  private synchronized void print() {
    out.println("crash: " + all.words(System.nanoTime() - begin));
    out.printf("crash: tried=%d failed=%d seed=%d%n", tried, failed, seed);
  }
}
