// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.StampedLock;

/**
 * Keeps a close from waiting without a limit: the write of a broken drive may never return, and a
 * process must then be able to end. What stays open is closed by the end of the process.
 */
public final class CloseLock {
  /** Longer than the kernel tries an access of a drive that answers at all. */
  public static final Duration TIMEOUT = Duration.ofMinutes(1);

  private CloseLock() {}

  /**
   * Waits for the accesses in flight, and excludes others.
   *
   * @param accesses held shared during each access
   * @param what what is to be closed, for the message
   * @return the stamp to unlock with
   * @throws IOException if an access does not return for a minute; the close may be repeated
   */
  public static long await(StampedLock accesses, Object what) throws IOException {
    return await(accesses, what, TIMEOUT);
  }

  static long await(StampedLock accesses, Object what, Duration timeout) throws IOException {
    // Also by an interrupted thread, if nothing is in flight.
    long stamp = accesses.tryWriteLock();
    if (stamp != 0) {
      return stamp;
    }
    try {
      stamp = accesses.tryWriteLock(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(what + ": interrupted while it was closed");
    }
    if (stamp == 0) {
      throw new IOException(what + " stays open: an access to it does not return");
    }
    return stamp;
  }
}
