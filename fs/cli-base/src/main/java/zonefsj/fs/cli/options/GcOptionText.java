// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import zonefsj.device.ByteSize;
import zonefsj.device.spec.NearestName;
import zonefsj.fs.VolumeOptions.GcOptions;
import zonefsj.fs.VolumeOptions.GcPolicy;

/** The collector's options as text. */
public final class GcOptionText {
  /** Names of the options. */
  public static final List<String> NAMES =
      List.of("gc_policy", "gc_start", "gc_urgent", "gc_reserve", "gc_rate", "gc_idle");

  /**
   * Names of the options that can change on a live mount. The reserve cannot: space is divided at
   * mount time.
   */
  public static final List<String> LIVE_NAMES =
      NAMES.stream().filter(name -> !name.equals("gc_reserve")).toList();

  private static final String AUTO = "auto";
  private static final int MAX_RESERVE_ZONES = 1_000_000;
  private static final Duration MAX_IDLE = Duration.ofDays(1);

  private GcOptionText() {}

  /**
   * Changes some options of a live mount.
   *
   * @param before the options before the change
   * @param settings values by name
   * @throws UsageError if an option cannot be changed, or as {@link #apply}
   */
  public static GcOptions applyLive(GcOptions before, Map<String, String> settings)
      throws UsageError {
    for (String name : settings.keySet()) {
      if (!LIVE_NAMES.contains(name)) {
        throw new UsageError(
            "'"
                + name
                + "' cannot be changed on a live mount, only "
                + String.join(", ", LIVE_NAMES)
                + " can; the nearest is '"
                + NearestName.of(name, LIVE_NAMES).orElseThrow()
                + "'");
      }
    }
    return apply(before, settings);
  }

  /**
   * Changes some options.
   *
   * @param before the options before the change
   * @param settings values by name; the names are among {@link #NAMES}
   * @throws UsageError if a value is wrong, or the values contradict each other
   */
  static GcOptions apply(GcOptions before, Map<String, String> settings) throws UsageError {
    GcPolicy policy = before.policy();
    int start = before.startPercent();
    int urgent = before.urgentPercent();
    int reserve = before.reserveZones();
    long rate = before.bytesPerSecond();
    Duration idle = before.idleDelay();
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      String name = setting.getKey();
      String value = setting.getValue();
      switch (name) {
        case "gc_policy" -> policy = OptionValues.choice(name, value, GcPolicy.class);
        case "gc_start" -> start = percentOrAuto(name, value);
        case "gc_urgent" -> urgent = percentOrAuto(name, value);
        case "gc_reserve" -> reserve = OptionValues.number(name, value, 0, MAX_RESERVE_ZONES);
        case "gc_rate" -> rate = OptionValues.rate(name, value);
        case "gc_idle" -> idle = OptionValues.duration(name, value, Duration.ZERO, MAX_IDLE);
        default -> throw new IllegalArgumentException("not an option of the collector: " + name);
      }
    }
    // If only one of the two is given, it moves the other one, so that it is not refused because of
    // the other's default.
    boolean contradict = start != GcOptions.AUTOMATIC && urgent > start;
    if (contradict && !settings.containsKey("gc_urgent")) {
      urgent = start;
    } else if (contradict && !settings.containsKey("gc_start")) {
      start = urgent;
    } else if (contradict) {
      throw new UsageError(
          "gc_urgent="
              + urgent
              + " is above gc_start="
              + start
              + ": the background collector has to begin before writers are slowed");
    }
    return new GcOptions(policy, start, urgent, reserve, rate, idle);
  }

  private static int percentOrAuto(String name, String value) throws UsageError {
    return value.equals(AUTO) ? GcOptions.AUTOMATIC : OptionValues.percent(name, value);
  }

  private static String percentOrAuto(int percent) {
    return percent == GcOptions.AUTOMATIC ? AUTO : Integer.toString(percent);
  }

  /** The options as text, in the order of {@link #NAMES}. */
  public static Map<String, String> describe(GcOptions options) {
    Map<String, String> words = new LinkedHashMap<>();
    words.put("gc_policy", OptionValues.word(options.policy()));
    words.put("gc_start", percentOrAuto(options.startPercent()));
    words.put("gc_urgent", percentOrAuto(options.urgentPercent()));
    words.put("gc_reserve", Integer.toString(options.reserveZones()));
    words.put("gc_rate", ByteSize.format(options.bytesPerSecond()));
    words.put("gc_idle", OptionValues.seconds(options.idleDelay()));
    return words;
  }
}
