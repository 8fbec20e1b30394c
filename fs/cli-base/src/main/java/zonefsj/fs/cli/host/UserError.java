// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;

/** An error for the user, in one line: what, where, what to do. Not an internal error. */
public final class UserError extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message the line for the user
   */
  public UserError(String message) {
    super(message);
  }

  /**
   * @param message the line for the user
   * @param cause the cause, for the log
   */
  public UserError(String message, Throwable cause) {
    super(message, cause);
  }
}
