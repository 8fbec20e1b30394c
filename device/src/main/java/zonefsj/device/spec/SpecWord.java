// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

/**
 * A part of a SPEC's text.
 *
 * @param text without quotation marks around it
 * @param column of its first character in the whole SPEC, from 1
 */
public record SpecWord(String text, int column) {
  private static final String SPECIAL = ",()\"\\ ";

  /** The word as a SPEC contains it: in quotation marks if that is necessary. */
  public static String quoted(String text) {
    boolean plain =
        !text.isEmpty()
            && text.chars().noneMatch(c -> SPECIAL.indexOf(c) >= 0)
            && !SpecParser.isOption(text)
            && SpecParser.kindName(text).isEmpty();
    return plain ? text : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
