// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import zonefsj.fs.PrintableName;

/** One line for a terminal, whatever labels, names and paths are in it. */
public final class PlainLine {
  private PlainLine() {}

  /** The text with a question mark for each character that a terminal would obey. */
  public static String of(String text) {
    if (text.codePoints().noneMatch(PrintableName::isControl)) {
      return text;
    }
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints()
        .map(each -> PrintableName.isControl(each) ? '?' : each)
        .forEach(plain::appendCodePoint);
    return plain.toString();
  }
}
