// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.simulate;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import zonefsj.gc.GcSettings;
import zonefsj.gc.StandardVictimPolicy;
import zonefsj.gc.VictimPolicy;

/**
 * Write amplification of each policy beside theory: {@code tests/prove simulate}. The system
 * property {@code zonefsj.simulate.only} chooses runs by the beginning of their names, such as
 * {@code uniform-0.9-mdc}; {@code zonefsj.simulate.plot} names a file for a figure (SVG); {@code
 * zonefsj.simulate.trace} names a recorded trace to be run instead, see {@link Workload.Trace}.
 */
public final class SimulationTable {
  /** The drive of the table. */
  private static final Simulation.Drive DRIVE = new Simulation.Drive(1024, 2 << 20, 4);

  private static final List<Double> UTILIZATIONS = List.of(0.5, 0.7, 0.8, 0.9);
  private static final double OVERWRITES = 10;

  private static final List<Workload> WORKLOADS =
      List.of(
          new Workload.Uniform(),
          new Workload.Skewed(0.9, 0.1),
          new Workload.Skewed(0.8, 0.2),
          new Workload.Zipf(0.99),
          new Workload.Sequential());

  private SimulationTable() {}

  private static String words(double bound) {
    return Double.isNaN(bound) ? "-" : String.format(Locale.ROOT, "%.2f", bound);
  }

  private static List<Workload> workloads() throws IOException {
    String trace = System.getProperty("zonefsj.simulate.trace", "");
    return trace.isEmpty()
        ? WORKLOADS
        : List.of(new Workload.Trace(Files.readAllLines(Path.of(trace))));
  }

  /** The policies by the names of the mount option {@code gc_policy}; {@code auto} is mdc. */
  private static Map<String, GcSettings> policies() {
    Map<String, GcSettings> policies = new TreeMap<>();
    policies.put("mdc", settings(StandardVictimPolicy.MDC));
    policies.put("cost-benefit", settings(StandardVictimPolicy.COST_BENEFIT));
    policies.put("greedy", settings(StandardVictimPolicy.GREEDY));
    return policies;
  }

  private static GcSettings settings(VictimPolicy policy) {
    int start = GcSettings.automaticStartZones(DRIVE.zones(), DRIVE.zoneBytes());
    return new GcSettings(policy, start, start / 2, 0, 0);
  }

  /**
   * Bytes written for each byte of the user by the default policy, without metadata.
   *
   * @throws IOException if the drive is full
   */
  public static double amplification(Workload workload, double utilization, long seed)
      throws IOException {
    GcSettings mdc = settings(StandardVictimPolicy.MDC);
    try (Simulation simulation = new Simulation(DRIVE, mdc, DRIVE.blocks(utilization), seed)) {
      return simulation.run(workload, OVERWRITES).writeAmplification();
    }
  }

  /**
   * Prints the table.
   *
   * @return number of runs that found no room
   */
  public static long run(long seed, PrintStream out) throws IOException {
    out.printf(
        Locale.ROOT,
        "%d zones of %d MiB, %d of them reserved; blocks of 4 KiB, %.0f overwrites, seed=%d%n",
        DRIVE.zones(),
        DRIVE.zoneBytes() >> 20,
        DRIVE.reserveZones(),
        OVERWRITES,
        seed);
    out.printf(
        "%-12s %-11s %-13s %6s %6s %8s%n",
        "workload", "utilization", "policy", "WA", "theory", "overhead");
    String only = System.getProperty("zonefsj.simulate.only", "");
    long tried = 0;
    long failed = 0;
    AmplificationPlot plot = new AmplificationPlot();
    for (Workload workload : workloads()) {
      plot.curve(workload.toString(), workload::bound);
      for (double utilization : UTILIZATIONS) {
        for (Map.Entry<String, GcSettings> policy : policies().entrySet()) {
          String name =
              String.format(Locale.ROOT, "%s-%.1f-%s", workload, utilization, policy.getKey());
          if (!name.startsWith(only)) {
            continue;
          }
          tried++;
          out.printf(Locale.ROOT, "%-12s %-11.2f %-13s ", workload, utilization, policy.getKey());
          try (Simulation simulation =
              new Simulation(DRIVE, policy.getValue(), DRIVE.blocks(utilization), seed)) {
            Simulation.Result result = simulation.run(workload, OVERWRITES);
            plot.run(
                workload.toString(), policy.getKey(), utilization, result.writeAmplification());
            out.printf(
                Locale.ROOT,
                "%6.2f %6s %7.1f%%%n",
                result.writeAmplification(),
                words(workload.bound(utilization)),
                result.overhead() * 100);
          } catch (IOException full) {
            failed++;
            out.println(full.getMessage());
          }
        }
      }
    }
    String figure = System.getProperty("zonefsj.simulate.plot", "");
    if (!figure.isEmpty()) {
      Files.writeString(Path.of(figure), plot.svg());
    }
    out.printf(Locale.ROOT, "simulate: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }
}
