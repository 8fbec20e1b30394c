// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import zonefsj.fs.ErrnoException;
import zonefsj.tests.simulate.SimulationTable;
import zonefsj.tests.simulate.Workload;

/**
 * What the collector costs on a real mount of 2 GiB with data, beside the simulation at the same
 * utilization: {@code tests/prove economy}.
 *
 * <p>The system property {@code zonefsj.economy.times} says how many times the data are overwritten
 * (10), of which the second half is measured.
 */
public final class EconomyProof {
  private static final String SHAPE = "1024x2M";

  /** Of what statfs promises: a utilization of about 0.8. */
  private static final int PERCENT = 89;

  private static final int FSYNC_EVERY = 100_000;
  private static final long TIMES = 10;
  private static final double MOST_DIFFERENCE = 0.1;

  private static final List<Workload> WORKLOADS =
      List.of(new Workload.Uniform(), new Workload.Skewed(0.9, 0.1));

  private EconomyProof() {}

  /**
   * Prints both for each workload.
   *
   * @return how many workloads failed, or cost over a tenth more than simulated
   */
  public static long prove(long seed, PrintStream out) throws IOException, InterruptedException {
    long failed = 0;
    for (Workload workload : WORKLOADS) {
      failed += holds(workload, seed, out) ? 0 : 1;
    }
    out.printf("economy: tried=%d failed=%d seed=%d%n", WORKLOADS.size(), failed, seed);
    return failed;
  }

  private static boolean holds(Workload workload, long seed, PrintStream out)
      throws IOException, InterruptedException {
    OverwriteCase load = new OverwriteCase(SHAPE, PERCENT, FSYNC_EVERY, 1);
    SoakShape shape = SoakShape.parse(SHAPE);
    Path home = Files.createTempDirectory("zj").toRealPath();
    SoakSubject subject =
        SoakSubjects.open("mount", home, shape, SoakSettings.DEFAULT, SoakFaults.NONE);
    OverwriteRun run = new OverwriteRun(load, workload, subject, seed, out);
    try {
      long data = subject.freeBytes() / 100 * PERCENT;
      out.println(workload + ": " + run.run(data * Long.getLong("zonefsj.economy.times", TIMES)));
    } catch (SoakFailure | ErrnoException found) {
      out.println(workload + ": FAILED: " + found.getMessage());
      return false;
    } finally {
      subject.end();
    }
    double utilization = run.cost().utilization();
    double simulated = SimulationTable.amplification(workload, utilization, seed);
    double ratio = run.cost().amplification() / simulated;
    out.printf(
        Locale.ROOT,
        "%s at utilization %.3f: write amplification %.2f on a mount, %.2f simulated, %.2f in"
            + " theory; ratio %.3f (at most %.2f)%n",
        workload,
        utilization,
        run.cost().amplification(),
        simulated,
        workload.bound(utilization),
        ratio,
        1 + MOST_DIFFERENCE);
    return ratio <= 1 + MOST_DIFFERENCE;
  }
}
