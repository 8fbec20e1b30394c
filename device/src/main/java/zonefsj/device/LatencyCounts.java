// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.util.Arrays;

/** The counts of a {@link LatencyHistogram} at one instant. Immutable. */
public final class LatencyCounts {
  /** No durations. */
  public static final LatencyCounts NONE =
      new LatencyCounts(new long[LatencyHistogram.CLASSES_BELOW_LAST + 1], 0);

  private final long[] counts;
  private final long totalNanos;

  /**
   * @param counts durations of each class; owned from now on
   * @param totalNanos sum of all durations, in nanoseconds
   */
  LatencyCounts(long[] counts, long totalNanos) {
    this.counts = counts;
    this.totalNanos = totalNanos;
  }

  /** These and others. */
  public LatencyCounts plus(LatencyCounts others) {
    return combined(others, 1);
  }

  /**
   * Those that came after others.
   *
   * @param earlier counts of the same histogram
   */
  public LatencyCounts minus(LatencyCounts earlier) {
    return combined(earlier, -1);
  }

  private LatencyCounts combined(LatencyCounts others, int sign) {
    long[] sums = counts.clone();
    for (int at = 0; at < sums.length; at++) {
      sums[at] += sign * others.counts[at];
    }
    return new LatencyCounts(sums, totalNanos + sign * others.totalNanos);
  }

  /** Number of durations of a class, from 0; the last class has no limit. */
  public long inClass(int number) {
    return counts[number];
  }

  /** Number of durations. */
  public long total() {
    return Arrays.stream(counts).sum();
  }

  /** Sum of all durations, in nanoseconds. */
  public long totalNanos() {
    return totalNanos;
  }

  /**
   * A duration that the given share of all durations does not exceed, by linear interpolation
   * within its class, so that it is at most twice too long.
   *
   * @param share from 0 to 1
   * @return nanoseconds; 0 if there are no durations
   */
  public long quantileNanos(double share) {
    long total = total();
    double wanted = share * total;
    long before = 0;
    for (int at = 0; at < LatencyHistogram.CLASSES_BELOW_LAST; at++) {
      if (counts[at] > 0 && before + counts[at] >= wanted) {
        long low = at == 0 ? 0 : LatencyHistogram.limitNanos(at - 1);
        long high = LatencyHistogram.limitNanos(at);
        return low + Math.round((high - low) * Math.max(0, wanted - before) / counts[at]);
      }
      before += counts[at];
    }
    return total == 0 ? 0 : LatencyHistogram.limitNanos(LatencyHistogram.CLASSES_BELOW_LAST - 1);
  }
}
