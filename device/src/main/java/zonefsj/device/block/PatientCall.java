// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import com.sun.jna.Native;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats a system call that failed for no fault of its file: a signal interrupted it, or the host
 * had no memory for it. A host that is short of memory must not make a healthy drive look damaged,
 * so the call is repeated for up to {@value #LONGEST_MILLIS} ms.
 *
 * <p>Stateless and thread-safe. Interrupts do not end the pauses.
 */
final class PatientCall {
  /** Total length of the pauses after which a shortage of memory is an error. */
  static final long LONGEST_MILLIS = 60_000;

  private static final Logger LOG = LoggerFactory.getLogger(PatientCall.class);
  private static final long FIRST_PAUSE_MILLIS = 10;
  private static final long LONGEST_PAUSE_MILLIS = 1000;

  private PatientCall() {}

  /**
   * Repeats a call that is free of side effects if it fails with ENOMEM.
   *
   * @param name of the call, for the log
   * @param call returns what the system call returned
   * @return the result, or the negative error number
   */
  static long outlasting(String name, LongSupplier call) {
    return outlasting(name, call, millis -> LockSupport.parkNanos(millis * 1_000_000));
  }

  /**
   * As above.
   *
   * @param pause receives the length of each pause in milliseconds
   */
  static long outlasting(String name, LongSupplier call, LongConsumer pause) {
    long pausedMillis = 0;
    long nextMillis = FIRST_PAUSE_MILLIS;
    long result = uninterrupted(call);
    while (result == -BlockLibc.ENOMEM && pausedMillis < LONGEST_MILLIS) {
      if (pausedMillis == 0) {
        LOG.warn("the host has no memory for {}; it is tried again", name);
      }
      pause.accept(nextMillis);
      pausedMillis += nextMillis;
      nextMillis = Math.min(2 * nextMillis, LONGEST_PAUSE_MILLIS);
      result = uninterrupted(call);
    }
    return result;
  }

  /**
   * Repeats a call that a signal interrupted.
   *
   * @return the result, or the negative error number
   */
  static long uninterrupted(LongSupplier call) {
    while (true) {
      long result = call.getAsLong();
      if (result >= 0) {
        return result;
      }
      int errno = Native.getLastError();
      if (errno != BlockLibc.EINTR) {
        return -errno;
      }
    }
  }
}
