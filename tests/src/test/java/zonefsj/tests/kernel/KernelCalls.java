// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** The system calls of the test. Errors are in {@link Native#getLastError}. */
final class KernelCalls {
  static final int AT_FDCWD = -100;
  static final int AT_REMOVEDIR = 0x200;
  static final int AT_EMPTY_PATH = 0x1000;

  static final int O_RDONLY = 0;
  static final int O_WRONLY = 1;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0100;
  static final int O_EXCL = 0200;
  static final int O_TRUNC = 01000;
  static final int O_APPEND = 02000;
  static final int O_SYNC = 04010000;
  static final int O_CLOEXEC = 02000000;
  static final int O_PATH = 010000000;

  // These three differ between architectures (asm-generic/fcntl.h, arch/arm64).
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");
  static final int O_DIRECTORY = ARM ? 040000 : 0200000;
  static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;
  static final int O_TMPFILE = 020000000 | O_DIRECTORY;

  private static final long SYS_SETGROUPS = ARM ? 159 : 116;

  static final int SEEK_SET = 0;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;

  static final int XATTR_CREATE = 1;
  static final int XATTR_REPLACE = 2;

  static final long UTIME_NOW = (1L << 30) - 1;
  static final long UTIME_OMIT = (1L << 30) - 2;

  static {
    Native.register(KernelCalls.class, "c");
  }

  private KernelCalls() {}

  static native int umask(int mask);

  /** Of this thread only, as is {@link #setfsgid}; answers the one before. */
  static native int setfsuid(int uid);

  static native int setfsgid(int gid);

  /** Header and data of capset(2), version 3; of this thread only. */
  static native int capget(int[] header, int[] data);

  static native int capset(int[] header, int[] data);

  static native int getgroups(int size, int[] list);

  /** The raw call: setgroups(3) of the C library is for all threads. */
  static int setGroupsOfThread(int size, int[] list) {
    return (int) syscall(SYS_SETGROUPS, size, list);
  }

  private static native long syscall(long number, long size, int[] list);

  static native int openat(int directory, byte[] path, int flags, int mode);

  static native int close(int fd);

  static native int dup(int fd);

  static native int statx(int directory, byte[] path, int flags, int mask, byte[] buffer);

  static native int mkdirat(int directory, byte[] path, int mode);

  static native int mknodat(int directory, byte[] path, int mode, long device);

  static native int symlinkat(byte[] target, int directory, byte[] path);

  static native long readlinkat(int directory, byte[] path, byte[] buffer, long size);

  static native int linkat(int from, byte[] fromPath, int to, byte[] toPath, int flags);

  static native int unlinkat(int directory, byte[] path, int flags);

  static native int renameat2(int from, byte[] fromPath, int to, byte[] toPath, int flags);

  static native int chmod(byte[] path, int mode);

  static native int fchownat(int directory, byte[] path, int uid, int gid, int flags);

  static native int utimensat(int directory, byte[] path, long[] times, int flags);

  static native int truncate(byte[] path, long length);

  static native int ftruncate(int fd, long length);

  static native long pread(int fd, Pointer buffer, long count, long offset);

  static native long pwrite(int fd, Pointer buffer, long count, long offset);

  @SuppressWarnings("checkstyle:MethodName") // the name is the system's
  static native long copy_file_range(
      int in, long[] inOffset, int out, long[] outOffset, long length, int flags);

  static native int fallocate(int fd, int mode, long offset, long length);

  static native long lseek(int fd, long offset, int whence);

  static native int fsync(int fd);

  static native int syncfs(int fd);

  static native long getdents64(int fd, byte[] buffer, long count);

  static native long getxattr(byte[] path, byte[] name, byte[] value, long size);

  static native int setxattr(byte[] path, byte[] name, byte[] value, long size, int flags);

  static native long listxattr(byte[] path, byte[] list, long size);

  static native int removexattr(byte[] path, byte[] name);
}
