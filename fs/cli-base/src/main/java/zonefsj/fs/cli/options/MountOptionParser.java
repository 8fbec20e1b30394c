// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.util.ArrayList;
import java.util.List;
import zonefsj.device.spec.NearestName;

/**
 * Parses mount options as mount(8) hands them over: one or more comma-separated lists. Of options
 * that contradict each other the last one wins. Each instance parses once.
 */
public final class MountOptionParser {
  private final MountOptionDraft draft = new MountOptionDraft();

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
    parser.draft.remount = options.contains("remount");
    for (String option : options) {
      parser.take(option);
    }
    return parser.draft.finish();
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
        draft.optionsForOthers.add(option);
      }
      return;
    }
    String reason = KnownOptions.NOT_SUPPORTED.get(name);
    if (reason != null) {
      throw new UsageError("mount option '" + name + "' is not supported: " + reason);
    }
    draft.given.add(name);
    if (KnownOptions.KERNEL_FLAGS.contains(name)) {
      DaemonOptions.refuseValue(name, value);
      takeKernelFlag(name);
      return;
    }
    DaemonOptions.Effect effect = DaemonOptions.effectOf(name);
    if (effect == null) {
      throw new UsageError(
          "unknown mount option '"
              + name
              + "', the nearest known one is '"
              + NearestName.of(name, KnownOptions.candidates()).orElseThrow()
              + "'");
    }
    effect.apply(draft, value);
  }

  private boolean isForOthers(String name) {
    return name.startsWith("x-")
        || name.startsWith("X-")
        || KnownOptions.FOR_OTHERS.contains(name)
        || (draft.remount && KnownOptions.SHOWN_BY_KERNEL.contains(name));
  }

  private void takeKernelFlag(String name) {
    draft.kernelFlags.remove(opposite(name));
    draft.kernelFlags.add(name);
  }

  private static String opposite(String flag) {
    return switch (flag) {
      case "async" -> "sync";
      case "sync" -> "async";
      default -> flag.startsWith("no") ? flag.substring(2) : "no" + flag;
    };
  }
}
