// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open of a drive, or a look at it, on a thread of its own: it may take without an end. What is
 * opened after the attempt was abandoned is closed at once.
 *
 * @param <T> what is opened
 */
final class OpenAttempt<T extends Closeable> extends FutureTask<T> {
  private static final Logger LOG = LoggerFactory.getLogger(OpenAttempt.class);
  private static final long LOOK_MILLIS = 20;

  /** An open that is waited for, and takes longer, is one of a drive that does not answer. */
  private static final long MAX_MILLIS = 60_000;

  private volatile boolean abandoned;
  private final AtomicBoolean closed = new AtomicBoolean();

  private OpenAttempt(Callable<T> open) {
    super(open);
  }

  static <T extends Closeable> OpenAttempt<T> start(Callable<T> open) {
    OpenAttempt<T> attempt = new OpenAttempt<>(open);
    Thread thread = new Thread(attempt, "mirror-open");
    thread.setDaemon(true);
    thread.start();
    return attempt;
  }

  /**
   * Waits for what is opened.
   *
   * @param withinMillis longest wait
   * @param isStopping whether the wait is over
   * @return empty if it is not open yet
   * @throws IOException why it cannot be opened
   */
  Optional<T> await(long withinMillis, BooleanSupplier isStopping)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + withinMillis * 1_000_000;
    while (!isStopping.getAsBoolean()) {
      try {
        return Optional.of(get(LOOK_MILLIS, TimeUnit.MILLISECONDS));
      } catch (ExecutionException failed) {
        throw LimitedMember.rethrown(failed.getCause());
      } catch (TimeoutException notYet) {
        LOG.trace("a member is not open yet", notYet);
        if (System.nanoTime() - end >= 0) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /** Waits for what is opened, and abandons it if that takes too long. */
  static <T extends Closeable> T openSoon(Callable<T> open) throws IOException {
    return openWithin(MAX_MILLIS, open);
  }

  static <T extends Closeable> T openWithin(long millis, Callable<T> open) throws IOException {
    OpenAttempt<T> attempt = start(open);
    try {
      Optional<T> opened = attempt.await(millis, () -> false);
      if (opened.isPresent()) {
        return opened.orElseThrow();
      }
    } catch (InterruptedException e) {
      attempt.abandon();
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
    attempt.abandon();
    throw new IOException("it does not answer");
  }

  void abandon() {
    abandoned = true;
    if (isDone()) {
      closeResult();
    }
  }

  @Override
  protected void done() {
    if (abandoned) {
      closeResult();
    }
  }

  private void closeResult() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      get().close();
    } catch (IOException | ExecutionException | CancellationException e) {
      LOG.debug("a member that is not needed any more", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
