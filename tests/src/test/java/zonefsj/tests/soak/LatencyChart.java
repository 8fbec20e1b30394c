// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import zonefsj.fs.cli.bench.LatencyHistogram;

/** A histogram as text: one line for each doubling of the time, with a logarithmic bar. */
final class LatencyChart {
  private static final int BAR = 50;
  private static final double NANOS_PER_MILLI = 1e6;

  private LatencyChart() {}

  /** The lines: the upper end of the class, how many took so long, and a bar. */
  static List<String> lines(LatencyHistogram times) {
    List<String> lines = new ArrayList<>();
    for (int bits = 0; bits < Long.SIZE; bits++) {
      long end = bits == Long.SIZE - 1 ? Long.MAX_VALUE : (1L << bits) - 1;
      long count = times.countAtMost(end) - (bits == 0 ? 0 : times.countAtMost(end >> 1));
      if (count > 0) {
        // One slow write in a million is to be seen.
        double share = Math.log((double) count + 1) / Math.log((double) times.total() + 1);
        lines.add(
            String.format(
                Locale.ROOT,
                "%10.3f ms %10d %s",
                (double) end / NANOS_PER_MILLI,
                count,
                "#".repeat((int) Math.max(1, BAR * share))));
      }
    }
    return lines;
  }
}
