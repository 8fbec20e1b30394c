// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.core.FileAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.cli.options.UsageError;

/** Levels and the rolling of log files. */
final class LoggingTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Test
  void theLevelComesFromTheEnvironment() throws UsageError {
    assertThat(LogTarget.levelOf(Map.of(), Level.INFO)).isEqualTo(Level.INFO);
    assertThat(LogTarget.levelOf(Map.of("ZONEFSJ_LOG_LEVEL", ""), Level.INFO))
        .isEqualTo(Level.INFO);
    assertThat(LogTarget.levelOf(Map.of("ZONEFSJ_LOG_LEVEL", " Debug "), Level.INFO))
        .isEqualTo(Level.DEBUG);
    assertThat(LogTarget.levelOf(Map.of("ZONEFSJ_LOG_LEVEL", "off"), Level.INFO))
        .isEqualTo(Level.OFF);
  }

  @Test
  void aLevelThatDoesNotExistIsRefusedWithTheNearest() {
    assertThatThrownBy(() -> LogTarget.levelOf(Map.of("ZONEFSJ_LOG_LEVEL", "debg"), Level.INFO))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("ZONEFSJ_LOG_LEVEL=debg")
        .hasMessageContaining("did you mean 'debug'?");
  }

  @Test
  void oldFilesAreNumberedAndTheOldestIsForgotten() throws IOException {
    // A name that Logback's own patterns would trip over.
    Path log = Files.createDirectory(directory.resolve("50% (a)")).resolve("x.log");
    FileAppender<Object> appender = new FileAppender<>();
    appender.setFile(log.toString());
    NumberedFiles numbers = new NumberedFiles();
    numbers.setParent(appender);
    assertThat(numbers.getActiveFileName()).isEqualTo(log.toString());
    for (int i = 1; i <= 5; i++) {
      Files.writeString(log, "file " + i);
      Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rw-------"));
      numbers.rollover();
    }
    assertThat(log).isEmptyFile();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
        .isEqualTo("rw-------");
    assertThat(log.resolveSibling("x.log.1")).hasContent("file 5");
    assertThat(log.resolveSibling("x.log.2")).hasContent("file 4");
    assertThat(log.resolveSibling("x.log.3")).hasContent("file 3");
    assertThat(log.resolveSibling("x.log.4")).doesNotExist();
  }
}
