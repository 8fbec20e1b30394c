// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import java.io.IOException;

/**
 * The session keyring of a thread, see session-keyring(7). It belongs to the credentials, which
 * Linux keeps for each thread, and which a started program inherits even if its user changes.
 */
final class SessionKeyring {
  private static final long KEYCTL_JOIN_SESSION_KEYRING = 1;
  private static final long ANONYMOUS = 0;
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  static {
    Native.register(SessionKeyring.class, "c");
  }

  private SessionKeyring() {}

  /**
   * Gives the calling thread, and the programs that it starts, a new and empty session keyring.
   * Succeeds if the kernel has no keyrings or a filter refuses the call: both apply to the
   * programs, too.
   *
   * @throws IOException if the call fails otherwise, or is not known for this machine
   */
  static void replaceByEmpty() throws IOException {
    try {
      syscall(keyctl(), KEYCTL_JOIN_SESSION_KEYRING, ANONYMOUS);
    } catch (LastErrorException e) {
      if (e.getErrorCode() != ENOSYS && e.getErrorCode() != EPERM) {
        throw new IOException("no empty session keyring: errno " + e.getErrorCode(), e);
      }
    }
  }

  /** The number of keyctl(2), for which the C library has no function. */
  private static long keyctl() throws IOException {
    String machine = System.getProperty("os.arch", "");
    return switch (machine) {
      case "amd64" -> 250;
      case "aarch64", "riscv64", "loongarch64" -> 219;
      case "ppc64le" -> 271;
      case "s390x" -> 280;
      default -> throw new IOException("the number of keyctl(2) on " + machine + " is not known");
    };
  }

  private static native long syscall(long number, long operation, long name)
      throws LastErrorException;
}
