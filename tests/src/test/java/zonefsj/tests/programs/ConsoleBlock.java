// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.util.ArrayList;
import java.util.List;

/**
 * A fenced block of a page that shows what a user types, and what is answered.
 *
 * @param line of the page at which it begins, from 1
 * @param waitsFor name of a command without which it cannot be typed yet; empty: none
 * @param steps in order
 */
record ConsoleBlock(int line, String waitsFor, List<Step> steps) {
  private static final String FENCE = "```";
  private static final String CONSOLE = FENCE + "console";
  private static final String PROMPT = "# ";
  private static final String CONTINUED = "> ";
  private static final String AFTER = "<!-- after ";

  ConsoleBlock {
    steps = List.copyOf(steps);
  }

  /**
   * A command and its output.
   *
   * @param line of the page, from 1
   * @param command as it is typed; may have several lines
   * @param output lines, in the notation of {@link ExpectedOutput}
   */
  record Step(int line, String command, List<String> output) {
    Step {
      output = List.copyOf(output);
    }
  }

  /**
   * All console blocks of a page.
   *
   * @throws IllegalArgumentException if one is empty, does not begin with a command, or does not
   *     end
   */
  static List<ConsoleBlock> of(List<String> page) {
    List<ConsoleBlock> blocks = new ArrayList<>();
    String waitsFor = "";
    for (int at = 0; at < page.size(); at++) {
      String text = page.get(at);
      if (text.startsWith(AFTER)) {
        waitsFor = text.substring(AFTER.length()).replace("-->", "").strip();
      } else if (text.equals(CONSOLE)) {
        int end = at + 1;
        while (end < page.size() && !page.get(end).equals(FENCE)) {
          end++;
        }
        if (end == page.size()) {
          throw new IllegalArgumentException("line " + (at + 1) + ": the block does not end");
        }
        blocks.add(new ConsoleBlock(at + 1, waitsFor, steps(page.subList(at + 1, end), at + 2)));
        waitsFor = "";
        at = end;
      }
    }
    return blocks;
  }

  private static List<Step> steps(List<String> lines, int first) {
    List<Step> steps = new ArrayList<>();
    int at = 0;
    while (at < lines.size()) {
      if (!lines.get(at).startsWith(PROMPT)) {
        throw new IllegalArgumentException("line " + (first + at) + ": output of no command");
      }
      int begin = at;
      StringBuilder command = new StringBuilder(lines.get(at++).substring(PROMPT.length()));
      while (at < lines.size() && lines.get(at).startsWith(CONTINUED)) {
        command.append('\n').append(lines.get(at++).substring(CONTINUED.length()));
      }
      int output = at;
      while (at < lines.size() && !lines.get(at).startsWith(PROMPT)) {
        at++;
      }
      steps.add(new Step(first + begin, command.toString(), lines.subList(output, at)));
    }
    if (steps.isEmpty()) {
      throw new IllegalArgumentException("line " + (first - 1) + ": an empty block");
    }
    return steps;
  }
}
