// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ThreadGuard;

/**
 * Logs each minute where the thread is that closes a volume, because a slow drive may need any time
 * for the data in memory.
 *
 * <p>Created and closed by that thread; a thread of its own logs.
 */
final class UnmountWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UnmountWatch.class);
  private static final Duration INTERVAL = Duration.ofMinutes(1);
  private static final int MOST_FRAMES = 20;

  private final Thread closing = Thread.currentThread();
  private final Duration interval;
  private final Consumer<String> log;
  private final Thread watcher;

  UnmountWatch() {
    this(INTERVAL, where -> LOG.warn("the unmount is at {}", where));
  }

  UnmountWatch(Duration interval, Consumer<String> log) {
    this.interval = interval;
    this.log = log;
    this.watcher = ThreadGuard.LOGGING.thread("zonefsj-unmount-watch", this::watch);
    try {
      watcher.start();
    } catch (OutOfMemoryError noThread) {
      LOG.warn("nothing watches the unmount", noThread);
    }
  }

  private void watch() {
    while (true) {
      try {
        Thread.sleep(interval.toMillis());
      } catch (InterruptedException closed) {
        return;
      }
      log.accept(
          Arrays.stream(closing.getStackTrace())
              .limit(MOST_FRAMES)
              .map(StackTraceElement::toString)
              .collect(Collectors.joining(" < ")));
    }
  }

  @Override
  public void close() {
    watcher.interrupt();
  }
}
