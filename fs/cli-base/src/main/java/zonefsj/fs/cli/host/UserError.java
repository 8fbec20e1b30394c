// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;

/**
 * Something that the user has to know, in one line: what, where, what to do. Not a fault of ours.
 */
public final class UserError extends IOException {
  private static final long serialVersionUID = 1;

  /** An error with its line. */
  public UserError(String message) {
    super(message);
  }

  /** An error with its line, and what lies behind it for the log. */
  public UserError(String message, Throwable cause) {
    super(message, cause);
  }
}
