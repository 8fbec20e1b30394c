// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * An operation was answered with an error number. It has no stack trace: it is an answer, not an
 * accident. Accidents (a drive that fails) travel as {@link java.io.IOException} and become EIO at
 * the adapter, where they are logged.
 */
public final class ErrnoException extends Exception {
  private static final long serialVersionUID = 1;

  private final Errno errno;

  /**
   * @param errno the answer
   * @param message what was asked, for the log
   */
  public ErrnoException(Errno errno, String message) {
    super(message, null, false, false);
    this.errno = errno;
  }

  /** The answer. */
  public Errno errno() {
    return errno;
  }
}
