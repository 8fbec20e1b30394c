// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.util.List;
import java.util.Locale;

/**
 * Several measurements of one thing: their median and their spread.
 *
 * @param sorted at least one, in any order; the record sorts them
 */
public record Numbers(List<Double> sorted) {
  /** Sorts them. */
  public Numbers {
    sorted = sorted.stream().sorted().toList();
  }

  /** The one in the middle. */
  public double median() {
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** The least. */
  public double least() {
    return sorted.get(0);
  }

  /** The largest. */
  public double largest() {
    return sorted.get(sorted.size() - 1);
  }

  /** What lies above 1, in per cent, and in brackets the least and the largest. */
  public String percentAboveOne() {
    return String.format(
        Locale.ROOT,
        "%+.1f %% (%+.1f to %+.1f)",
        100 * (median() - 1),
        100 * (least() - 1),
        100 * (largest() - 1));
  }

  /** Per cent of 1, and in brackets the least and the largest. */
  String percent() {
    return String.format(
        Locale.ROOT, "%.0f %% (%.0f to %.0f)", 100 * median(), 100 * least(), 100 * largest());
  }
}
