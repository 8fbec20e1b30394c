// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/**
 * Keeps what the filesystem logs as an error in this process, and what ends a thread of it; nothing
 * is printed meanwhile, unless {@code zonefsj.soak.log} is true. Thread-safe.
 */
final class ExceptionWatch implements AutoCloseable {
  private static final int MOST = 20;
  private static final int LAST_WARNINGS = 5;

  private volatile boolean paused;
  private final Logger logger = (Logger) LoggerFactory.getLogger("zonefsj");
  private final Level before = logger.getLevel();
  private final boolean additive = logger.isAdditive();
  private final List<String> words = new ArrayList<>();
  private final Deque<String> warnings = new ArrayDeque<>();
  private final List<String> deaths = new CopyOnWriteArrayList<>();
  private final Thread.UncaughtExceptionHandler handlerBefore =
      Thread.getDefaultUncaughtExceptionHandler();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          IThrowableProxy thrown = event.getThrowableProxy();
          addWarning(event.getFormattedMessage());
          if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
            add(
                event.getFormattedMessage()
                    + (thrown == null
                        ? ""
                        : ": " + thrown.getClassName() + ": " + thrown.getMessage()));
          }
        }
      };

  ExceptionWatch() {
    appender.setContext(logger.getLoggerContext());
    appender.start();
    logger.setLevel(Level.WARN);
    logger.setAdditive(Boolean.getBoolean("zonefsj.soak.log"));
    logger.addAppender(appender);
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failed) -> {
          StringBuilder where = new StringBuilder();
          for (StackTraceElement frame : failed.getStackTrace()) {
            where.append("\n    ").append(frame);
          }
          deaths.add("thread " + thread.getName() + " ended by " + failed + where);
        });
  }

  private void addWarning(String line) {
    synchronized (warnings) {
      warnings.add(line);
      if (warnings.size() > LAST_WARNINGS) {
        warnings.remove();
      }
    }
  }

  /** The last warnings and errors, a line each. */
  String lastWarnings() {
    synchronized (warnings) {
      return String.join("\n  ", warnings);
    }
  }

  private void add(String line) {
    synchronized (words) {
      if (!paused && words.size() < MOST) {
        words.add(line);
      }
    }
  }

  /** What ended threads. */
  List<String> deaths() {
    return deaths;
  }

  /** What is said from now on is expected. */
  void pause() {
    paused = true;
  }

  /** It is not any more. */
  void resume() {
    paused = false;
  }

  /** Errors that were logged. */
  List<String> words() {
    synchronized (words) {
      return List.copyOf(words);
    }
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    logger.setLevel(before);
    logger.setAdditive(additive);
    Thread.setDefaultUncaughtExceptionHandler(handlerBefore);
  }
}
