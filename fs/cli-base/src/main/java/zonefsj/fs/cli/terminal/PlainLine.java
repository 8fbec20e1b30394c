// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Collectors;
import zonefsj.fs.PrintableName;

/** Lines for a terminal, safe for any label, name or path. */
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

  /**
   * The stack trace of a failure, whose messages can contain names from a drive. Each line ends
   * with a line feed.
   */
  public static String trace(Throwable failure) {
    StringWriter whole = new StringWriter();
    failure.printStackTrace(new PrintWriter(whole, true));
    return whole
        .toString()
        .lines()
        .map(line -> of(line.replace("\t", "    ")) + "\n")
        .collect(Collectors.joining());
  }
}
