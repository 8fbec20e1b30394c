// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.FileAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
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

  @Test
  void namesInAnEventForgeNoOtherEventAndReachNoTerminal() {
    LoggerContext context = new LoggerContext();
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.setPattern(LogConfigurator.PATTERN);
    layout.start();
    IOException failure =
        new IOException("e\u001b[31m\n2026 WARN\r\n2027 WARN", new IOException("f\u009bg\n2028"));
    LoggingEvent event =
        new LoggingEvent(
            "", context.getLogger("zonefsj.X"), Level.WARN, "m\u001b\tn\no", failure, null);
    String text = layout.doLayout(event);
    List<String> lines = text.lines().toList();
    assertThat(lines.get(0)).endsWith(" - m??n | o");
    assertThat(lines.get(1)).isEqualTo("java.io.IOException: e?[31m | 2026 WARN | 2027 WARN");
    assertThat(lines).contains("Caused by: java.io.IOException: f?g | 2028");
    assertThat(lines.stream().skip(2))
        .allMatch(line -> line.startsWith("\t") || line.startsWith("Caused by: "));
    assertThat(text).endsWith("\n").doesNotEndWith("\n\n").doesNotContain("\u001b", "\u009b");
    assertThat(
            layout.doLayout(
                new LoggingEvent("", context.getLogger("zonefsj.X"), Level.WARN, "p", null, null)))
        .endsWith(" - p\n")
        .hasLineCount(1);
  }
}
