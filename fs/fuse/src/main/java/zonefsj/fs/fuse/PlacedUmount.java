// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Calls umount2(2) for one particular mount. Who can change a directory above it can lead its path
 * elsewhere before the call. So this class holds the parent directory open, compares the mount that
 * is visible from there with the expected one, and follows no symbolic link after that. It does not
 * access the mounted filesystem.
 */
final class PlacedUmount {
  private static final int EINVAL = 22;
  private static final int UMOUNT_NOFOLLOW = 8;
  private static final int O_PATH = 010000000;
  private static final int O_CLOEXEC = 02000000;

  private final UmountCalls calls;

  PlacedUmount(UmountCalls calls) {
    this.calls = calls;
  }

  /**
   * Unmounts.
   *
   * @param point where the mount is, by the mount table
   * @param mount its number there
   * @return 0 or the error number; EINVAL if the path leads to another mount
   */
  int umount(Path point, int mount, int flags) throws IOException {
    Path parent = point.getParent();
    if (parent == null) {
      return EINVAL;
    }
    int directory = calls.open(parent.toString(), O_PATH | O_CLOEXEC);
    if (directory < 0) {
      return -directory;
    }
    try {
      String place = "/proc/self/fd/" + directory + "/" + point.getFileName();
      int seen = calls.open(place, O_PATH | O_CLOEXEC);
      if (seen < 0) {
        return -seen;
      }
      try {
        if (mountOf(seen) != mount) {
          return EINVAL;
        }
      } finally {
        calls.close(seen);
      }
      return calls.umount(place, flags | UMOUNT_NOFOLLOW);
    } finally {
      calls.close(directory);
    }
  }

  /** The number of the mount of an open file, see proc_pid_fdinfo(5). */
  private static int mountOf(int descriptor) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor)).stream()
        .filter(line -> line.startsWith("mnt_id:"))
        .mapToInt(line -> Integer.parseInt(line.substring("mnt_id:".length()).strip()))
        .findFirst()
        .orElse(-1);
  }
}
