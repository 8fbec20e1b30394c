// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import java.util.Arrays;

/**
 * Latencies of operations, in a bounded number of classes, each at most 1/64 of its value wide: the
 * idea of Gil Tene's HdrHistogram. Takes 29 KiB for any number of operations. Single-threaded.
 */
public final class LatencyHistogram {
  private static final int SUB_BITS = 6;
  private static final int SUB_CLASSES = 1 << SUB_BITS;

  private final long[] counts = new long[(Long.SIZE - SUB_BITS) * SUB_CLASSES];
  private long total;
  private long maxNanos;

  /** Counts one operation. A negative duration, after a clock that went back, counts as 0. */
  public void add(long nanos) {
    long value = Math.max(0, nanos);
    counts[classOf(value)]++;
    total++;
    maxNanos = Math.max(maxNanos, value);
  }

  /** Adds all operations of another histogram. */
  public void addAll(LatencyHistogram other) {
    Arrays.setAll(counts, i -> counts[i] + other.counts[i]);
    total += other.total;
    maxNanos = Math.max(maxNanos, other.maxNanos);
  }

  /** Number of operations. */
  public long total() {
    return total;
  }

  /** The exact maximum, in nanoseconds; 0 if there are no operations. */
  public long maxNanos() {
    return maxNanos;
  }

  /**
   * A percentile of the latencies, in nanoseconds, rounded up to the end of its class but at most
   * the maximum; 0 if there are no operations.
   *
   * @param percent from 0 to 100
   */
  public long percentileNanos(double percent) {
    long rank = Math.max(1, (long) Math.ceil(total * percent / 100));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return Math.min(maxNanos, lastOf(i));
      }
    }
    return 0;
  }

  /**
   * Number of operations that took at most so long, exact at the ends of the classes: one less than
   * a power of two is one.
   */
  public long countAtMost(long nanos) {
    long count = 0;
    for (int i = 0; i < counts.length && lastOf(i) <= nanos; i++) {
      count += counts[i];
    }
    return count;
  }

  /**
   * Values below 128 have a class each; the highest bit and the six bits after it select the class
   * of a larger value.
   */
  private static int classOf(long value) {
    int shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(value) - SUB_BITS - 1);
    return shift * SUB_CLASSES + (int) (value >>> shift);
  }

  private static long lastOf(int number) {
    int shift = Math.max(0, number / SUB_CLASSES - 1);
    return ((number - (long) shift * SUB_CLASSES + 1) << shift) - 1;
  }
}
