// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.VolumeOptions;

/**
 * Parses mount options as mount(8) hands them over: one or more comma-separated lists. Of options
 * that contradict each other the last one wins. Each instance parses once.
 */
public final class MountOptionParser {
  private static final Duration MIN_COMMIT = Duration.ofMillis(100);
  private static final Duration MAX_COMMIT = Duration.ofHours(1);
  private static final long MIN_CACHE_BYTES = 1 << 20;
  private static final long MIN_DIRTY_BYTES = 4 << 20;

  private boolean readOnly = VolumeOptions.DEFAULT.readOnly();
  private Duration commitInterval = VolumeOptions.DEFAULT.commitInterval();
  private @Nullable Path indexDirectory;
  private long cacheBytes = VolumeOptions.DEFAULT.cacheBytes();
  private long dirtyBytes = VolumeOptions.DEFAULT.dirtyBytes();
  private VolumeOptions.AccessTimes accessTimes = VolumeOptions.DEFAULT.accessTimes();
  private VolumeOptions.ErrorPolicy errors = VolumeOptions.DEFAULT.errors();
  private TransportChoice transport = TransportChoice.AUTO;
  private boolean writeback;
  private boolean autoUnmount;
  private @Nullable Boolean allowOther;
  private boolean nonEmpty;
  private boolean remount;
  private final Map<String, String> gcOptionTexts = new LinkedHashMap<>();
  private final Set<String> kernelFlags = new LinkedHashSet<>();
  private final List<String> optionsForOthers = new ArrayList<>();
  private final Set<String> given = new LinkedHashSet<>();

  private MountOptionParser() {}

  /**
   * Parses options.
   *
   * @param lists the values of all {@code -o}, in order
   * @throws UsageError with a message for the first wrong option
   */
  public static MountOptions parse(List<String> lists) throws UsageError {
    MountOptionParser parser = new MountOptionParser();
    List<String> options = new ArrayList<>();
    for (String list : lists) {
      options.addAll(split(list));
    }
    // A remount accepts options of the kernel that are refused otherwise.
    parser.remount = options.contains("remount");
    for (String option : options) {
      parser.take(option);
    }
    return parser.result();
  }

  /** Splits at commas. A comma after a backslash or within double quotes belongs to the value. */
  static List<String> split(String list) {
    List<String> options = new ArrayList<>();
    StringBuilder option = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (c == '\\' && i + 1 < list.length() && ",\\\"".indexOf(list.charAt(i + 1)) >= 0) {
        option.append(list.charAt(++i));
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        options.add(option.toString());
        option.setLength(0);
      } else {
        option.append(c);
      }
    }
    options.add(option.toString());
    options.removeIf(String::isEmpty);
    return options;
  }

  /** Names of all known options, including those that are refused with a reason. */
  public static List<String> names() {
    List<String> names = new ArrayList<>(KnownOptions.candidates());
    names.addAll(KnownOptions.NOT_SUPPORTED.keySet());
    return names;
  }

  /** Escapes a value so that {@link #parse} returns it unchanged. */
  public static String escape(String value) {
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("\"", "\\\"");
  }

  private void take(String option) throws UsageError {
    int equals = option.indexOf('=');
    String name = equals < 0 ? option : option.substring(0, equals);
    String value = equals < 0 ? null : option.substring(equals + 1);
    if (isForOthers(name)) {
      if (KnownOptions.isKeptForOthers(name)) {
        optionsForOthers.add(option);
      }
      return;
    }
    String reason = KnownOptions.NOT_SUPPORTED.get(name);
    if (reason != null) {
      throw new UsageError("mount option '" + name + "' is not supported: " + reason);
    }
    given.add(name);
    if (KnownOptions.KERNEL_FLAGS.contains(name)) {
      refuseValue(name, value);
      takeKernelFlag(name);
    } else if (!takeFlag(name, value)) {
      takeValue(name, value);
    }
  }

  private boolean isForOthers(String name) {
    return name.startsWith("x-")
        || name.startsWith("X-")
        || KnownOptions.FOR_OTHERS.contains(name)
        || (remount && KnownOptions.SHOWN_BY_KERNEL.contains(name));
  }

  private void takeKernelFlag(String name) {
    kernelFlags.remove(opposite(name));
    kernelFlags.add(name);
  }

  private static String opposite(String flag) {
    return switch (flag) {
      case "async" -> "sync";
      case "sync" -> "async";
      default -> flag.startsWith("no") ? flag.substring(2) : "no" + flag;
    };
  }

  private boolean takeFlag(String name, @Nullable String value) throws UsageError {
    switch (name) {
      case "ro" -> readOnly = true;
      case "rw" -> readOnly = false;
      case "noatime" -> accessTimes = VolumeOptions.AccessTimes.NONE;
      case "relatime" -> accessTimes = VolumeOptions.AccessTimes.RELATIVE;
      case "strictatime" -> accessTimes = VolumeOptions.AccessTimes.STRICT;
      case "allow_other" -> allowOther = true;
      case "nonempty" -> nonEmpty = true;
      case "writeback" -> writeback = true;
      case "auto_unmount" -> autoUnmount = true;
      case "remount", "default_permissions" -> {
        // The parser has seen remount already. With default_permissions the kernel checks
        // permissions, as it always does here.
      }
      default -> {
        return false;
      }
    }
    refuseValue(name, value);
    return true;
  }

  private void takeValue(String name, @Nullable String value) throws UsageError {
    if (!KnownOptions.OBEYED.contains(name)) {
      throw new UsageError(
          "unknown mount option '"
              + name
              + "', the nearest known one is '"
              + NearestName.of(name, KnownOptions.candidates()).orElseThrow()
              + "'");
    }
    if (value == null || value.isEmpty()) {
      throw new UsageError("mount option '" + name + "' needs a value: " + name + "=…");
    }
    switch (name) {
      case "commit" -> commitInterval = OptionValues.duration(name, value, MIN_COMMIT, MAX_COMMIT);
      case "meta" -> indexDirectory = directory(name, value);
      case "cache" -> cacheBytes = OptionValues.size(name, value, MIN_CACHE_BYTES);
      case "dirty" -> dirtyBytes = OptionValues.size(name, value, MIN_DIRTY_BYTES);
      case "errors" -> errors = errorPolicy(value);
      case "transport" -> transport = TransportChoice.of(value);
      default -> gcOptionTexts.put(name, value);
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

  private static void refuseValue(String name, @Nullable String value) throws UsageError {
    if (value != null) {
      throw new UsageError("mount option '" + name + "' takes no value, but has '" + value + "'");
    }
  }

  private MountOptions result() throws UsageError {
    if (writeback && transport == TransportChoice.JNR_FUSE) {
      throw new UsageError("writeback needs transport=direct: libfuse 2 has no such thing");
    }
    return new MountOptions(
        readOnly,
        commitInterval,
        indexDirectory,
        cacheBytes,
        dirtyBytes,
        accessTimes,
        errors,
        GcOptionText.apply(VolumeOptions.GcOptions.DEFAULT, gcOptionTexts),
        transport,
        writeback,
        autoUnmount,
        allowOther,
        nonEmpty,
        List.copyOf(kernelFlags),
        List.copyOf(optionsForOthers),
        remount,
        Map.copyOf(gcOptionTexts),
        Set.copyOf(given));
  }
}
