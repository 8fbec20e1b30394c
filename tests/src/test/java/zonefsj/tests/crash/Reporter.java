// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.PrintStream;

/** Prints violations, each with the command that repeats it. */
final class Reporter {
  private final PrintStream out;
  private final Tally tally;
  private final int most;
  private String command = "";
  private int reports;

  /**
   * @param most of what one command repeats; it ends with this many
   */
  Reporter(PrintStream out, Tally tally, int most) {
    this.out = out;
    this.tally = tally;
    this.most = most;
  }

  /** What follows is repeated by a command. */
  void begin(String repeatedBy) {
    command = repeatedBy;
    reports = 0;
  }

  /** Whether there were enough violations. */
  boolean isFull() {
    return reports >= most;
  }

  /** A violation. */
  void violation(String where, String wrong) {
    tally.violation();
    reports++;
    synchronized (out) {
      out.printf("repeat with: %s%n%s:%n%s%n%n", command, where, wrong);
    }
  }

  /** How many there were since it began. */
  int reports() {
    return reports;
  }
}
