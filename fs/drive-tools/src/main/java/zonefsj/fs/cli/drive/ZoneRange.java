// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import zonefsj.fs.cli.options.UsageError;

/**
 * A range of zones.
 *
 * @param first number of the first zone
 * @param last number of the last zone, inclusive
 */
public record ZoneRange(int first, int last) {

  /** Parses {@code 3} or {@code 4-7}. */
  public static ZoneRange parse(String text) throws UsageError {
    if (text.matches("[0-9]{1,9}")) {
      int zone = Integer.parseInt(text);
      return new ZoneRange(zone, zone);
    }
    if (text.matches("[0-9]{1,9}-[0-9]{1,9}")) {
      int dash = text.indexOf('-');
      int first = Integer.parseInt(text.substring(0, dash));
      int last = Integer.parseInt(text.substring(dash + 1));
      if (first <= last) {
        return new ZoneRange(first, last);
      }
    }
    throw new UsageError("'" + text + "' is not a zone: give a number, or a range like 4-7");
  }

  /** Refuses zones that the drive does not have. */
  public void checkWithin(int zoneCount) throws UsageError {
    if (first < 0 || last >= zoneCount) {
      throw new UsageError(
          "there is no zone "
              + (first < 0 ? first : last)
              + ": the drive has zones 0 to "
              + (zoneCount - 1));
    }
  }
}
