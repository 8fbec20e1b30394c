// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import com.sun.jna.Native;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.protocol.Negotiation;

/** Mounts with mount(2), as root. */
final class KernelMount {
  private static final String DEVICE = "/dev/fuse";
  private static final String TYPE = "fuse.zonefs-j";

  // sys/mount.h
  private static final long MS_RDONLY = 1;
  private static final long MS_NOSUID = 1 << 1;
  private static final long MS_NODEV = 1 << 2;
  private static final long MS_NOEXEC = 1 << 3;
  private static final long MS_SYNCHRONOUS = 1 << 4;
  private static final long MS_DIRSYNC = 1 << 7;
  private static final long MS_NOSYMFOLLOW = 1 << 8;
  private static final long MS_NOATIME = 1 << 10;

  private static final int ROOT_MODE = 040000;

  private KernelMount() {}

  /**
   * Mounts.
   *
   * @return the connection, on which the kernel has sent its first request
   */
  static FuseDevice mount(Path mountPoint, FuseMountOptions options) throws FuseMountException {
    int fd = FuseLibc.open(DEVICE, FuseLibc.O_RDWR | FuseLibc.O_CLOEXEC);
    if (fd < 0) {
      throw new FuseMountException(DEVICE + " cannot be opened: errno " + Native.getLastError());
    }
    FuseDevice device = new FuseDevice(fd);
    int result =
        FuseLibc.mount(
            options.source(), mountPoint.toString(), TYPE, flags(options), data(fd, options));
    if (result != 0) {
      int errno = Native.getLastError();
      device.close();
      throw new FuseMountException(
          "the kernel refused to mount "
              + options.source()
              + " at "
              + mountPoint
              + ": errno "
              + errno);
    }
    return device;
  }

  private static String data(int fd, FuseMountOptions options) {
    List<String> data = new ArrayList<>();
    data.add("fd=" + fd);
    data.add("rootmode=" + Integer.toOctalString(ROOT_MODE));
    data.add("user_id=" + FuseLibc.geteuid());
    data.add("group_id=" + FuseLibc.getegid());
    // The kernel checks permissions with the owners and modes that it gets.
    data.add("default_permissions");
    // The reply to a longer read would be cut, and the kernel would take this for the end of the
    // file.
    data.add("max_read=" + Negotiation.MAX_TRANSFER_BYTES);
    if (options.allowOther()) {
      data.add("allow_other");
    }
    return String.join(",", data);
  }

  private static long flags(FuseMountOptions options) {
    long flags = options.readOnly() ? MS_RDONLY : 0;
    for (String flag : options.transportOptions().mountFlags()) {
      flags =
          switch (flag) {
            case "nodev" -> flags | MS_NODEV;
            case "nosuid" -> flags | MS_NOSUID;
            case "noexec" -> flags | MS_NOEXEC;
            case "sync" -> flags | MS_SYNCHRONOUS;
            case "dirsync" -> flags | MS_DIRSYNC;
            case "noatime" -> flags | MS_NOATIME;
            case "nosymfollow" -> flags | MS_NOSYMFOLLOW;
            case "dev" -> flags & ~MS_NODEV;
            case "suid" -> flags & ~MS_NOSUID;
            case "exec" -> flags & ~MS_NOEXEC;
            case "async" -> flags & ~MS_SYNCHRONOUS;
            case "atime" -> flags & ~MS_NOATIME;
            default -> throw new IllegalArgumentException("unknown mount flag: " + flag);
          };
    }
    return flags;
  }
}
