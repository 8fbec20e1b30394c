// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import zonefsj.fs.PrintableName;

/** One line for a terminal, safe for any label, name or path. */
public final class PlainLine {
  private PlainLine() {}

  /** Replaces each control character with a question mark. */
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
