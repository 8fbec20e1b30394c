// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/** System calls of the workers on a mount. Errors are in {@link Native#getLastError}. */
final class SystemCalls {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0100;
  static final int O_EXCL = 0200;
  static final int O_TRUNC = 01000;
  static final int O_CLOEXEC = 02000000;

  /** Differs between architectures (asm-generic/fcntl.h, arch/arm64). */
  static final int O_DIRECT =
      System.getProperty("os.arch", "").equals("aarch64") ? 0200000 : 040000;

  static final int AT_FDCWD = -100;
  static final int SIGQUIT = 3;
  static final int PUNCH_HOLE_KEEP_SIZE = 3;

  static {
    Native.register(SystemCalls.class, "c");
  }

  private SystemCalls() {}

  static native int openat(int directory, byte[] path, int flags, int mode);

  static native int close(int fd);

  static native int kill(int process, int signal);

  static native int mkdir(byte[] path, int mode);

  static native int rmdir(byte[] path);

  static native int unlink(byte[] path);

  static native int rename(byte[] from, byte[] to);

  static native int ftruncate(int fd, long length);

  static native int fallocate(int fd, int mode, long offset, long length);

  static native long pread(int fd, Pointer buffer, long count, long offset);

  static native long pwrite(int fd, Pointer buffer, long count, long offset);

  static native int fsync(int fd);

  static native int fdatasync(int fd);

  @SuppressWarnings("checkstyle:MethodName") // the name is the system's
  static native long copy_file_range(
      int in, long[] inOffset, int out, long[] outOffset, long length, int flags);

  /**
   * What a call answered.
   *
   * @throws IOException for a number that the filesystem never answers with
   */
  static long check(long answer) throws ErrnoException, IOException {
    if (answer < 0) {
      throw error(Native.getLastError());
    }
    return answer;
  }

  /**
   * The answer of a number.
   *
   * @throws IOException for a number that the filesystem never answers with
   */
  static ErrnoException error(int number) throws IOException {
    for (Errno errno : Errno.values()) {
      if (errno.number() == number) {
        return new ErrnoException(errno, "the kernel");
      }
    }
    throw new IOException("error number " + number);
  }
}
