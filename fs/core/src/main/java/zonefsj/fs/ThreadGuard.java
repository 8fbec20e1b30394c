// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.io.IOException;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The guard of every thread of a mount. A thread that ends without a word leaves others waiting for
 * it for ever; so whatever it meets that is neither an answer ({@link ErrnoException}) nor a fault
 * of a drive ({@link IOException}) is logged with its stack and told to the breakdown handler,
 * which turns the mount read-only and wakes all who wait. Thread-safe; never throws.
 */
public final class ThreadGuard implements Thread.UncaughtExceptionHandler {
  /** For threads that serve no mount: what they meet is logged, and that is all. */
  public static final ThreadGuard LOGGING = new ThreadGuard();

  private static final Logger LOG = LoggerFactory.getLogger(ThreadGuard.class);

  /** Is told of what nobody understands. */
  @FunctionalInterface
  public interface Breakdown {
    /**
     * @param where the thread or the step in which it happened
     * @param what was thrown
     */
    void brokeDown(String where, Throwable what);
  }

  private volatile Breakdown breakdown;

  /** A guard that only logs, until {@link #tell}. */
  public ThreadGuard() {
    this((where, what) -> {});
  }

  /** A guard that tells somebody. */
  public ThreadGuard(Breakdown breakdown) {
    this.breakdown = breakdown;
  }

  /** Whom to tell from now on. */
  public void tell(Breakdown listener) {
    breakdown = listener;
  }

  /** Whether something thrown is an answer or a fault of a drive, which callers deal with. */
  public static boolean isUnderstood(Throwable thrown) {
    return thrown instanceof ErrnoException || thrown instanceof IOException;
  }

  /** A daemon thread under this guard, not started yet. */
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

  /** Threads of a pool under this guard. */
  public ThreadFactory factory(String name) {
    return work -> thread(name, work);
  }

  /** A task for an executor that keeps to itself what a task throws. */
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

  /** Tells of what nobody understands, and logs it. */
  @SuppressWarnings("CatchingUnchecked") // memory may be out: then to tell matters most
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

  /** What is thrown over and over may be one object, which cannot suppress itself. */
  @SuppressWarnings("ReferenceEquality")
  private static void note(Throwable what, Throwable then) {
    if (then != what) {
      what.addSuppressed(then);
    }
  }
}
