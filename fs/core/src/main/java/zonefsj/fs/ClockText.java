// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Formats points in time as ISO 8601 with milliseconds and the UTC offset. All output uses it, so a
 * time in {@code status} can be found in the log. Thread-safe.
 */
public final class ClockText {
  /** The format as a pattern of {@link DateTimeFormatter}. */
  public static final String PATTERN = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

  private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(PATTERN, Locale.ROOT);

  private ClockText() {}

  /** A time in the time zone of this process. */
  public static String of(Instant when) {
    return of(when, ZoneId.systemDefault());
  }

  /** A time in a given time zone. */
  public static String of(Instant when, ZoneId zone) {
    return FORMAT.format(when.atZone(zone));
  }
}
