// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Points in time as text: ISO 8601 with milliseconds and the offset of the zone, everywhere alike,
 * so that a line of the log is found by what {@code status} shows. Thread-safe.
 */
public final class ClockText {
  /** The format, for those who take a pattern. */
  public static final String PATTERN = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

  private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(PATTERN, Locale.ROOT);

  private ClockText() {}

  /** In the time zone of this process. */
  public static String of(Instant when) {
    return of(when, ZoneId.systemDefault());
  }

  /** In a time zone. */
  public static String of(Instant when, ZoneId zone) {
    return FORMAT.format(when.atZone(zone));
  }
}
