// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import java.util.Arrays;

/**
 * How long operations took, in a bounded number of classes that are 1/64 of their value wide at
 * most: the idea of Gil Tene's HdrHistogram. 30 KiB, however many operations. For one thread.
 */
public final class LatencyHistogram {
  private static final int SUB_BITS = 6;
  private static final int SUB_CLASSES = 1 << SUB_BITS;

  private final long[] counts = new long[(Long.SIZE - SUB_BITS) * SUB_CLASSES];
  private long total;
  private long maxNanos;

  /** Counts one operation. A clock that went back counts as 0. */
  public void add(long nanos) {
    long value = Math.max(0, nanos);
    counts[classOf(value)]++;
    total++;
    maxNanos = Math.max(maxNanos, value);
  }

  /** Counts all operations of another one. */
  public void addAll(LatencyHistogram other) {
    Arrays.setAll(counts, i -> counts[i] + other.counts[i]);
    total += other.total;
    maxNanos = Math.max(maxNanos, other.maxNanos);
  }

  /** How many operations were counted. */
  public long total() {
    return total;
  }

  /** The longest one, in nanoseconds, exactly; 0 if there is none. */
  public long maxNanos() {
    return maxNanos;
  }

  /**
   * How long the given part of the operations took at most, in nanoseconds, rounded up to the end
   * of its class; 0 if there is none.
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

  /** Values below 64 have classes of their own; above, the six bits after the highest tell. */
  private static int classOf(long value) {
    int shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(value) - SUB_BITS - 1);
    return shift * SUB_CLASSES + (int) (value >>> shift);
  }

  private static long lastOf(int number) {
    int shift = Math.max(0, number / SUB_CLASSES - 1);
    return ((number - (long) shift * SUB_CLASSES + 1) << shift) - 1;
  }
}
