// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.util.LinkedHashMap;
import java.util.Map;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneLimits;

/** The limits of zones that are written at the same time, as text. */
final class ZoneLimitText {
  private static final String AUTO = "auto";
  private static final int MOST_ACTIVE_ZONES = 1_000_000;

  private ZoneLimitText() {}

  static int streams(String name, String value) throws UsageError {
    return value.equals(AUTO)
        ? ZoneLimits.DEFAULT.dataStreams()
        : OptionValues.number(
            name, value, ZoneLimits.LEAST_DATA_STREAMS, ZoneLimits.MOST_DATA_STREAMS);
  }

  /** A drive with a mirrored journal needs one more than the least number here. */
  static int activeZones(String name, String value) throws UsageError {
    return value.equals(AUTO)
        ? ZoneLimits.DEFAULT.activeZones()
        : OptionValues.number(name, value, ZoneAllocator.minActiveZones(1), MOST_ACTIVE_ZONES);
  }

  /** The options as text. */
  static Map<String, String> describe(ZoneLimits limits) {
    Map<String, String> words = new LinkedHashMap<>();
    words.put(
        "streams",
        limits.dataStreams() == ZoneLimits.MOST_DATA_STREAMS
            ? AUTO
            : Integer.toString(limits.dataStreams()));
    words.put(
        "max_active",
        limits.activeZones() == ZoneLimits.DEFAULT.activeZones()
            ? AUTO
            : Integer.toString(limits.activeZones()));
    return words;
  }
}
