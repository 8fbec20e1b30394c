// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.command;

import picocli.CommandLine.TypeConversionException;
import zonefsj.device.ByteSize;
import zonefsj.fs.cli.options.OptionValues;

/**
 * A size given by the user.
 *
 * @param text as it was given
 * @param bytes what it comes to
 */
public record Size(String text, long bytes) {
  private static final long MEBIBYTE = 1 << 20;

  public static Size parse(String text) {
    try {
      return new Size(text, ByteSize.parse(text));
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /** Words to be added when it is refused: one as small as this may lack its unit. */
  public String hint() {
    return bytes < MEBIBYTE ? OptionValues.unitHint(text) : "";
  }
}
