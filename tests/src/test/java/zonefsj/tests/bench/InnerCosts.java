// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;

/**
 * What the inner parts of a mount cost, beside what they cost when the results were kept: {@code
 * tests/prove inner}. Prints ratios, and fails never: times are those of another machine or hour.
 * Allocated bytes do not depend on the machine.
 *
 * <p>The kept results are the resource {@code inner.tsv}: name, nanoseconds, bytes. A run prints
 * its own in the same form.
 */
public final class InnerCosts {
  /** Rounds when nobody says how many. */
  public static final long ROUNDS_BY_DEFAULT = 3;

  private static final String KEPT = "inner.tsv";
  private static final List<String> NAMES =
      List.of("checksum", "createAndDelete", "lookup", "read", "write", "writeAndFsync");

  /**
   * What one call costs.
   *
   * @param nanos time
   * @param bytes of objects
   */
  record Cost(double nanos, double bytes) {}

  private InnerCosts() {}

  /**
   * Measures, and prints medians and ratios.
   *
   * @param rounds processes for each part
   * @return 0
   */
  public static long run(long rounds, PrintStream out) throws IOException, RunnerException {
    Map<String, List<Cost>> found = new TreeMap<>();
    for (long round = 0; round < rounds; round++) {
      for (String name : NAMES) {
        found.computeIfAbsent(name, key -> new ArrayList<>()).add(JmhFork.innerCost(name));
      }
    }
    Map<String, Cost> kept = kept();
    StringBuilder lines = new StringBuilder();
    out.println("| part | ns | spread | B | ns / kept | B / kept |");
    out.println("|---|---:|---:|---:|---:|---:|");
    found.forEach(
        (name, costs) -> {
          Numbers nanos = new Numbers(costs.stream().map(Cost::nanos).toList());
          Numbers bytes = new Numbers(costs.stream().map(Cost::bytes).toList());
          Cost before = kept.get(name);
          out.printf(
              Locale.ROOT,
              "| %s | %.0f | %.0f to %.0f | %.0f | %s | %s |%n",
              name,
              nanos.median(),
              nanos.least(),
              nanos.largest(),
              bytes.median(),
              ratio(nanos.median(), before == null ? null : before.nanos()),
              ratio(bytes.median(), before == null ? null : before.bytes()));
          lines.append(
              String.format(Locale.ROOT, "%s\t%.0f\t%.0f%n", name, nanos.median(), bytes.median()));
        });
    out.println();
    out.println("to keep them, as " + KEPT + ":");
    out.print(lines);
    out.printf("inner: tried=%d failed=0%n", NAMES.size());
    return 0;
  }

  private static String ratio(double now, @Nullable Double before) {
    return before == null || before < 1 ? "-" : String.format(Locale.ROOT, "%.2f", now / before);
  }

  private static Map<String, Cost> kept() throws IOException {
    Map<String, Cost> costs = new TreeMap<>();
    try (InputStream in = InnerCosts.class.getResourceAsStream(KEPT)) {
      if (in == null) {
        throw new IOException("no results are kept: " + KEPT + " is missing");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().filter(one -> !one.startsWith("#")).toList()) {
        String[] fields = line.split("\t", -1);
        costs.put(
            fields[0], new Cost(Double.parseDouble(fields[1]), Double.parseDouble(fields[2])));
      }
    }
    return costs;
  }
}
