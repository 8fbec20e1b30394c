// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import zonefsj.device.ByteSize;
import zonefsj.fs.VolumeOptions.GcOptions;
import zonefsj.fs.VolumeOptions.GcPolicy;

/** The collector's options as text. */
public final class GcOptionText {
  /** The options. The reserve cannot change live: space is divided at mount time. */
  static final List<MountOption> OPTIONS =
      List.of(
          live(
              "gc_policy",
              "auto|greedy|cost-benefit|mdc",
              "auto",
              "How the collector selects victims."),
          live("gc_start", "auto|PERCENT", "auto", "Free zones below which it works."),
          live("gc_urgent", "auto|PERCENT", "auto", "Free zones below which writers are slowed."),
          new MountOption(
              "gc_reserve", "ZONES", "0", false, "Zones that only the collector takes; 0: auto."),
          live("gc_rate", "SIZE/s", "0", "Limit of the bytes that it moves; 0: none."),
          live("gc_idle", "SECONDS", "10", "Quiet time after which it works anyway; 0: never."));

  private static final String AUTO = "auto";
  private static final int MAX_RESERVE_ZONES = 1_000_000;
  private static final Duration MAX_IDLE = Duration.ofDays(1);

  private GcOptionText() {}

  private static MountOption live(
      String name, String values, String byDefault, String description) {
    return new MountOption(name, values, byDefault, true, description);
  }

  /**
   * Changes some options.
   *
   * @param before the options before the change
   * @param settings values by name; the names are among {@link #OPTIONS}
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

  /** The options as text, in the order of {@link #OPTIONS}. */
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
