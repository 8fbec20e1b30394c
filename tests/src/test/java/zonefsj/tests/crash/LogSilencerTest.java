// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The log is silent as long as anybody wants it to be, and no longer. */
final class LogSilencerTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger("zonefsj");
  private final @Nullable Level before = logger.getLevel();

  @BeforeEach
  void log() {
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void logAsBefore() {
    logger.setLevel(before);
  }

  private void assertLevels(LogSilencer firstClosed, LogSilencer lastClosed) {
    assertThat(logger.getLevel()).isEqualTo(Level.OFF);
    firstClosed.close();
    assertThat(logger.getLevel()).isEqualTo(Level.OFF);
    firstClosed.close();
    assertThat(logger.getLevel()).isEqualTo(Level.OFF);
    lastClosed.close();
    assertThat(logger.getLevel()).isEqualTo(Level.INFO);
  }

  @Test
  void silenceInSilenceEndsWithTheOuterOne() {
    LogSilencer outer = new LogSilencer();
    assertLevels(new LogSilencer(), outer);
  }

  @Test
  void whoeverEndsLastEndsTheSilence() {
    LogSilencer first = new LogSilencer();
    assertLevels(first, new LogSilencer());
  }
}
