// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * Functions of the C library on 64-bit machines, and the numbers that Linux has for their flags and
 * errors. {@link BlockSystem} translates those for other systems. Addresses are passed as numbers,
 * so that no access creates an object. Thread-safe; JNA keeps errno for each thread.
 */
final class BlockLibc {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;

  static final int LOCK_SH = 1;
  static final int LOCK_EX = 2;
  static final int LOCK_NB = 4;

  static final int FALLOC_FL_KEEP_SIZE = 1;
  static final int FALLOC_FL_PUNCH_HOLE = 2;

  static final int SEEK_END = 2;
  static final int SEEK_DATA = 3;

  static final int EPERM = 1;
  static final int EIO = 5;
  static final int EINTR = 4;
  static final int ENXIO = 6;
  static final int EBADF = 9;
  static final int EWOULDBLOCK = 11;
  static final int ENOMEM = 12;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int EACCES = 13;
  static final int EBUSY = 16;
  static final int EINVAL = 22;
  static final int ENOSYS = 38;
  static final int EOVERFLOW = 75;
  static final int EOPNOTSUPP = 95;
  static final int ETOOMANYREFS = 109;

  static {
    // The process has already loaded the C library, so its file name is not needed.
    Native.register(BlockLibc.class, NativeLibrary.getProcess());
  }

  private BlockLibc() {}

  /** O_DIRECT, the only flag used here whose number differs between machines: arm64 has its own. */
  static int directFlag() {
    String arch = System.getProperty("os.arch", "");
    return arch.equals("aarch64") || arch.startsWith("arm") ? 0x10000 : 0x4000;
  }

  /** The system's description of an error number. */
  static String describe(int errno) {
    return strerror(errno) + " (errno " + errno + ")";
  }

  static native int open(String path, int flags, int mode);

  static native int close(int fd);

  static native long pread(int fd, long address, long count, long offset);

  static native long pwrite(int fd, long address, long count, long offset);

  static native int fdatasync(int fd);

  static native int flock(int fd, int operation);

  static native int ftruncate(int fd, long length);

  static native int fstatfs(int fd, Pointer facts);

  static native long lseek(int fd, long offset, int whence);

  static native int ioctl(int fd, long request, Pointer argument);

  static native long mmap(
      long address, long length, int protection, int flags, int fd, long offset);

  static native int munmap(long address, long length);

  private static native String strerror(int errno);
}
