// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.IOException;

/** A mount or an unmount was refused; the message is one line for the user. */
public final class FuseMountException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * Creates a refusal without a cause.
   *
   * @param message the problem, the place, the remedy
   */
  public FuseMountException(String message) {
    super(message);
  }

  /**
   * Creates a refusal with a cause.
   *
   * @param message the problem, the place, the remedy
   * @param cause for the log
   */
  public FuseMountException(String message, Throwable cause) {
    super(message, cause);
  }
}
