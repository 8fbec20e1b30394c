// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** Silences the filesystem while thousands of crashes would each log what a crash leaves. */
public final class LogSilencer implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger("zonefsj");
  private final Level before = logger.getLevel();

  /** Silent from now on. */
  public LogSilencer() {
    logger.setLevel(Level.OFF);
  }

  @Override
  public void close() {
    logger.setLevel(before);
  }
}
