// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A zonefs-j mount and the control socket of its daemon.
 *
 * @param entry entry in the mount table
 * @param socket control socket of the daemon; may be stale
 * @param pid process number of the daemon
 */
public record LiveMount(MountEntry entry, Path socket, long pid) {
  private static final String SUFFIX = ".sock";

  /** Which paths name a mount. */
  public enum Scope {
    /** The mount point only. */
    MOUNT_POINT,
    /** Any directory or file on the mount. */
    ANYWHERE
  }

  /**
   * Path of the control socket of a daemon. The device number finds the socket from the mount
   * table. The kernel reuses the device numbers of ended mounts, so the process number keeps a
   * daemon that is ending from removing the socket of the next one.
   */
  public static Path socketOf(Path runtimeDirectory, MountEntry entry, long pid) {
    return runtimeDirectory.resolve(prefix(entry) + pid + SUFFIX);
  }

  private static String prefix(MountEntry entry) {
    return entry.device().replace(':', '-') + ".";
  }

  /**
   * Finds the entry of a zonefs-j mount.
   *
   * @throws UserError if no such mount is at, or above, the path
   */
  public static MountEntry entryOf(Path path, Scope scope) throws IOException {
    Path canonical = CanonicalPath.of(path);
    MountInfo mounts = MountInfo.read();
    Optional<MountEntry> entry =
        scope == Scope.MOUNT_POINT ? mounts.at(canonical) : mounts.covering(canonical);
    return entry
        .filter(MountEntry::isOurs)
        .orElseThrow(
            () ->
                new UserError(
                    path
                        + ": no zonefs-j filesystem is mounted there; 'zonefs-j list' shows where one is"));
  }

  /**
   * Finds the daemon of a mount.
   *
   * @return empty if the daemon does not exist any more, as after a crash
   * @throws UserError if another user has mounted it: the content and the time of that daemon's
   *     answers are not trustworthy
   */
  public static Optional<LiveMount> of(Directories directories, MountEntry entry)
      throws IOException {
    if (!entry.isOf(directories.uid())) {
      throw new UserError(
          entry.mountPoint()
              + " was mounted by user "
              + entry.mounterUid().orElse(0)
              + ": only that user may ask its daemon");
    }
    try (DirectoryStream<Path> sockets =
        Files.newDirectoryStream(directories.runtime(), prefix(entry) + "*" + SUFFIX)) {
      for (Path socket : sockets) {
        String name = String.valueOf(socket.getFileName());
        String pid = name.substring(prefix(entry).length(), name.length() - SUFFIX.length());
        if (pid.matches("[0-9]{1,9}") && RunningProcess.isRunning(Long.parseLong(pid))) {
          return Optional.of(new LiveMount(entry, socket, Long.parseLong(pid)));
        }
      }
      return Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Removes the sockets of daemons that ended without removing them.
   *
   * @param runtimeDirectory runtime directory of the current user
   */
  public static void removeStaleSockets(Path runtimeDirectory) throws IOException {
    removeSockets(
        runtimeDirectory,
        "*" + SUFFIX,
        name -> {
          String[] parts = name.split("\\.", -1);
          return parts.length == 3
              && parts[1].matches("[0-9]{1,9}")
              && !RunningProcess.isRunning(Long.parseLong(parts[1]));
        });
  }

  /**
   * Removes the sockets of former mounts that have the device number of a new mount. If the
   * directory survives a reboot, such a socket may carry the number of a running process.
   *
   * @param runtimeDirectory runtime directory of the current user
   * @param entry the new mount
   */
  public static void removeFormerSockets(Path runtimeDirectory, MountEntry entry)
      throws IOException {
    removeSockets(runtimeDirectory, prefix(entry) + "*" + SUFFIX, name -> true);
  }

  private static void removeSockets(Path directory, String glob, Predicate<String> which)
      throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(directory, glob)) {
      for (Path socket : sockets) {
        if (which.test(String.valueOf(socket.getFileName()))) {
          Files.deleteIfExists(socket);
        }
      }
    }
  }
}
