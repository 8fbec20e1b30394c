// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.logging;

import ch.qos.logback.classic.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import zonefsj.device.spec.NearestName;
import zonefsj.fs.cli.options.UsageError;

/**
 * The log target of this process. Set it before the first logger is created. In a process that sets
 * none, like a test, Logback configures itself.
 *
 * @param file log file; null: standard error
 * @param level lowest level that is logged
 */
public record LogTarget(@Nullable Path file, Level level) {
  /** Environment variable that sets the level. */
  public static final String LEVEL_VARIABLE = "ZONEFSJ_LOG_LEVEL";

  private static final List<String> LEVELS =
      List.of("off", "error", "warn", "info", "debug", "trace");
  private static final AtomicReference<LogTarget> CURRENT = new AtomicReference<>();

  /**
   * The requested level.
   *
   * @param environment may hold {@link #LEVEL_VARIABLE}, which takes precedence
   * @param otherwise the level if it does not
   */
  public static Level levelOf(Map<String, String> environment, Level otherwise) throws UsageError {
    String wanted = environment.getOrDefault(LEVEL_VARIABLE, "");
    if (wanted.isBlank()) {
      return otherwise;
    }
    String name = wanted.strip().toLowerCase(Locale.ROOT);
    if (!LEVELS.contains(name)) {
      throw new UsageError(
          LEVEL_VARIABLE
              + "="
              + wanted
              + " is not a level"
              + NearestName.suggestion(name, LEVELS)
              + " (levels: "
              + String.join(", ", LEVELS)
              + ")");
    }
    return Level.toLevel(name);
  }

  /** Makes this the log target of the process. */
  public void use() {
    CURRENT.set(this);
  }

  static @Nullable LogTarget current() {
    return CURRENT.get();
  }
}
