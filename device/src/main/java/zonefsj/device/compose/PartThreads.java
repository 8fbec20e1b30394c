// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Threads that access several parts of one drive at the same time. A thread ends when it has been
 * idle for a minute. Thread-safe.
 */
public final class PartThreads implements AutoCloseable {
  private final AtomicInteger created = new AtomicInteger();
  private final ExecutorService pool;

  /**
   * @param name of the drive, for the names of the threads
   */
  public PartThreads(String name) {
    pool =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, name + "-" + created.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /** An access of one part. */
  @FunctionalInterface
  public interface Access {
    /** Accesses it. */
    void run() throws IOException;
  }

  /**
   * Runs all accesses at the same time, and waits until all have ended. Where the system has no
   * thread left, they run one after the other.
   *
   * @throws IOException the failure of the first one that has failed; others are suppressed in it
   */
  public void runAll(List<? extends Access> accesses) throws IOException {
    List<Future<?>> others = new ArrayList<>(accesses.size());
    List<Access> own = new ArrayList<>(accesses.subList(0, Math.min(1, accesses.size())));
    for (Access access : accesses.subList(own.size(), accesses.size())) {
      Callable<?> task =
          () -> {
            access.run();
            return null;
          };
      try {
        others.add(pool.submit(task));
      } catch (OutOfMemoryError | RejectedExecutionException noThread) {
        own.add(access);
      }
    }
    Failures failures = new Failures();
    for (Access access : own) {
      try {
        access.run();
      } catch (IOException | RuntimeException | Error e) {
        failures.add(e);
      }
    }
    boolean interrupted = false;
    for (Future<?> other : others) {
      interrupted |= await(other, failures);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    failures.rethrow();
  }

  /** Waits also if interrupted: a buffer in use must not be given back. */
  private static boolean await(Future<?> future, Failures failures) {
    boolean interrupted = false;
    while (true) {
      try {
        future.get();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        failures.add(e.getCause() == null ? e : e.getCause());
        return interrupted;
      }
    }
  }

  /** Lets the threads end; waits for none. */
  @Override
  public void close() {
    pool.shutdown();
  }

  private static final class Failures {
    private @Nullable Throwable first;

    void add(Throwable failure) {
      if (first == null) {
        first = failure;
      } else if (first != failure) {
        first.addSuppressed(failure);
      }
    }

    void rethrow() throws IOException {
      if (first instanceof IOException failure) {
        throw failure;
      }
      if (first instanceof RuntimeException failure) {
        throw failure;
      }
      if (first instanceof Error failure) {
        throw failure;
      }
      if (first != null) {
        throw (IOException)
            new InterruptedIOException("an access has ended without a result").initCause(first);
      }
    }
  }
}
