// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Silences the filesystem while thousands of crashes would each log what a crash leaves: from the
 * first silencer that is made to the last that is closed, in whatever order and by whatever threads
 * they are closed.
 */
public final class LogSilencer implements AutoCloseable {
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger("zonefsj");

  private static int open;
  private static @Nullable Level before;

  private final AtomicBoolean closed = new AtomicBoolean();

  /** Silent from now on. */
  public LogSilencer() {
    begin();
  }

  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      end();
    }
  }

  private static synchronized void begin() {
    if (open++ == 0) {
      before = LOGGER.getLevel();
      LOGGER.setLevel(Level.OFF);
    }
  }

  private static synchronized void end() {
    if (--open == 0) {
      LOGGER.setLevel(before);
    }
  }
}
