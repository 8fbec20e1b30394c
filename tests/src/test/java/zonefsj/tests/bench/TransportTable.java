// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/** All measurements, and the tables that they make. */
final class TransportTable {
  private static final String NOTHING = "-";

  /** By name of the candidate and phase, a round each. */
  private final Map<String, Map<Phase, List<Measurement>>> found = new HashMap<>();

  void add(Candidate candidate, Measurement measurement) {
    found
        .computeIfAbsent(candidate.name(), name -> new EnumMap<>(Phase.class))
        .computeIfAbsent(measurement.phase(), phase -> new ArrayList<>())
        .add(measurement);
  }

  /**
   * Prints medians, and the least of all rounds: what is left when the machine does nothing else.
   */
  void print(PrintStream out) {
    out.println(
        "Microseconds for one operation: processor time of the daemon, in brackets time on the"
            + " wall. In the last columns below 1 ours does better.");
    out.println();
    print(out, "medians", TransportTable::median);
    out.println();
    print(out, "the least of all rounds", values -> values.min().orElse(Double.NaN));
    out.println();
  }

  private void print(PrintStream out, String title, ToDoubleFunction<DoubleStream> statistic) {
    StringBuilder line = new StringBuilder(title(title));
    for (Candidate candidate : Candidate.all()) {
      line.append(cell(candidate.name()));
    }
    for (Candidate.Transport ours : Candidate.TRANSPORTS) {
      line.append(cell(ours.name() + "/" + ours.peer().name()));
    }
    out.println(line);
    for (Phase phase : Phase.values()) {
      out.println(row(phase, statistic));
    }
  }

  private String row(Phase phase, ToDoubleFunction<DoubleStream> statistic) {
    StringBuilder line = new StringBuilder(title(phase.title()));
    for (Candidate candidate : Candidate.all()) {
      Cost cost = cost(candidate, phase, statistic);
      line.append(cost == null ? cell(NOTHING) : cell("%.2f (%.1f)", cost.cpu, cost.wall));
    }
    for (Candidate.Transport ours : Candidate.TRANSPORTS) {
      Cost cost = cost(ours, phase, statistic);
      Cost peer = cost(ours.peer(), phase, statistic);
      line.append(
          cost == null || peer == null
              ? cell(NOTHING)
              : cell("%.2f (%.2f)", cost.cpu / peer.cpu, cost.wall / peer.wall));
    }
    return line.toString();
  }

  /** Microseconds for one operation. */
  private record Cost(double cpu, double wall) {}

  private @Nullable Cost cost(
      Candidate candidate, Phase phase, ToDoubleFunction<DoubleStream> statistic) {
    List<Measurement> all = found.getOrDefault(candidate.name(), Map.of()).get(phase);
    return all == null
        ? null
        : new Cost(
            statistic.applyAsDouble(all.stream().mapToDouble(Measurement::cpuMicros)),
            statistic.applyAsDouble(all.stream().mapToDouble(Measurement::wallMicros)));
  }

  private static String title(String text) {
    return String.format(Locale.ROOT, "%-31s", text);
  }

  private static String cell(String format, Object... values) {
    return String.format(Locale.ROOT, " %20s", String.format(Locale.ROOT, format, values));
  }

  private static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
