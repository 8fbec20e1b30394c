// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import com.sun.jna.Native;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats system calls on one file that failed for no fault of it: a signal interrupted them, or
 * the host had no memory for them. A call is repeated for up to {@value #LONGEST_MILLIS} ms. If
 * this did not help, those that begin in the next {@value #LONGEST_MILLIS} ms are not repeated, so
 * that an operation of many calls ends.
 *
 * <p>Thread-safe. Interrupts do not shorten the pauses and are not lost.
 */
final class TransientRetry {
  /** Total length of the pauses after which a shortage of memory is an error. */
  static final long LONGEST_MILLIS = 60_000;

  private static final Logger LOG = LoggerFactory.getLogger(TransientRetry.class);
  private static final long FIRST_PAUSE_MILLIS = 10;
  private static final long LONGEST_PAUSE_MILLIS = 1000;

  private final LongConsumer pause;
  private final LongSupplier clockNanos;
  private volatile boolean wasExhausted;
  private volatile long exhaustedNanos;
  private volatile boolean ended;

  TransientRetry() {
    this(TransientRetry::pause, System::nanoTime);
  }

  /**
   * @param pause receives the length of each pause in milliseconds
   * @param clockNanos the time, from any origin
   */
  TransientRetry(LongConsumer pause, LongSupplier clockNanos) {
    this.pause = pause;
    this.clockNanos = clockNanos;
  }

  /** From now on a shortage of memory is an error at once. */
  void end() {
    ended = true;
  }

  /**
   * Makes a call that has no effect if it fails with ENOMEM.
   *
   * @param name of the call, for the log; asked for only then
   * @param call returns what the system call returned
   * @return the result, or the negative error number
   */
  long call(Supplier<String> name, LongSupplier call) {
    long result = uninterrupted(call);
    if (result != -BlockLibc.ENOMEM || isExhausted()) {
      return result;
    }
    LOG.warn("the host has no memory for {}; it is tried again", name.get());
    long pausedMillis = 0;
    long nextMillis = FIRST_PAUSE_MILLIS;
    while (result == -BlockLibc.ENOMEM && pausedMillis < LONGEST_MILLIS && !ended) {
      pause.accept(nextMillis);
      pausedMillis += nextMillis;
      nextMillis = Math.min(2 * nextMillis, LONGEST_PAUSE_MILLIS);
      result = uninterrupted(call);
    }
    if (result == -BlockLibc.ENOMEM) {
      exhaustedNanos = clockNanos.getAsLong();
      wasExhausted = true;
    }
    return result;
  }

  private boolean isExhausted() {
    long restNanos = TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS);
    return wasExhausted && clockNanos.getAsLong() - exhaustedNanos < restNanos;
  }

  /**
   * Makes a call, whatever signals come.
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

  private static void pause(long millis) {
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (long left; (left = end - System.nanoTime()) > 0; ) {
      interrupted |= Thread.interrupted();
      LockSupport.parkNanos(left);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
