// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One lock for each zone, held during each change of it. Who excludes all changes takes all of
 * them; that is rare, and so no change has to pay for a second lock, on which the changes of all
 * zones would meet.
 *
 * <p>Thread-safe. Takes some 56 bytes for each zone, and 32 more for each that was ever waited for.
 */
final class ZoneLocks {
  private final ReentrantLock[] zones;

  ZoneLocks(int count) {
    zones = new ReentrantLock[count];
    for (int zone = 0; zone < count; zone++) {
      zones[zone] = new ReentrantLock();
    }
  }

  void lock(int zone) {
    zones[zone].lock();
  }

  void release(int zone) {
    zones[zone].unlock();
  }

  /** Waits for the changes in progress, and excludes others. */
  void lockAll() {
    int locked = 0;
    try {
      while (locked < zones.length) {
        zones[locked].lock();
        locked++;
      }
    } finally {
      unlockUnlessAll(locked);
    }
  }

  /**
   * As above, until a moment.
   *
   * @param deadlineNanos as {@link System#nanoTime}
   * @param what whose zones they are, for the message
   * @throws IOException if a change does not end until then; nothing is locked then
   */
  void lockAll(long deadlineNanos, String what) throws IOException {
    int locked = 0;
    try {
      while (locked < zones.length && tryLock(zones[locked], deadlineNanos)) {
        locked++;
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      InterruptedIOException told =
          new InterruptedIOException(what + ": interrupted while it was closed");
      told.initCause(interrupted);
      throw told;
    } finally {
      unlockUnlessAll(locked);
    }
    if (locked < zones.length) {
      throw new IOException(what + " stays open: an access to it does not return");
    }
  }

  private void unlockUnlessAll(int locked) {
    if (locked < zones.length) {
      unlock(locked);
    }
  }

  /** Also by an interrupted thread, if it is free. */
  private static boolean tryLock(ReentrantLock zone, long deadlineNanos)
      throws InterruptedException {
    return zone.tryLock() || zone.tryLock(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  void unlockAll() {
    unlock(zones.length);
  }

  /** Unlocks the first zones. */
  private void unlock(int count) {
    for (int zone = 0; zone < count; zone++) {
      zones[zone].unlock();
    }
  }
}
