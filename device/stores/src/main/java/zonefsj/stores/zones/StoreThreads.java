// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.StoreRefusedException;

/**
 * The threads that make the requests to a store. Nobody interrupts them: the clients of many stores
 * give a request up, and close what they hold, when their thread is interrupted. Thread-safe.
 */
final class StoreThreads implements Closeable, Executor {
  private static final Logger LOG = LoggerFactory.getLogger(StoreThreads.class);
  private static final long IDLE_SECONDS = 10;

  /** A store that answers at all ends most requests sooner. */
  private static final long CLOSE_SECONDS = 10;

  private final Executor executor;
  private final @Nullable ExecutorService owned;

  private StoreThreads(Executor executor, @Nullable ExecutorService owned) {
    this.executor = executor;
    this.owned = owned;
  }

  /** So many daemon threads, which end when there is nothing to do. */
  static StoreThreads of(int count) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            count,
            count,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> new RequestThread(work, "store-" + number.incrementAndGet()));
    pool.allowCoreThreadTimeOut(true);
    return new StoreThreads(pool, pool);
  }

  /** No threads: whoever asks works. */
  static StoreThreads none() {
    return new StoreThreads(Runnable::run, null);
  }

  private static final class RequestThread extends Thread {
    RequestThread(Runnable work, String name) {
      super(work, name);
      setDaemon(true);
    }
  }

  @Override
  public void execute(Runnable work) {
    executor.execute(work);
  }

  /** Runs a task and waits for it. */
  <T> T call(Task<T> task) throws IOException {
    if (owned == null || Thread.currentThread() instanceof RequestThread) {
      return task.run();
    }
    return all(List.of(task)).get(0);
  }

  /**
   * Runs tasks and waits for them, also if this thread is interrupted. Not for these threads
   * themselves.
   *
   * @throws StoreRefusedException if none was begun
   * @throws IOException of the first one that fails; all have ended then
   */
  <T> List<T> all(List<Task<T>> tasks) throws IOException {
    List<FutureTask<T>> futures = new ArrayList<>(tasks.size());
    IOException failure = null;
    for (Task<T> task : tasks) {
      FutureTask<T> future = new FutureTask<>(task::run);
      try {
        executor.execute(future);
        futures.add(future);
      } catch (RejectedExecutionException closed) {
        failure = new IOException("the drive is closed", closed);
        break;
      } catch (OutOfMemoryError none) {
        failure = new IOException("the host has no thread for a request", none);
        break;
      }
    }
    List<T> results = new ArrayList<>(tasks.size());
    for (FutureTask<T> future : futures) {
      try {
        results.add(await(future));
      } catch (ExecutionException e) {
        failure = failure == null ? failureOf(e) : failure;
      }
    }
    if (failure != null) {
      throw futures.isEmpty()
          ? new StoreRefusedException(String.valueOf(failure.getMessage()), failure)
          : failure;
    }
    return results;
  }

  private static <T> T await(FutureTask<T> future) throws ExecutionException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static IOException failureOf(ExecutionException failed) {
    Throwable cause = failed.getCause();
    return cause instanceof IOException io ? io : new IOException("internal error", cause);
  }

  /** Waits, for a limited time, for the requests that are being made. */
  @Override
  public void close() {
    if (owned != null) {
      owned.shutdown();
      try {
        if (!owned.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
          LOG.warn("requests to a store have no answer yet; they may be carried out later");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** What is done on one of the threads. */
  @FunctionalInterface
  interface Task<T> {
    T run() throws IOException;
  }
}
