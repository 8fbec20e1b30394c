// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;

/** Keys in the session keyring of the calling thread. */
final class SessionKeys {
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");
  private static final long ADD_KEY = ARM ? 217 : 248;
  private static final long KEYCTL = ARM ? 219 : 250;
  private static final long KEYCTL_SETPERM = 5;
  private static final long SESSION_KEYRING = -3;
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  /** All for those who have the key in a keyring, and nothing for its user. */
  private static final long POSSESSOR_ONLY = 0x3f000000;

  static {
    Native.register(SessionKeys.class, "c");
  }

  private SessionKeys() {}

  /**
   * Adds a key that only those see in /proc/keys who have it in a keyring.
   *
   * @return whether this machine lets anybody have keys; the filter of a container may refuse them
   */
  static boolean add(String name) throws LastErrorException {
    try {
      long key = syscall(ADD_KEY, "user", name, "x", 1, SESSION_KEYRING);
      syscall(KEYCTL, KEYCTL_SETPERM, key, POSSESSOR_ONLY);
      return true;
    } catch (LastErrorException e) {
      if (e.getErrorCode() == EPERM || e.getErrorCode() == ENOSYS) {
        return false;
      }
      throw e;
    }
  }

  private static native long syscall(
      long number, String type, String name, String payload, long length, long keyring)
      throws LastErrorException;

  private static native long syscall(long number, long operation, long key, long permissions)
      throws LastErrorException;
}
