// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

/**
 * A part of a SPEC's text.
 *
 * @param text without quotation marks around it
 * @param column of its first character in the whole SPEC, from 1
 */
public record SpecWord(String text, int column) {
  private static final String SPECIAL = ",()\"\\";

  /**
   * The word as a SPEC contains it: in quotation marks unless every reader takes it as it is. All
   * words of all kinds are written by this rule.
   */
  public static String quoted(String text) {
    boolean plain =
        !text.isEmpty()
            && text.codePoints().noneMatch(SpecWord::isSpecial)
            && !SpecParser.isOption(text)
            && SpecParser.kindName(text).isEmpty()
            && SpecParser.tag(text).isEmpty();
    return plain ? text : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** A drive where a plain path would be a file: with its kind. */
  public static String withKind(DeviceSpec drive) {
    String text = drive.toString();
    return SpecParser.isDrive(text) ? text : "path(" + text + ")";
  }

  /** Blanks around an argument do not count, and those that look alike are told apart by marks. */
  private static boolean isSpecial(int c) {
    return SPECIAL.indexOf(c) >= 0
        || Character.isWhitespace(c)
        || Character.isSpaceChar(c)
        || Character.isISOControl(c);
  }
}
