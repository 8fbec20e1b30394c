// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.TriggeringPolicyBase;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.File;
import java.nio.file.Path;
import zonefsj.fs.ClockText;

/**
 * Sets up Logback from {@link LogTarget}. It does so in code: reading a configuration file would
 * take longer than most commands do. Logback finds this class by its service entry. A file that the
 * system property {@code logback.configurationFile} names takes precedence.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {
  private static final String OURS = "zonefsj";
  private static final String HTTP_SERVER = "org.eclipse.jetty";
  private static final long MAX_FILE_BYTES = 10 << 20;
  // What may not reach a terminal, but for tab and line feed.
  private static final String CONTROLS =
      "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069";
  // File names can contain any bytes. An event must stay on one line whatever it contains, but for
  // its stack trace, whose further lines begin with a tab or with "Caused by: ".
  static final String PATTERN =
      "%d{"
          + ClockText.PATTERN
          + "} %-5level [%thread] %logger{24} - "
          + "%replace(%replace(%msg){'[\\r\\n]+', ' | '}){'[\\t"
          + CONTROLS
          + "]', '?'}%n"
          + "%replace(%replace(%ex){'[\\r\\n]+(?!\\t|Caused by: |$)', ' | '}){'["
          + CONTROLS
          + "]', '?'}%nopex";

  /** Logback calls this method. */
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    LogTarget target = LogTarget.current();
    if (target == null || System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    // Libraries that speak with servers log passwords and the content of files below this.
    root.setLevel(target.level().isGreaterOrEqual(Level.INFO) ? target.level() : Level.INFO);
    context.getLogger(OURS).setLevel(target.level());
    // It tells each connection beyond its limit.
    context
        .getLogger(HTTP_SERVER)
        .setLevel(target.level().isGreaterOrEqual(Level.WARN) ? target.level() : Level.WARN);
    if (!target.level().equals(Level.OFF)) {
      Path file = target.file();
      root.addAppender(start(context, file == null ? toStandardError() : toFile(context, file)));
    }
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static OutputStreamAppender<ILoggingEvent> toStandardError() {
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setTarget("System.err");
    return console;
  }

  private static OutputStreamAppender<ILoggingEvent> toFile(LoggerContext context, Path file) {
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setFile(file.toString());
    NumberedFiles numbers = new NumberedFiles();
    numbers.setContext(context);
    numbers.setParent(appender);
    numbers.start();
    LongFileTrigger trigger = new LongFileTrigger();
    trigger.setContext(context);
    trigger.start();
    appender.setRollingPolicy(numbers);
    appender.setTriggeringPolicy(trigger);
    return appender;
  }

  /**
   * Looks at the length of the file before each event. The one of Logback looks after intervals of
   * the clock, which may be set back.
   */
  private static final class LongFileTrigger extends TriggeringPolicyBase<ILoggingEvent> {
    @Override
    public boolean isTriggeringEvent(File activeFile, ILoggingEvent event) {
      return activeFile.length() >= MAX_FILE_BYTES;
    }
  }

  private static OutputStreamAppender<ILoggingEvent> start(
      LoggerContext context, OutputStreamAppender<ILoggingEvent> appender) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(PATTERN);
    encoder.start();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }
}
