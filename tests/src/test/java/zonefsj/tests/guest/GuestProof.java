// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.guest.GuestRun.Summary;

/**
 * Real zoned drives, in guests: as many at once as the machine has processors and memory for. The
 * property {@code zonefsj.guest.only} chooses those whose names begin so.
 */
public final class GuestProof {
  /** Sequences of accesses for each drive. */
  public static final long SEQUENCES_BY_DEFAULT = 20;

  private static final long GUEST_BYTES = 3L << 30;

  private GuestProof() {}

  /**
   * Runs all tests on all drives, compares these with the emulation, and runs the whole filesystem
   * on them.
   *
   * @param seed of the first sequence
   * @param count sequences for each drive
   * @param limit where not null, comparisons with the next seeds follow until then
   * @param guests at once; 0 for as many as there is room for
   * @return how many tests and sequences failed; a guest that did not end well is one more
   */
  public static long prove(
      long seed, long count, @Nullable Duration limit, int guests, PrintStream out)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    long sequences = limit == null ? count : SEQUENCES_BY_DEFAULT;
    List<GuestRun> first = List.of(GuestCommand.drives("long", seed, sequences));
    Summary summary = run(seed, first, guests, out);
    for (long done = sequences;
        limit != null && done < count && System.nanoTime() - begin < limit.toNanos();
        done += sequences) {
      summary = summary.plus(GuestCommand.drives("long", seed + done, sequences).run(out));
    }
    out.printf("guest: tried=%d failed=%d seed=%d%n", summary.tried(), summary.failed(), seed);
    return summary.failed();
  }

  /** Only the whole filesystem. */
  public static long proveFilesystems(long seed, int guests, PrintStream out)
      throws IOException, InterruptedException {
    Summary summary = run(seed, List.of(), guests, out);
    out.printf(
        "guest-files: tried=%d failed=%d seed=%d%n", summary.tried(), summary.failed(), seed);
    return summary.failed();
  }

  private static Summary run(long seed, List<GuestRun> first, int guests, PrintStream out)
      throws IOException, InterruptedException {
    String named = System.getProperty("zonefsj.guest.only", "");
    // Below the run's own directory, and it goes with that.
    Path directory = Files.createTempDirectory("zonefs-j-guests");
    // Guests have users, too.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    ExecutorService pool = Executors.newFixedThreadPool(guests == 0 ? room() : guests);
    try {
      List<GuestRun> runs = new ArrayList<>(first);
      runs.addAll(FilesystemGuests.runs(seed, GuestInstallation.in(directory, out)));
      List<Callable<Summary>> tasks = new ArrayList<>();
      for (GuestRun run : runs) {
        if (run.name().startsWith(named)) {
          tasks.add(() -> run.run(out));
        }
      }
      if (tasks.isEmpty()) {
        throw new IllegalArgumentException("no guest's name begins with '" + named + "'");
      }
      Summary summary = new Summary(0, 0);
      for (Future<Summary> done : pool.invokeAll(tasks)) {
        summary = summary.plus(done.get());
      }
      return summary;
    } catch (ExecutionException e) {
      throw new IOException("a guest could not be run", e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private static int room() {
    OperatingSystemMXBean machine =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long memory = machine.getTotalMemorySize() / GUEST_BYTES;
    return (int) Math.max(1, Math.min(Runtime.getRuntime().availableProcessors(), memory));
  }
}
