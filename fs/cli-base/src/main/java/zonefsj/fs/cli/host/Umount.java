// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Calls umount2(2) for one particular mount, for root. The user of the mount can redirect its path
 * before the call, by unmounting and putting symbolic links in its place. So this class holds the
 * parent directory open, compares the mount that is visible from there with the expected one, and
 * follows no symbolic link after that.
 */
final class Umount {
  static final int MNT_FORCE = 1;
  static final int MNT_DETACH = 2;

  private static final int UMOUNT_NOFOLLOW = 8;
  private static final int O_PATH = 010000000;
  private static final int O_CLOEXEC = 02000000;
  private static final int AT_FDCWD = -100;

  static {
    Native.register(Umount.class, "c");
  }

  private Umount() {}

  /**
   * Unmounts.
   *
   * @param entry the expected mount
   * @param flags 0, or {@link #MNT_DETACH} and {@link #MNT_FORCE}
   * @return 0, or the errno of the call
   * @throws UserError if another mount, or none, is there now
   */
  static int unmount(MountEntry entry, int flags) throws IOException {
    Path point = entry.mountPoint();
    Path parent = point.getParent();
    Path name = point.getFileName();
    if (parent == null || name == null) {
      throw new UserError(point + " is the root directory");
    }
    int directory = open(AT_FDCWD, parent.toString(), point);
    try {
      int seen = open(directory, name.toString(), point);
      try {
        if (mountId(seen).orElse(-1) != entry.id()) {
          throw new UserError(
              point + ": another mount than a moment ago is there; nothing is done");
        }
      } finally {
        close(seen);
      }
      // At this point the user can only put another mount of theirs in its place, or uncover a
      // mount below it. A caller that unmounts for another user checks for the latter.
      return umount2("/proc/self/fd/" + directory + "/" + name, flags | UMOUNT_NOFOLLOW);
    } catch (LastErrorException e) {
      return e.getErrorCode();
    } finally {
      close(directory);
    }
  }

  /** Opens a path without access to its filesystem. */
  private static int open(int directory, String path, Path point) throws IOException {
    try {
      return openat(directory, path, O_PATH | O_CLOEXEC);
    } catch (LastErrorException e) {
      throw new IOException(point + " cannot be found: errno " + e.getErrorCode(), e);
    }
  }

  /** The number of the mount of an open file, see proc_pid_fdinfo(5). */
  private static OptionalInt mountId(int fd) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).stream()
        .filter(line -> line.startsWith("mnt_id:"))
        .mapToInt(line -> Integer.parseInt(line.substring("mnt_id:".length()).strip()))
        .findFirst();
  }

  private static native int openat(int directory, String path, int flags) throws LastErrorException;

  private static native int close(int fd) throws LastErrorException;

  private static native int umount2(String path, int flags) throws LastErrorException;
}
