package zonefsj.tests.fault;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.ErrnoException;
import zonefsj.tests.crash.Quiet;

/**
 * Drives that somebody crafted, with numbers that no program would write under checksums that are
 * right: see {@link CraftedCase}.
 */
public final class CraftedProof {
  private static final long LIMIT_SECONDS = 60;
  private static final int DRIVES = 4;
  private static final int LINES_OF_STACK = 12;

  private final PrintStream out;
  private final List<CraftedDrive> drives = new ArrayList<>();

  private CraftedProof(PrintStream out) {
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
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws IOException, ErrnoException {
    return new CraftedProof(out).run(seed, count, limit);
  }

  private long run(long seed, long count, @Nullable Duration limit)
      throws IOException, ErrnoException {
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    Quiet quiet = new Quiet();
    ExecutorService worker = worker();
    try (quiet) {
      for (int drive = 0; drive < DRIVES; drive++) {
        drives.add(new CraftedDrive(drive, drive >= DRIVES / 2));
      }
      while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
        long at = seed + tried;
        String wrong = attempt(worker, at);
        tried++;
        if (wrong != null) {
          failed++;
          out.println(wrong);
          out.println("repeat with: tests/prove crafted --seed " + at + " --count 1");
        }
        if (wrong != null && wrong.startsWith("hangs")) {
          // It may go on changing its drive.
          break;
        }
      }
    } finally {
      worker.shutdownNow();
    }
    out.printf("crafted: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private static ExecutorService worker() {
    return Executors.newSingleThreadExecutor(
        task -> {
          Thread thread = new Thread(task, "crafted");
          thread.setDaemon(true);
          return thread;
        });
  }

  private @Nullable String attempt(ExecutorService worker, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    CraftedDrive.Forgery forgery = drives.get(random.nextInt(DRIVES)).forge(random);
    Future<@Nullable String> answer = worker.submit(() -> new CraftedCase(forgery, random).run());
    String wrong;
    try {
      wrong = answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      return "hangs: no end after " + LIMIT_SECONDS + " seconds; " + forgery.what();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      wrong = "interrupted";
    } catch (ExecutionException thrown) {
      wrong = "throws " + stack(thrown.getCause() == null ? thrown : thrown.getCause());
    }
    forgery.undo();
    return wrong == null ? null : wrong + "; " + forgery.what();
  }

  private static String stack(Throwable failed) {
    StringBuilder words = new StringBuilder(failed.toString());
    StackTraceElement[] lines = failed.getStackTrace();
    for (int line = 0; line < Math.min(LINES_OF_STACK, lines.length); line++) {
      words.append("\n    at ").append(lines[line]);
    }
    return words.append('\n').toString();
  }
}
