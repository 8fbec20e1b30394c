// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
 * The threads that make the requests to a store. A quarter of them is for puts only: what is put
 * must not wait for reads and deletes that a store does not answer. Nobody interrupts them: the
 * clients of many stores give a request up, and close what they hold, when their thread is
 * interrupted. Thread-safe.
 */
final class StoreThreads implements Closeable, Executor {
  private static final Logger LOG = LoggerFactory.getLogger(StoreThreads.class);
  private static final long IDLE_SECONDS = 10;

  /** A store that answers at all ends most requests sooner. */
  private static final long CLOSE_SECONDS = 10;

  private final Executor executor;
  private final @Nullable ExecutorService owned;
  private final int mostOthers;

  /** Requests that are no puts, and wait for others. Guarded by this object's monitor. */
  private final Deque<Runnable> waiting = new ArrayDeque<>();

  /** How many of them are made. Guarded by this object's monitor. */
  private int others;

  private StoreThreads(Executor executor, @Nullable ExecutorService owned, int mostOthers) {
    this.executor = executor;
    this.owned = owned;
    this.mostOthers = mostOthers;
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
    return new StoreThreads(pool, pool, Math.max(1, count - count / 4));
  }

  /** No threads: whoever asks works. */
  static StoreThreads none() {
    return new StoreThreads(Runnable::run, null, Integer.MAX_VALUE);
  }

  private static final class RequestThread extends Thread {
    RequestThread(Runnable work, String name) {
      super(work, name);
      setDaemon(true);
    }
  }

  /**
   * Makes a put in the background.
   *
   * @throws RejectedExecutionException if these threads are closed
   */
  void executePut(Runnable put) {
    executor.execute(put);
  }

  /**
   * Makes a request that is no put in the background: after others if there are too many.
   *
   * @throws RejectedExecutionException if these threads are closed
   */
  @Override
  public void execute(Runnable request) {
    // Whatever it throws, the thread goes on with the next one.
    Runnable caught = new FutureTask<>(request, null);
    synchronized (this) {
      if (others == mostOthers) {
        // A thread that makes another one takes it, also after the close.
        waiting.add(caught);
        return;
      }
      others++;
    }
    boolean begun = false;
    try {
      executor.execute(() -> makeAll(caught));
      begun = true;
    } finally {
      if (!begun) {
        // Those that came meanwhile count on a thread.
        makeAll(next());
      }
    }
  }

  private void makeAll(@Nullable Runnable first) {
    for (Runnable request = first; request != null; request = next()) {
      request.run();
    }
  }

  private synchronized @Nullable Runnable next() {
    Runnable next = waiting.poll();
    others -= next == null ? 1 : 0;
    return next;
  }

  /** Makes a request that is no put, and waits for it. */
  <T> T call(Task<T> request) throws IOException {
    return isHere() ? request.run() : all(List.of(request)).get(0);
  }

  /** Makes a put, and waits for it. */
  <T> T callPut(Task<T> put) throws IOException {
    return isHere() ? put.run() : all(List.of(put), executor).get(0);
  }

  /** Whether whoever asks works. */
  private boolean isHere() {
    return owned == null || Thread.currentThread() instanceof RequestThread;
  }

  /**
   * Makes requests that are no puts, and waits for them, also if this thread is interrupted. Not
   * for these threads themselves.
   *
   * @throws StoreRefusedException if none was begun
   * @throws IOException of the first one that fails; all have ended then
   */
  <T> List<T> all(List<Task<T>> requests) throws IOException {
    return all(requests, this);
  }

  private static <T> List<T> all(List<Task<T>> tasks, Executor executor) throws IOException {
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
