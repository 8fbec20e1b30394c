// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import zonefsj.device.ByteSize;

/** Parses and formats option values. An invalid value raises an error that says what is allowed. */
public final class OptionValues {
  /** Bytes per second. At this rate a terabyte takes half a year. */
  public static final long LEAST_RATE = 64 << 10;

  private OptionValues() {}

  /** Parses a whole number between two limits, inclusive. */
  static int number(String name, String text, int least, int most) throws UsageError {
    if (text.matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw new UsageError(name + "=" + text + ": give a whole number from " + least + " to " + most);
  }

  /** Parses a percentage, with or without the percent sign. */
  static int percent(String name, String text) throws UsageError {
    String digits = text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
    if (digits.matches("[0-9]{1,3}") && Integer.parseInt(digits) <= 100) {
      return Integer.parseInt(digits);
    }
    throw new UsageError(name + "=" + text + ": give a percentage from 0 to 100");
  }

  /** Parses a size of at least {@code least} bytes. */
  public static long size(String name, String text, long least) throws UsageError {
    long bytes;
    try {
      bytes = ByteSize.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UsageError(name + ": " + e.getMessage());
    }
    if (bytes < least) {
      throw new UsageError(
          name + "=" + text + ": give at least " + ByteSize.format(least) + unitHint(text));
    }
    return bytes;
  }

  /**
   * Parses bytes per second, with or without {@code /s}: at least {@link #LEAST_RATE}, or 0 for no
   * limit.
   */
  public static long rate(String name, String text) throws UsageError {
    String size = text.endsWith("/s") ? text.substring(0, text.length() - 2) : text;
    long bytes = size(name, size, 0);
    if (bytes > 0 && bytes < LEAST_RATE) {
      throw new UsageError(
          name
              + "="
              + text
              + ": give at least "
              + ByteSize.format(LEAST_RATE)
              + " a second, or 0 for no limit"
              + unitHint(size));
    }
    return bytes;
  }

  /**
   * A hint for a number of bytes that is probably too small: {@code " (10 without a unit is bytes;
   * for mebibytes write 10M)"}. Empty if the text has a unit, or is 0.
   */
  public static String unitHint(String text) {
    String number = text.strip();
    return number.matches("[0-9]+") && !number.matches("0+")
        ? " (" + number + " without a unit is bytes; for mebibytes write " + number + "M)"
        : "";
  }

  /**
   * Parses seconds, with an optional fraction. A suffix {@code s}, {@code m} or {@code h} is
   * allowed.
   *
   * @param least lower limit
   * @param most upper limit
   */
  static Duration duration(String name, String text, Duration least, Duration most)
      throws UsageError {
    if (text.matches("[0-9]{1,9}(\\.[0-9]{1,9})?[smh]?")) {
      char unit = text.charAt(text.length() - 1);
      long secondsPerUnit = unit == 'h' ? 3600 : unit == 'm' ? 60 : 1;
      String digits = Character.isLetter(unit) ? text.substring(0, text.length() - 1) : text;
      BigDecimal nanos =
          new BigDecimal(digits).multiply(BigDecimal.valueOf(secondsPerUnit * 1_000_000_000L));
      if (nanos.compareTo(BigDecimal.valueOf(least.toNanos())) >= 0
          && nanos.compareTo(BigDecimal.valueOf(most.toNanos())) <= 0) {
        return Duration.ofNanos(nanos.longValue());
      }
    }
    throw new UsageError(
        name + "=" + text + ": give seconds, from " + seconds(least) + " to " + seconds(most));
  }

  /** Parses a value of an enum: its name in lower case with dashes. */
  static <E extends Enum<E>> E choice(String name, String text, Class<E> kind) throws UsageError {
    E[] choices = kind.getEnumConstants();
    for (E choice : choices) {
      if (word(choice).equals(text)) {
        return choice;
      }
    }
    List<String> words = Arrays.stream(choices).map(OptionValues::word).toList();
    throw new UsageError(
        name + "=" + text + ": give " + words.stream().collect(Collectors.joining(" or ")));
  }

  /** The name of an enum value as the user writes it. */
  public static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Formats seconds for {@link #duration}: {@code 5}, {@code 0.1}. */
  static String seconds(Duration duration) {
    return new BigDecimal(duration.toNanos()).movePointLeft(9).stripTrailingZeros().toPlainString();
  }
}
