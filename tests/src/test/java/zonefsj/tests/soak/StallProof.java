// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.Locale;
import zonefsj.device.delay.DelayedZonedDevice;
import zonefsj.device.delay.LatencyModels;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.cli.bench.LatencyHistogram;

/**
 * How long a random write of 4 KiB waits on a nearly full drive, compared with one that is half
 * full: a volume in this process with all its threads, on a drive that takes the time of an SMR
 * disk.
 */
public final class StallProof {
  private static final String SHAPE = "96x8M";
  private static final int HALF_FULL = 50;
  private static final int NEARLY_FULL = 90;

  /** Enough for the collector to work all the time on the nearly full drive. */
  private static final long OVERWRITTEN_BYTES = 256L << 20;

  private static final double PERCENT = 99.9;
  private static final double MOST_RATIO = 10;
  private static final double MOST_SECONDS = 2;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_SECOND = 1e9;

  private StallProof() {}

  /**
   * Runs both and prints a histogram of each.
   *
   * @return 1 if writes stall longer than they may, else 0
   */
  public static long prove(long seed, PrintStream out) throws IOException, InterruptedException {
    LatencyHistogram half = run(HALF_FULL, seed, out);
    LatencyHistogram nearly = run(NEARLY_FULL, seed, out);
    double ratio = (double) nearly.percentileNanos(PERCENT) / half.percentileNanos(PERCENT);
    double slowest = Math.max(half.maxNanos(), nearly.maxNanos()) / NANOS_PER_SECOND;
    boolean holds =
        half.total() > 0 && nearly.total() > 0 && ratio <= MOST_RATIO && slowest <= MOST_SECONDS;
    out.printf(
        Locale.ROOT,
        "p99.9 at %d %% is %.1f times that at %d %% (at most %.0f); slowest write %.3f s (at most"
            + " %.0f s)%n",
        NEARLY_FULL,
        ratio,
        HALF_FULL,
        MOST_RATIO,
        slowest,
        MOST_SECONDS);
    out.printf("stall: tried=2 failed=%d seed=%d%n", holds ? 0 : 1, seed);
    return holds ? 0 : 1;
  }

  private static LatencyHistogram run(int percent, long seed, PrintStream out)
      throws IOException, InterruptedException {
    OverwriteCase load = new OverwriteCase(SHAPE, percent, Integer.MAX_VALUE, 1);
    SoakSubject subject =
        new InProcessSubject(
            Files.createTempDirectory("zj").toRealPath(),
            SoakShape.parse(SHAPE),
            SoakSettings.DEFAULT,
            SoakFaults.NONE,
            drive -> new DelayedZonedDevice(drive, LatencyModels.of("smr").orElseThrow(), "smr"));
    OverwriteRun run = new OverwriteRun(load, subject, seed, out);
    try {
      out.println(load.name() + ": " + run.run(OVERWRITTEN_BYTES));
    } catch (SoakFailure | ErrnoException found) {
      out.println(load.name() + ": FAILED: " + found.getMessage());
      return new LatencyHistogram();
    } finally {
      subject.end();
    }
    LatencyHistogram writes = run.writes();
    LatencyChart.lines(writes).forEach(out::println);
    out.printf(
        Locale.ROOT,
        "at %d %% of df: p50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, slowest %.3f ms%n",
        percent,
        writes.percentileNanos(50) / NANOS_PER_MILLI,
        writes.percentileNanos(99) / NANOS_PER_MILLI,
        writes.percentileNanos(PERCENT) / NANOS_PER_MILLI,
        writes.maxNanos() / NANOS_PER_MILLI);
    return writes;
  }
}
