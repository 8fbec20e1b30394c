// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.util.function.LongSupplier;

/**
 * Limits the rate of the collector: moved bytes are paid for with time.
 *
 * <p>One thread at a time calls {@link #moved}; any thread calls the others.
 */
final class GcPace {
  private final LongSupplier elapsedMillis;

  /** Time at which the moved bytes are paid for, at the rate of the settings. */
  private volatile long paidUntilMillis;

  /**
   * @param elapsedMillis milliseconds since some instant
   */
  GcPace(LongSupplier elapsedMillis) {
    this.elapsedMillis = elapsedMillis;
  }

  /** Forgets the debt, because it was counted at another rate. */
  void forgive() {
    paidUntilMillis = elapsedMillis.getAsLong();
  }

  /**
   * Counts moved bytes.
   *
   * @param bytesPerSecond the rate; 0 for no limit
   */
  void moved(long bytes, long bytesPerSecond) {
    if (bytesPerSecond > 0) {
      long from = Math.max(paidUntilMillis, elapsedMillis.getAsLong());
      paidUntilMillis = from + bytes * 1000 / bytesPerSecond;
    }
  }

  /** Whether moved bytes are not paid for yet. */
  boolean isOwing() {
    return elapsedMillis.getAsLong() < paidUntilMillis;
  }
}
