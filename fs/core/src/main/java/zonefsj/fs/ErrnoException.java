// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * An operation ends with an error number. The exception has no stack trace, because it is an
 * answer, not a failure. Failures (of a drive) are {@link java.io.IOException}s; the adapter logs
 * them and returns EIO.
 */
public final class ErrnoException extends Exception {
  private static final long serialVersionUID = 1;

  private final Errno errno;

  /**
   * @param errno the answer
   * @param message description of the operation, for the log
   */
  public ErrnoException(Errno errno, String message) {
    super(message, null, false, false);
    this.errno = errno;
  }

  /**
   * @param errno the answer
   * @param message description of the operation, for the log
   * @param cause the failure that it stands for, which the log has already
   */
  public ErrnoException(Errno errno, String message, Throwable cause) {
    super(message, cause, false, false);
    this.errno = errno;
  }

  /** The error number. */
  public Errno errno() {
    return errno;
  }
}
