// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lines of output as a page shows them: {@code …} in a line stands for any text, also none, and a
 * line of it alone for any lines, also none. Spaces at the end of a line do not count.
 */
final class ExpectedOutput {
  private static final String ANY = "…";

  private final List<String> lines;

  ExpectedOutput(List<String> lines) {
    this.lines = List.copyOf(lines);
  }

  /**
   * Compares.
   *
   * @return what is wrong, in a line: the first expected line that nothing matches, or the first
   *     line too many; empty if all is right
   */
  Optional<String> differenceTo(List<String> actual) {
    // Which prefixes of the actual lines the expected lines up to here can stand for.
    boolean[] reached = new boolean[actual.size() + 1];
    reached[0] = true;
    for (String line : lines) {
      boolean[] next = new boolean[reached.length];
      boolean some = false;
      for (int i = 0; i < reached.length; i++) {
        if (line.equals(ANY)) {
          next[i] = reached[i] || (i > 0 && next[i - 1]);
        } else {
          next[i] = i > 0 && reached[i - 1] && matches(line, actual.get(i - 1));
        }
        some |= next[i];
      }
      if (!some) {
        int at = lastOf(reached);
        return Optional.of(
            "expected: "
                + line
                + "\n  actual: "
                + (at < actual.size() ? actual.get(at) : "the output has ended"));
      }
      reached = next;
    }
    return reached[actual.size()]
        ? Optional.empty()
        : Optional.of("expected: the end of the output\n  actual: " + actual.get(lastOf(reached)));
  }

  private static int lastOf(boolean[] reached) {
    int last = 0;
    for (int i = 0; i < reached.length; i++) {
      last = reached[i] ? i : last;
    }
    return last;
  }

  private static boolean matches(String expected, String actual) {
    return Pattern.matches(
        Stream.of(expected.stripTrailing().split(ANY, -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*")),
        actual.stripTrailing());
  }
}
