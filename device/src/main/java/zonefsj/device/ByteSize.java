// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sizes in text form: {@code 4G}, {@code 16M}, {@code 12MiB}, {@code 4096}. Every unit is a power
 * of 1024, as everywhere in this project; {@code K}, {@code KB} and {@code KiB} are the same.
 *
 * <p>Stateless and thread-safe.
 */
public final class ByteSize {
  private static final Pattern SYNTAX =
      Pattern.compile("([0-9]+)\\s*([KMGTPE]?)(?:I?B)?", Pattern.CASE_INSENSITIVE);
  private static final String UNITS = "KMGTPE";

  private ByteSize() {}

  /**
   * Parses a size.
   *
   * @param text digits and an optional unit
   * @return bytes, at least 0
   * @throws IllegalArgumentException with a message for the user if it is not a size
   */
  public static long parse(String text) {
    Matcher matcher = SYNTAX.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a size: give a whole number with K, M, G or T after it, like 16M");
    }
    String unit = matcher.group(2).toUpperCase(Locale.ROOT);
    int shift = unit.isEmpty() ? 0 : 10 * (UNITS.indexOf(unit.charAt(0)) + 1);
    long number;
    try {
      number = Long.parseLong(matcher.group(1));
    } catch (NumberFormatException e) {
      throw tooLarge(text, e);
    }
    if (number > Long.MAX_VALUE >> shift) {
      throw tooLarge(text, null);
    }
    return number << shift;
  }

  /**
   * Formats a size so that {@link #parse} returns the same number: with the largest unit that
   * divides it, {@code 48M} or {@code 1000}.
   */
  public static String format(long bytes) {
    if (bytes == 0) {
      return "0";
    }
    int unit = Math.min(Long.numberOfTrailingZeros(bytes) / 10, UNITS.length());
    return unit == 0
        ? Long.toString(bytes)
        : (bytes >> (10 * unit)) + UNITS.substring(unit - 1, unit);
  }

  /** Formats a size for display, rounded to three digits: {@code 3.72 GiB}. */
  public static String approximate(long bytes) {
    if (Math.abs(bytes) < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (Math.abs(value) >= 1023.5) {
      value /= 1024;
      unit++;
    }
    String digits =
        String.format(
            Locale.ROOT,
            Math.abs(value) < 9.995 ? "%.2f" : Math.abs(value) < 99.95 ? "%.1f" : "%.0f",
            value);
    return digits + " " + UNITS.charAt(unit) + "iB";
  }

  private static IllegalArgumentException tooLarge(String text, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "'" + text + "' is too large: sizes end below 8E (8 exbibytes)", cause);
  }
}
