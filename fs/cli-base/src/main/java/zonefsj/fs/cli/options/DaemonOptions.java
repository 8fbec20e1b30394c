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
  private static final Map<String, Known> OPTIONS = new LinkedHashMap<>();

  /** An option and its effect. */
  private record Known(MountOption option, Effect effect) {}

  static {
    flag(
        live("ro", "", "off", "Mounts read-only; remount,ro makes everything durable first."),
        draft -> draft.readOnly = true);
    flag(live("rw", "", "on", "Mounts read-write."), draft -> draft.readOnly = false);
    value(
        live("commit", "SECONDS", "5", "Makes changes durable at the latest after this time."),
        (draft, name, value) ->
            draft.commitInterval = OptionValues.duration(name, value, MIN_COMMIT, MAX_COMMIT));
    value(
        fixed("meta", "DIR", "by UUID", "Directory of the index on this host."),
        (draft, name, value) -> draft.indexDirectory = directory(name, value));
    value(
        fixed("cache", "SIZE", "32M", "Memory for cached metadata."),
        (draft, name, value) -> draft.cacheBytes = OptionValues.size(name, value, MIN_CACHE_BYTES));
    value(
        live("dirty", "SIZE", "64M", "Memory for changes that are not on the drive yet."),
        (draft, name, value) -> draft.dirtyBytes = OptionValues.size(name, value, MIN_DIRTY_BYTES));
    for (MountOption gc : GcOptionText.OPTIONS) {
      value(gc, (draft, name, value) -> draft.gcOptionTexts.put(name, value));
    }
    value(
        fixed("streams", "auto|NUMBER", "auto", "Limits the zones that take file data at a time."),
        (draft, name, value) -> draft.dataStreams = ZoneLimitText.streams(name, value));
    value(
        fixed("max_active", "auto|ZONES", "auto", "Limits the zones that are active at a time."),
        (draft, name, value) -> draft.maxActiveZones = ZoneLimitText.activeZones(name, value));
    value(
        live("errors", "remount-ro|continue", "remount-ro", "What a failed commit leads to."),
        (draft, name, value) -> draft.errors = errorPolicy(value));
    value(
        live(
            LiveOptionText.METRICS,
            "HOST:PORT|unix:PATH|off",
            MetricsAddress.OFF,
            "Serves metrics and a page about the mount, by HTTP."),
        (draft, name, value) -> draft.metrics = MetricsAddress.parse(value));
    value(
        fixed("transport", "auto|direct|jnr-fuse", "auto", "How the daemon talks to the kernel."),
        (draft, name, value) -> draft.transport = TransportChoice.of(value));
    flag(
        fixed("writeback", "", "off", "Lets the kernel keep writes in its page cache."),
        draft -> draft.writeback = true);
    flag(
        fixed("auto_unmount", "", "off", "Unmounts as soon as the daemon dies."),
        draft -> draft.autoUnmount = true);
    flag(
        live("noatime", "", "off", "Never updates access times."),
        draft -> draft.accessTimes = VolumeOptions.AccessTimes.NONE);
    flag(
        live("relatime", "", "on", "Updates access times older than the last change or a day."),
        draft -> draft.accessTimes = VolumeOptions.AccessTimes.RELATIVE);
    flag(
        live("strictatime", "", "off", "Updates access times at every read."),
        draft -> draft.accessTimes = VolumeOptions.AccessTimes.STRICT);
    flag(
        fixed("nodiratime", "", "off", "Never updates access times of directories."),
        draft -> draft.directoryAccessTimes = false);
    flag(
        fixed("diratime", "", "on", "Updates access times of directories as those of files."),
        draft -> draft.directoryAccessTimes = true);
    flag(
        fixed("allow_other", "", "on for root", "Allows access by other users."),
        draft -> draft.allowOther = true);
    // The kernel checks permissions, as it always does here.
    flag(fixed("default_permissions", "", "on", "The kernel checks permissions."), draft -> {});
    flag(
        fixed("nonempty", "", "off", "Mounts over a directory that is not empty."),
        draft -> draft.nonEmpty = true);
    flag(
        fixed("remount", "", "off", "Changes options of a live mount."),
        draft -> draft.remount = true);
  }

  private DaemonOptions() {}

  private static MountOption live(
      String name, String values, String byDefault, String description) {
    return new MountOption(name, values, byDefault, true, description);
  }

  private static MountOption fixed(
      String name, String values, String byDefault, String description) {
    return new MountOption(name, values, byDefault, false, description);
  }

  private static void flag(MountOption option, Consumer<MountOptionDraft> effect) {
    put(
        option,
        (draft, value) -> {
          refuseValue(option.name(), value);
          effect.accept(draft);
        });
  }

  private static void value(MountOption option, ValueEffect effect) {
    String name = option.name();
    put(
        option,
        (draft, value) -> {
          if (value == null || value.isEmpty()) {
            throw new UsageError("mount option '" + name + "' needs a value: " + name + "=…");
          }
          effect.apply(draft, name, value);
        });
  }

  private static void put(MountOption option, Effect effect) {
    OPTIONS.put(option.name(), new Known(option, effect));
  }

  /** All of them, in the order in which they are suggested. */
  static List<MountOption> all() {
    return OPTIONS.values().stream().map(Known::option).toList();
  }

  /** All names, in the order in which they are suggested. */
  static List<String> names() {
    return List.copyOf(OPTIONS.keySet());
  }

  /** The effect of an option; null if it is not one of these. */
  static @Nullable Effect effectOf(String name) {
    Known known = OPTIONS.get(name);
    return known == null ? null : known.effect();
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
