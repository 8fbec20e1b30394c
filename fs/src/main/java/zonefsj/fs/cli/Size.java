package zonefsj.fs.cli;

import picocli.CommandLine.TypeConversionException;
import zonefsj.device.ByteSize;

/**
 * A size given by the user.
 *
 * @param bytes what it comes to
 */
record Size(long bytes) {
  static Size parse(String text) {
    try {
      return new Size(ByteSize.parse(text));
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
