// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;

/**
 * Says once in an hour that something fails in the same way, and not at each try of an outage that
 * lasts for days. Thread-safe.
 */
final class FailureLog {
  private static final long REMINDER_NANOS = 3600L * 1_000_000_000;

  private final Logger log;

  /** Kind of the failure that was told last; empty after a success. Guarded by the monitor. */
  private List<Class<?>> told = List.of();

  /** When it was told. Guarded by this object's monitor. */
  private long toldNanos;

  FailureLog(Logger log) {
    this.log = log;
  }

  /**
   * It has failed: a warning, if that was not told already.
   *
   * @param what for the log
   */
  void failed(String what, Throwable failure) {
    if (isNew(failure)) {
      log.warn("{}: {}", what, failure.getMessage());
    }
    log.debug(what, failure);
  }

  /** The words may differ each time, by names of objects. */
  private synchronized boolean isNew(Throwable failure) {
    List<Class<?>> kind = new ArrayList<>();
    for (Throwable at = failure; at != null; at = at.getCause()) {
      kind.add(at.getClass());
    }
    long now = System.nanoTime();
    if (kind.equals(told) && now - toldNanos < REMINDER_NANOS) {
      return false;
    }
    told = kind;
    toldNanos = now;
    return true;
  }

  synchronized void succeeded() {
    told = List.of();
  }
}
