// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.util.function.LongSupplier;

/**
 * Limits the rate of the collector: moved bytes are paid for with time. What must be moved at once
 * also counts, but leaves a debt of little more than a second, so that hours of it do not stop the
 * background collector for days.
 *
 * <p>Thread-safe.
 */
final class GcPace {
  private static final long MOST_DEBT_MILLIS = 1000;

  private final LongSupplier elapsedMillis;

  /** Time at which the moved bytes are paid for, at the rate of the settings. */
  private long paidUntilMillis;

  /**
   * @param elapsedMillis milliseconds since some instant
   */
  GcPace(LongSupplier elapsedMillis) {
    this.elapsedMillis = elapsedMillis;
  }

  /** Forgets the debt, because it was counted at another rate. */
  synchronized void forgive() {
    paidUntilMillis = elapsedMillis.getAsLong();
  }

  /**
   * Counts moved bytes.
   *
   * @param bytesPerSecond the rate; 0 for no limit
   */
  synchronized void moved(long bytes, long bytesPerSecond) {
    if (bytesPerSecond > 0) {
      long now = elapsedMillis.getAsLong();
      long debt = Math.min(MOST_DEBT_MILLIS, Math.max(0, paidUntilMillis - now));
      paidUntilMillis = now + debt + bytes * 1000 / bytesPerSecond;
    }
  }

  /** Whether moved bytes are not paid for yet. */
  synchronized boolean isOwing() {
    return elapsedMillis.getAsLong() < paidUntilMillis;
  }
}
