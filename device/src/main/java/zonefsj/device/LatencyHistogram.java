// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts durations by their length, in classes that double: up to 1 µs, 2 µs, … {@value
 * #CLASSES_BELOW_LAST} classes up to about 67 s, and one for all longer ones.
 *
 * <p>Costs two additions for each duration, and about 1 KiB, or more where several processors count
 * at the same time. Thread-safe; takes no locks.
 */
public final class LatencyHistogram {
  /** Number of classes with an upper limit. */
  public static final int CLASSES_BELOW_LAST = 27;

  private static final int FIRST_LIMIT_NANOS = 1000;

  private final LongAdder[] classes = new LongAdder[CLASSES_BELOW_LAST + 1];
  private final LongAdder nanos = new LongAdder();

  /** Makes an empty one. */
  public LatencyHistogram() {
    for (int at = 0; at < classes.length; at++) {
      classes[at] = new LongAdder();
    }
  }

  /**
   * Counts one duration.
   *
   * @param took nanoseconds; a negative number counts as 0
   */
  public void record(long took) {
    long duration = Math.max(0, took);
    classes[classOf(duration)].increment();
    nanos.add(duration);
  }

  private static int classOf(long duration) {
    if (duration <= FIRST_LIMIT_NANOS) {
      return 0;
    }
    // The number of doublings of the first limit that the duration does not exceed.
    long limits = (duration - 1) / FIRST_LIMIT_NANOS;
    return Math.min(CLASSES_BELOW_LAST, Long.SIZE - Long.numberOfLeadingZeros(limits));
  }

  /**
   * Longest duration of a class.
   *
   * @param number of a class with a limit, from 0
   * @return nanoseconds
   */
  public static long limitNanos(int number) {
    return TimeUnit.MICROSECONDS.toNanos(1L << number);
  }

  /** The counts of now. They may differ by a few durations that are counted meanwhile. */
  public LatencyCounts counts() {
    long[] counts = new long[classes.length];
    for (int at = 0; at < counts.length; at++) {
      counts[at] = classes[at].sum();
    }
    return new LatencyCounts(counts, nanos.sum());
  }
}
