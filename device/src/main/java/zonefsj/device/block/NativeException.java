// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;

/** A system call failed. The message names call, file and the system's description of the error. */
public final class NativeException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  /**
   * @param what call and file
   * @param errno the system's own error number
   */
  public NativeException(String what, int errno) {
    super(what + ": " + BlockLibc.describe(errno));
    this.errno = BlockSystem.current().errno(errno);
  }

  /**
   * Whether the host had no memory, or no more open files, for the call, which says nothing of the
   * file.
   */
  public boolean isShortage() {
    return errno == BlockLibc.ENOMEM || errno == BlockLibc.EMFILE || errno == BlockLibc.ENFILE;
  }

  /** Whether the system does not permit the call for this file. */
  public boolean isForbidden() {
    return errno == BlockLibc.EPERM || errno == BlockLibc.EACCES;
  }

  /** The error number, as in {@code errno.h} of Linux. */
  public int errno() {
    return errno;
  }
}
