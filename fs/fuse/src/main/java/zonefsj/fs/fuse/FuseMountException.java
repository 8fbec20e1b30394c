// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.IOException;

/** A mount or an unmount was refused; the message is the one line that the user reads. */
public final class FuseMountException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * A refusal of our own.
   *
   * @param message what, where, and what to do
   */
  public FuseMountException(String message) {
    super(message);
  }

  /**
   * A refusal with a reason below it.
   *
   * @param message what, where, and what to do
   * @param cause for the log
   */
  public FuseMountException(String message, Throwable cause) {
    super(message, cause);
  }
}
