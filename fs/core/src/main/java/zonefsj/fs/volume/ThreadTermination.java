// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.volume.state.VolumeHealth;

/**
 * Waits for the threads of a volume at its end, and logs each minute for whom and where it is. A
 * slow drive may need any time for the data in memory, and what is not written yet is not durable:
 * only a volume that can make nothing durable any more leaves a thread that writes.
 *
 * <p>Used by the thread that closes the volume.
 */
final class ThreadTermination {
  private static final Logger LOG = LoggerFactory.getLogger(ThreadTermination.class);
  private static final long MINUTE_MILLIS = 60_000;
  private static final long POLL_MILLIS = 100;

  private final VolumeHealth health;
  private final LongSupplier elapsedMillis;

  /**
   * @param health whether anything can still be made durable
   * @param elapsedMillis milliseconds since some instant
   */
  ThreadTermination(VolumeHealth health, LongSupplier elapsedMillis) {
    this.health = health;
    this.elapsedMillis = elapsedMillis;
  }

  /** Waits until a thread has ended, however long that takes: it may use what is closed next. */
  void await(Thread thread) throws InterruptedException {
    long sinceMillis = elapsedMillis.getAsLong();
    do {
      thread.join(POLL_MILLIS);
      if (thread.isAlive()) {
        sinceMillis = report(thread.getName(), thread.getStackTrace(), sinceMillis);
      }
    } while (thread.isAlive());
  }

  /**
   * Waits until threads that get no more tasks have written all.
   *
   * @throws IOException if they have not after a minute, and the volume is read-only
   */
  void await(String name, ExecutorService threads) throws IOException, InterruptedException {
    long sinceMillis = elapsedMillis.getAsLong();
    while (!threads.awaitTermination(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
      long reportedMillis = report(name, new StackTraceElement[0], sinceMillis);
      if (reportedMillis != sinceMillis && health.isReadOnly()) {
        throw new IOException("the drive does not finish its writes");
      }
      sinceMillis = reportedMillis;
    }
  }

  /** Logs once a minute; returns when it did last. */
  private long report(String name, StackTraceElement[] stack, long sinceMillis) {
    long nowMillis = elapsedMillis.getAsLong();
    if (nowMillis - sinceMillis < MINUTE_MILLIS) {
      return sinceMillis;
    }
    LOG.warn("the unmount waits for {}, which has not ended yet", name);
    if (stack.length > 0) {
      LOG.warn("{} is at {}", name, List.of(stack));
    }
    return nowMillis;
  }
}
