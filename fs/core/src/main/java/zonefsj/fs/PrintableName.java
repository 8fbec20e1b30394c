// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.nio.charset.StandardCharsets;

/** Converts file names, which are bytes, to text that stays on one line of a message. */
public final class PrintableName {
  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private PrintableName() {}

  /**
   * A name or path, unchanged if it is plain text, else with {@code \xNN} for each byte that is not
   * printable ASCII.
   */
  public static String of(byte[] name) {
    String text = new String(name, StandardCharsets.UTF_8);
    if (text.codePoints().noneMatch(PrintableName::misleads)) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    for (byte b : name) {
      if (b >= ' ' && b < 0x7f && b != '\\') {
        out.append((char) b);
      } else {
        out.append(String.format("\\x%02x", b & 0xff));
      }
    }
    return out.toString();
  }

  /** Whether a character makes the text ambiguous or replaces bytes that are not UTF-8. */
  private static boolean misleads(int c) {
    return c == '\\' || c == '\uFFFD' || isControl(c);
  }

  /**
   * Whether a character ends a line, controls a terminal, changes the direction of text, or is not
   * seen, except the joiners that scripts and emoji need.
   */
  public static boolean isControl(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
      case Character.FORMAT ->
          c != ZERO_WIDTH_NON_JOINER && c != ZERO_WIDTH_JOINER && !isVisible(c);
      default -> false;
    };
  }

  /** Signs before numbers and above words, Prepended_Concatenation_Mark of Unicode. */
  private static boolean isVisible(int c) {
    return (c >= 0x600 && c <= 0x605)
        || c == 0x6DD
        || c == 0x70F
        || c == 0x890
        || c == 0x891
        || c == 0x8E2
        || c == 0x110BD
        || c == 0x110CD;
  }
}
