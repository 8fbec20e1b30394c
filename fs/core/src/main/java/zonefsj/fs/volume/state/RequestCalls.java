// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import zonefsj.device.Patience;
import zonefsj.fs.RequestThread;
import zonefsj.fs.ThreadGuard;

/**
 * Makes calls that wait for the drive. If the drive may wait for its medium without a limit, a
 * {@link RequestThread} lets another thread make the call, and waits no longer than the limit of
 * the drive; the call goes on. All others make their calls themselves. Thread-safe.
 */
public final class RequestCalls {
  private static final long RECHECK_MILLIS = 500;

  /** A put may take so long. */
  private static final long NOW_MILLIS = 10_000;

  private static final long IDLE_SECONDS = 10;

  /** More than a transport and the control socket have threads. */
  private static final int MOST_THREADS = 64;

  private final Patience patience;
  private final @Nullable ExecutorService threads;

  /**
   * @param patience of the drive
   * @param threads make the calls of request threads; null: these do
   */
  public RequestCalls(Patience patience, @Nullable ExecutorService threads) {
    this.patience = patience;
    this.threads = threads;
  }

  /** The threads that such calls need: none while there are no calls. */
  public static ExecutorService threads(ThreadGuard guard) {
    return new ThreadPoolExecutor(
        0,
        MOST_THREADS,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        work -> guard.thread("zonefsj-call", work));
  }

  /** A call that may wait for the drive. */
  @FunctionalInterface
  public interface Call<T> {
    /** Makes it. */
    T run() throws IOException, InterruptedException;
  }

  /**
   * Makes a call. Whoever calls holds no lock that the call takes, and none that I/O needs.
   *
   * @throws IOException of the call, or if the drive takes nothing for too long
   */
  public <T> T call(Call<T> call) throws IOException, InterruptedException {
    ExecutorService others = threads;
    if (others == null || !RequestThread.isCurrent() || !patience.isPossible()) {
      return call.run();
    }
    FutureTask<T> task = new FutureTask<>(call::run);
    checkDrive();
    try {
      others.execute(task);
    } catch (RejectedExecutionException tooMany) {
      throw new IOException("too many requests wait for the drive", tooMany);
    }
    while (true) {
      try {
        return task.get(RECHECK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException later) {
        checkDrive();
      } catch (ExecutionException failed) {
        throw failureOf(failed);
      }
    }
  }

  /**
   * Says that the drive takes nothing.
   *
   * @throws IOException if it has not for so long that nobody is to wait
   */
  public void checkDrive() throws IOException {
    if (patience.isExhausted()) {
      throw patience.failure();
    }
  }

  /**
   * Says that the drive takes nothing now, rather than what follows from it.
   *
   * @throws IOException if it has not taken anything for a while
   */
  public void checkDriveNow() throws IOException {
    if (patience.isStalled(NOW_MILLIS) || patience.isExhausted()) {
      throw patience.failure();
    }
  }

  private static IOException failureOf(ExecutionException failed) {
    Throwable cause = failed.getCause();
    if (cause instanceof RuntimeException broken) {
      throw broken;
    }
    if (cause instanceof Error broken) {
      throw broken;
    }
    return cause instanceof IOException io ? io : new IOException(cause);
  }
}
