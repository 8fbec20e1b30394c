// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** The system calls of this transport. {@link Native#getLastError} returns their errors. */
final class FuseLibc {
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int ENOENT = 2;
  static final int ENODEV = 19;

  static final int O_RDWR = 2;
  static final int O_CLOEXEC = 02000000;

  static final int AF_UNIX = 1;
  static final int SOCK_STREAM = 1;

  static {
    Native.register(FuseLibc.class, "c");
  }

  private FuseLibc() {}

  static native int open(String path, int flags);

  static native int close(int fd);

  static native long read(int fd, long buffer, long count);

  static native long write(int fd, long buffer, long count);

  static native int mount(String source, String target, String type, long flags, String data);

  static native int fcntl(int fd, int command, int argument);

  static native int umount2(String target, int flags);

  static native int geteuid();

  static native int getegid();

  static native int socketpair(int domain, int type, int protocol, int[] pair);

  static native long recvmsg(int socket, Pointer message, int flags);

  @SuppressWarnings("checkstyle:MethodName") // the name is the system's
  static native int posix_spawnp(
      int[] pid, String file, Pointer actions, Pointer attributes, Pointer argv, Pointer envp);

  static native int waitpid(int pid, int[] status, int options);
}
