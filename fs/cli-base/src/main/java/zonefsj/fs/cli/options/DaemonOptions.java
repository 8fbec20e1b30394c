// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.VolumeOptions;

/**
 * The options that zonefs-j itself applies: each name together with its effect, so that none has
 * the one without the other.
 */
final class DaemonOptions {
  /** The effect of an option. */
  @FunctionalInterface
  interface Effect {
    /**
     * Applies the option.
     *
     * @param value null without an equals sign
     * @throws UsageError if the value is wrong, missing or too much
     */
    void apply(MountOptionDraft draft, @Nullable String value) throws UsageError;
  }

  /** Parses a value and applies it. */
  @FunctionalInterface
  private interface ValueEffect {
    void apply(MountOptionDraft draft, String name, String value) throws UsageError;
  }

  private static final Duration MIN_COMMIT = Duration.ofMillis(100);
  private static final Duration MAX_COMMIT = Duration.ofHours(1);
  private static final long MIN_CACHE_BYTES = 1 << 20;
  private static final long MIN_DIRTY_BYTES = 4 << 20;

  /** In the order in which they are suggested. */
  private static final Map<String, Effect> EFFECTS = new LinkedHashMap<>();

  static {
    flag("ro", draft -> draft.readOnly = true);
    flag("rw", draft -> draft.readOnly = false);
    value(
        "commit",
        (draft, name, value) ->
            draft.commitInterval = OptionValues.duration(name, value, MIN_COMMIT, MAX_COMMIT));
    value("meta", (draft, name, value) -> draft.indexDirectory = directory(name, value));
    value(
        "cache",
        (draft, name, value) -> draft.cacheBytes = OptionValues.size(name, value, MIN_CACHE_BYTES));
    value(
        "dirty",
        (draft, name, value) -> draft.dirtyBytes = OptionValues.size(name, value, MIN_DIRTY_BYTES));
    for (String gc : GcOptionText.NAMES) {
      value(gc, (draft, name, value) -> draft.gcOptionTexts.put(name, value));
    }
    value(
        "streams", (draft, name, value) -> draft.dataStreams = ZoneLimitText.streams(name, value));
    value(
        "max_active",
        (draft, name, value) -> draft.maxActiveZones = ZoneLimitText.activeZones(name, value));
    value("errors", (draft, name, value) -> draft.errors = errorPolicy(value));
    value("transport", (draft, name, value) -> draft.transport = TransportChoice.of(value));
    flag("writeback", draft -> draft.writeback = true);
    flag("auto_unmount", draft -> draft.autoUnmount = true);
    flag("noatime", draft -> draft.accessTimes = VolumeOptions.AccessTimes.NONE);
    flag("relatime", draft -> draft.accessTimes = VolumeOptions.AccessTimes.RELATIVE);
    flag("strictatime", draft -> draft.accessTimes = VolumeOptions.AccessTimes.STRICT);
    flag("allow_other", draft -> draft.allowOther = true);
    // The kernel checks permissions, as it always does here.
    flag("default_permissions", draft -> {});
    flag("nonempty", draft -> draft.nonEmpty = true);
    flag("remount", draft -> draft.remount = true);
  }

  private DaemonOptions() {}

  private static void flag(String name, Consumer<MountOptionDraft> effect) {
    EFFECTS.put(
        name,
        (draft, value) -> {
          refuseValue(name, value);
          effect.accept(draft);
        });
  }

  private static void value(String name, ValueEffect effect) {
    EFFECTS.put(
        name,
        (draft, value) -> {
          if (value == null || value.isEmpty()) {
            throw new UsageError("mount option '" + name + "' needs a value: " + name + "=…");
          }
          effect.apply(draft, name, value);
        });
  }

  /** All names, in the order in which they are suggested. */
  static List<String> names() {
    return List.copyOf(EFFECTS.keySet());
  }

  /** The effect of an option; null if it is not one of these. */
  static @Nullable Effect effectOf(String name) {
    return EFFECTS.get(name);
  }

  /** Refuses the value of an option that takes none. */
  static void refuseValue(String name, @Nullable String value) throws UsageError {
    if (value != null) {
      throw new UsageError("mount option '" + name + "' takes no value, but has '" + value + "'");
    }
  }

  private static VolumeOptions.ErrorPolicy errorPolicy(String value) throws UsageError {
    return switch (value) {
      case "remount-ro" -> VolumeOptions.ErrorPolicy.REMOUNT_READ_ONLY;
      case "continue" -> VolumeOptions.ErrorPolicy.CONTINUE;
      default -> throw new UsageError("errors=" + value + ": give remount-ro or continue");
    };
  }

  private static Path directory(String name, String value) throws UsageError {
    try {
      return Path.of(value).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new UsageError(name + "=" + value + ": not a path: " + e.getReason());
    }
  }
}
