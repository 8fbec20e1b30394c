package zonefsj.tests.bench;

import java.io.PrintStream;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** All measurements, and the table of their medians. */
final class TransportTable {
  private static final String NOTHING = "-";

  /** By name of the candidate, phase and round. */
  private final Map<String, Map<Phase, Map<Long, Measurement>>> found = new HashMap<>();

  void add(Candidate candidate, long round, Measurement measurement) {
    found
        .computeIfAbsent(candidate.name(), name -> new EnumMap<>(Phase.class))
        .computeIfAbsent(measurement.phase(), phase -> new TreeMap<>())
        .put(round, measurement);
  }

  private Map<Long, Measurement> rounds(Candidate candidate, Phase phase) {
    return found.getOrDefault(candidate.name(), Map.of()).getOrDefault(phase, Map.of());
  }

  void print(PrintStream out) {
    out.println(
        "microseconds for one operation: processor time of the daemon, in brackets time on the"
            + " wall; medians.");
    out.println(
        "The last columns are medians of the ratios of each round; below 1 ours does better.");
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-31s", ""));
    for (Candidate candidate : Candidate.all()) {
      line.append(cell(candidate.name()));
    }
    for (Candidate.Transport ours : Candidate.TRANSPORTS) {
      line.append(cell("/ " + ours.peer().name()));
    }
    out.println(line);
    for (Phase phase : Phase.values()) {
      out.println(row(phase));
    }
  }

  private String row(Phase phase) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-31s", phase.title()));
    for (Candidate candidate : Candidate.all()) {
      List<Measurement> all = List.copyOf(rounds(candidate, phase).values());
      line.append(
          all.isEmpty()
              ? cell(NOTHING)
              : cell(
                  "%.2f (%.1f)",
                  median(all, Measurement::cpuMicros), median(all, Measurement::wallMicros)));
    }
    for (Candidate.Transport ours : Candidate.TRANSPORTS) {
      List<Pair> pairs = pairs(ours, phase);
      line.append(
          pairs.isEmpty()
              ? cell(NOTHING)
              : cell(
                  "%.2f (%.2f)",
                  median(pairs, pair -> pair.ours.cpuMicros() / pair.peer.cpuMicros()),
                  median(pairs, pair -> pair.ours.wallMicros() / pair.peer.wallMicros())));
    }
    return line.toString();
  }

  /** The same phase of the same round: noise of the machine has met both. */
  private record Pair(Measurement ours, Measurement peer) {}

  private List<Pair> pairs(Candidate.Transport ours, Phase phase) {
    Map<Long, Measurement> peer = rounds(ours.peer(), phase);
    return rounds(ours, phase).entrySet().stream()
        .filter(entry -> peer.containsKey(entry.getKey()))
        .map(entry -> new Pair(entry.getValue(), Objects.requireNonNull(peer.get(entry.getKey()))))
        .toList();
  }

  private static String cell(String format, Object... values) {
    return String.format(Locale.ROOT, " %18s", String.format(Locale.ROOT, format, values));
  }

  private static <T> double median(List<T> all, ToDoubleFunction<T> value) {
    double[] sorted = all.stream().mapToDouble(value).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
