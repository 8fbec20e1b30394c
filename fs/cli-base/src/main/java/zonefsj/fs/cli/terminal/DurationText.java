// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

/** A duration as text for people. */
public final class DurationText {
  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private DurationText() {}

  /** Formats seconds: {@code 42 s}, {@code 3 min 20 s}, {@code 2 h 5 min}, {@code 9 d 4 h}. */
  public static String of(double seconds) {
    long whole = Math.round(seconds);
    if (whole < MINUTE) {
      return whole + " s";
    }
    if (whole < HOUR) {
      return whole / MINUTE + " min " + whole % MINUTE + " s";
    }
    return whole < DAY
        ? whole / HOUR + " h " + whole % HOUR / MINUTE + " min"
        : whole / DAY + " d " + whole % DAY / HOUR + " h";
  }
}
