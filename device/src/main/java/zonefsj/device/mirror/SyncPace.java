// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

/**
 * Lets applications go before the work of a mirror on its members: while they use the mirror, the
 * work pauses as long as it takes. Thread-safe.
 */
final class SyncPace {
  private static final long LONGEST_PAUSE_MILLIS = 1000;

  private final MirrorStorage storage;
  private volatile boolean stopping;
  private long accessesBefore;

  SyncPace(MirrorStorage storage) {
    this.storage = storage;
  }

  boolean isStopping() {
    return stopping;
  }

  /**
   * Asks the work to end, and ends its pause.
   *
   * @return false if it was asked before
   */
  synchronized boolean stop() {
    boolean first = !stopping;
    stopping = true;
    notifyAll();
    return first;
  }

  /** Pauses as long as the last piece took if somebody else used the mirror meanwhile. */
  @SuppressWarnings("WaitNotInLoop") // a wakeup for no reason ends a pause early
  synchronized void yieldToOthers(long beganNanos) {
    long accesses = storage.accesses();
    boolean used = accesses != accessesBefore;
    accessesBefore = accesses;
    long tookMillis = (System.nanoTime() - beganNanos) / 1_000_000;
    if (used && tookMillis > 0 && !stopping) {
      try {
        wait(Math.min(tookMillis, LONGEST_PAUSE_MILLIS));
      } catch (InterruptedException e) {
        stopping = true;
      }
    }
  }
}
