// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

/** Wrong usage, in one line: what is wrong, and what is right. The exit code is 2. */
public final class UsageError extends Exception {
  private static final long serialVersionUID = 1;

  private final String line;

  /**
   * Creates the error without a stack trace: it is an answer, not a malfunction.
   *
   * @param line the line for the user
   */
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
