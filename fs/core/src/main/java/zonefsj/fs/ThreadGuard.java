// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.io.IOException;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guards every thread of a mount. A thread that ends silently would leave other threads waiting for
 * ever. Every exception that is neither an answer ({@link ErrnoException}) nor a fault of a drive
 * ({@link IOException}) is therefore logged with its stack and passed to the breakdown handler,
 * which turns the mount read-only and wakes all waiting threads. Thread-safe; never throws.
 */
public final class ThreadGuard implements Thread.UncaughtExceptionHandler {
  /** For threads that serve no mount: only logs. */
  public static final ThreadGuard LOGGING = new ThreadGuard();

  private static final Logger LOG = LoggerFactory.getLogger(ThreadGuard.class);

  /** Receives unexpected exceptions. */
  @FunctionalInterface
  public interface Breakdown {
    /**
     * @param where the thread or the step in which it happened
     * @param what the exception
     */
    void brokeDown(String where, Throwable what);
  }

  private volatile Breakdown breakdown;

  /** Creates a guard that only logs, until {@link #tell}. */
  public ThreadGuard() {
    this((where, what) -> {});
  }

  /** Creates a guard with a breakdown handler. */
  public ThreadGuard(Breakdown breakdown) {
    this.breakdown = breakdown;
  }

  /** Sets the breakdown handler. */
  public void tell(Breakdown listener) {
    breakdown = listener;
  }

  /** Whether an exception is an answer or a fault of a drive, which callers handle. */
  public static boolean isUnderstood(Throwable thrown) {
    return thrown instanceof ErrnoException || thrown instanceof IOException;
  }

  /** Creates a daemon thread under this guard; does not start it. */
  public Thread thread(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    guard(thread);
    return thread;
  }

  /** Takes a thread under this guard. */
  public void guard(Thread thread) {
    thread.setUncaughtExceptionHandler(this);
  }

  /** Creates pool threads under this guard that answer requests. */
  public ThreadFactory requestThreads(String name) {
    return work -> {
      Thread thread = new RequestThread(work, name);
      thread.setDaemon(true);
      guard(thread);
      return thread;
    };
  }

  /** Wraps a task for an executor that does not pass exceptions on. */
  public Runnable task(String where, Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException | Error broken) {
        report(where, broken);
      }
    };
  }

  @Override
  public void uncaughtException(Thread thread, Throwable thrown) {
    report("thread " + thread.getName(), thrown);
  }

  /** Passes an unexpected exception to the breakdown handler, and logs it. */
  @SuppressWarnings("CatchingUnchecked") // memory may have run out: the report matters most then
  public void report(String where, Throwable what) {
    try {
      breakdown.brokeDown(where, what);
    } catch (RuntimeException | Error untold) {
      note(what, untold);
    }
    try {
      LOG.error("{} broke down", where, what);
    } catch (RuntimeException | Error unlogged) {
      note(what, unlogged);
    }
  }

  /**
   * Adds a suppressed exception, unless both are the same object: an exception cannot suppress
   * itself.
   */
  @SuppressWarnings("ReferenceEquality")
  private static void note(Throwable what, Throwable then) {
    if (then != what) {
      what.addSuppressed(then);
    }
  }
}
