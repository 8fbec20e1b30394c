// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

/** Wrong usage, in one line: what was wrong, and what would be right. The exit code is 2. */
public final class UsageError extends Exception {
  private static final long serialVersionUID = 1;

  private final String line;

  /** The line for the user. It has no stack trace: it is an answer, not an accident. */
  public UsageError(String line) {
    super(line, null, false, false);
    this.line = line;
  }

  /** The line for the user. */
  @Override
  public String getMessage() {
    return line;
  }
}
