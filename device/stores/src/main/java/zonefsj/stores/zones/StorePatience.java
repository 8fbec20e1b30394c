// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.NoAnswerException;
import zonefsj.stores.ObjectStore;

/**
 * Whether what could not be put is put again, for as long as the store is away. Nothing is lost
 * meanwhile: the bytes stay in memory. Thread-safe.
 */
final class StorePatience {
  private static final Logger LOG = LoggerFactory.getLogger(StorePatience.class);
  private static final long PAUSE_MILLIS = 1000;
  private static final long LAST_TRY_NANOS = 10_000_000_000L;

  private final ObjectStore store;
  private final long limitMillis;
  private final boolean mayLast;

  /** Guarded by this object's monitor for those who wait. */
  private volatile boolean lasts;

  /** When it ended; {@link Long#MAX_VALUE} if it has not. */
  private volatile long endedNanos = Long.MAX_VALUE;

  /** Whether the log says that the store is away. */
  private final AtomicBoolean isTold = new AtomicBoolean();

  /**
   * @param limitMillis after so long others are told
   * @param mayLast false: a failure is one, also when the drive is in use
   */
  StorePatience(ObjectStore store, long limitMillis, boolean mayLast) {
    this.store = store;
    this.limitMillis = limitMillis;
    this.mayLast = mayLast;
  }

  boolean lasts() {
    return lasts;
  }

  long limitMillis() {
    return limitMillis;
  }

  long stalledMillis() {
    return store.stalledMillis();
  }

  /** The store has taken what it was to. */
  void succeeded() {
    if (isTold.get() && isTold.compareAndSet(true, false)) {
      LOG.warn("{} takes bytes again", store);
    }
  }

  synchronized void end() {
    endedNanos = System.nanoTime();
    lasts = false;
    notifyAll();
  }

  /** The drive is in use from now on: it waits. */
  void begin() {
    lasts = mayLast && endedNanos == Long.MAX_VALUE;
  }

  /** Whether to wait on for memory. */
  boolean isWaiting() {
    return lasts && stalledMillis() > 0;
  }

  /** Whether there is nothing to wait for any more: another try has had its time, too. */
  boolean isOver() {
    return endedNanos != Long.MAX_VALUE
        && System.nanoTime() - endedNanos > LAST_TRY_NANOS
        && stalledMillis() >= limitMillis;
  }

  /**
   * Waits a little if this thread is to try again.
   *
   * @param lasted {@link #lasts} before the try that failed: one that begins after the end counts,
   *     because the store may be back
   * @return false if the failure is final
   */
  boolean outlasts(IOException failure, boolean lasted) {
    if (!lasted || !NoAnswerException.isIn(failure)) {
      return false;
    }
    if (isTold.compareAndSet(false, true)) {
      LOG.warn(
          "{} takes nothing; what is written is kept until it does: {}",
          store,
          failure.getMessage());
    }
    boolean interrupted = false;
    synchronized (this) {
      long end = System.nanoTime() + PAUSE_MILLIS * 1_000_000;
      long left = PAUSE_MILLIS;
      while (lasts && left > 0) {
        try {
          wait(left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
        left = (end - System.nanoTime()) / 1_000_000;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return true;
  }
}
