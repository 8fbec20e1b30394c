// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import java.io.IOException;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/** Turns error numbers into answers. */
final class KernelErrors {
  private KernelErrors() {}

  /**
   * The answer of a number.
   *
   * @throws IOException for a number that the filesystem never answers with: not an outcome that
   *     could be right
   */
  static ErrnoException of(int number) throws IOException {
    for (Errno errno : Errno.values()) {
      if (errno.number() == number) {
        return new ErrnoException(errno, "the kernel");
      }
    }
    throw new IOException("the kernel answered with error number " + number);
  }
}
