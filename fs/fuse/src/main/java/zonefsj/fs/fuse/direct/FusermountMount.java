// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import zonefsj.fs.MountHelper;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.protocol.Negotiation;

/**
 * Mounts through fusermount3, which may do so for users other than root: it opens /dev/fuse,
 * mounts, and passes the descriptor over a socket that it inherits ({@code _FUSE_COMMFD},
 * SCM_RIGHTS).
 */
final class FusermountMount {
  static final String PROGRAM = "fusermount3";

  // struct msghdr and struct cmsghdr of 64-bit Linux
  private static final int MESSAGE_BYTES = 56;
  private static final int VECTOR_BYTES = 16;
  private static final int CONTROL_BYTES = 24;
  private static final int CONTROL_LENGTH = 20;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  private static final int F_SETFD = 2;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int FD_CLOEXEC = 1;

  private FusermountMount() {}

  /** Mounts; see {@link KernelMount#mount}. */
  static FuseDevice mount(Path mountPoint, FuseMountOptions options) throws FuseMountException {
    int[] pair = new int[2];
    if (FuseLibc.socketpair(FuseLibc.AF_UNIX, FuseLibc.SOCK_STREAM, 0, pair) != 0) {
      throw new FuseMountException("no socket for " + PROGRAM + ": " + lastError());
    }
    int ours = pair[0];
    int theirs = pair[1];
    FuseLibc.fcntl(ours, F_SETFD, FD_CLOEXEC);
    int pid;
    try {
      pid = spawn(theirs, mountPoint, options);
    } catch (FuseMountException notStarted) {
      FuseLibc.close(ours);
      throw notStarted;
    } finally {
      FuseLibc.close(theirs);
    }
    int fd = receiveDescriptor(ours);
    if (fd >= 0 && options.transportOptions().autoUnmount()) {
      // The helper continues to run and unmounts when our end of the socket is closed, also by the
      // end of this process.
      int end = movedAbove(fd, ours);
      return new FuseDevice(
          fd,
          () -> {
            FuseLibc.close(end);
            awaitExit(pid);
          });
    }
    FuseLibc.close(ours);
    int status = awaitExit(pid);
    if (fd < 0 || status != 0) {
      if (fd >= 0) {
        FuseLibc.close(fd);
      }
      throw new FuseMountException(
          PROGRAM
              + " refused to mount "
              + options.source()
              + " at "
              + mountPoint
              + " (the reason is on the line before); -o allow_other needs user_allow_other in"
              + " /etc/fuse.conf");
    }
    return new FuseDevice(fd);
  }

  /**
   * Moves the socket to a number above the device. A process that ends closes its descriptors in
   * ascending order. The helper checks the mount once, when the socket is closed, and leaves it if
   * it still answers, so the device must be closed first.
   */
  private static int movedAbove(int fd, int socket) {
    int moved = FuseLibc.fcntl(socket, F_DUPFD_CLOEXEC, fd + 1);
    if (moved < 0) {
      return socket;
    }
    FuseLibc.close(socket);
    return moved;
  }

  private static int spawn(int socket, Path mountPoint, FuseMountOptions options)
      throws FuseMountException {
    String[] arguments = {
      PROGRAM, "-o", String.join(",", options(options)), "--", mountPoint.toString()
    };
    List<String> environment = new ArrayList<>();
    for (Map.Entry<String, String> variable : System.getenv().entrySet()) {
      environment.add(variable.getKey() + "=" + variable.getValue());
    }
    environment.add("_FUSE_COMMFD=" + socket);
    int[] pid = new int[1];
    int error =
        FuseLibc.posix_spawnp(
            pid,
            PROGRAM,
            Pointer.NULL,
            Pointer.NULL,
            new StringArray(arguments),
            new StringArray(environment.toArray(new String[0])));
    if (error != 0) {
      throw new FuseMountException(MountHelper.notStarted(PROGRAM, error));
    }
    return pid[0];
  }

  private static List<String> options(FuseMountOptions options) {
    List<String> list = new ArrayList<>();
    list.add("fsname=" + options.source().replace("\\", "\\\\").replace(",", "\\,"));
    list.add("subtype=zonefs-j");
    list.add("default_permissions");
    list.add("max_read=" + Negotiation.MAX_TRANSFER_BYTES);
    if (options.readOnly()) {
      list.add("ro");
    }
    if (options.allowOther()) {
      list.add("allow_other");
    }
    if (options.transportOptions().autoUnmount()) {
      list.add("auto_unmount");
    }
    if (FuseLibc.geteuid() == 0) {
      // The helper starts with nosuid,nodev; a local filesystem that root mounts has neither.
      list.add("suid");
      list.add("dev");
    }
    list.addAll(options.transportOptions().mountFlags());
    return list;
  }

  /** Returns -1 if the other end is closed without sending a descriptor. */
  private static int receiveDescriptor(int socket) {
    try (Memory message = new Memory(MESSAGE_BYTES);
        Memory vector = new Memory(VECTOR_BYTES);
        Memory data = new Memory(1);
        Memory control = new Memory(CONTROL_BYTES)) {
      message.clear();
      control.clear();
      vector.setPointer(0, data);
      vector.setLong(Native.POINTER_SIZE, 1);
      message.setPointer(16, vector);
      message.setLong(24, 1);
      message.setPointer(32, control);
      message.setLong(40, CONTROL_BYTES);
      long received;
      do {
        received = FuseLibc.recvmsg(socket, message, MSG_CMSG_CLOEXEC);
      } while (received < 0 && Native.getLastError() == FuseLibc.EINTR);
      boolean isDescriptor =
          received > 0
              && message.getLong(40) >= CONTROL_LENGTH
              && control.getInt(8) == SOL_SOCKET
              && control.getInt(12) == SCM_RIGHTS;
      return isDescriptor ? control.getInt(16) : -1;
    }
  }

  private static int awaitExit(int pid) {
    int[] status = new int[1];
    int result;
    do {
      result = FuseLibc.waitpid(pid, status, 0);
    } while (result < 0 && Native.getLastError() == FuseLibc.EINTR);
    return result < 0 ? -1 : status[0];
  }

  private static String lastError() {
    return "errno " + Native.getLastError();
  }
}
