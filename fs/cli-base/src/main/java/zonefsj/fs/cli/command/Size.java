// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.command;

import picocli.CommandLine.TypeConversionException;
import zonefsj.device.ByteSize;
import zonefsj.fs.cli.options.OptionValues;

/**
 * A size that the user gave.
 *
 * @param text the text as given
 * @param bytes the size in bytes
 */
public record Size(String text, long bytes) {
  private static final long MEBIBYTE = 1 << 20;

  /**
   * Parses a size with or without a unit, as {@link ByteSize#parse} does.
   *
   * @throws TypeConversionException with a message for the user if it is no size
   */
  public static Size parse(String text) {
    try {
      return new Size(text, ByteSize.parse(text));
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /** Text to append when the size is refused: a small size may lack its unit. */
  public String hint() {
    return bytes < MEBIBYTE ? OptionValues.unitHint(text) : "";
  }
}
