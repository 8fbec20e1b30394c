package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One of our mounts, and how its daemon is reached.
 *
 * @param entry of the mount table
 * @param socket control socket of the daemon; may be stale
 * @param pid process number of the daemon
 */
public record LiveMount(MountEntry entry, Path socket, long pid) {
  private static final String SUFFIX = ".sock";

  /** Which directories are meant by the name of one. */
  public enum Scope {
    /** The mount point only. */
    MOUNT_POINT,
    /** Any directory or file on the mount. */
    ANYWHERE
  }

  /**
   * Name of the socket of a daemon. The device number finds it from the mount table; as the kernel
   * gives the numbers of ended mounts out again, the process number keeps a daemon that is just
   * ending from taking away the socket of the next one.
   */
  public static Path socketOf(Path runtimeDirectory, MountEntry entry, long pid) {
    return runtimeDirectory.resolve(prefix(entry) + pid + SUFFIX);
  }

  private static String prefix(MountEntry entry) {
    return entry.device().replace(':', '-') + ".";
  }

  /**
   * Finds the entry of a mount of ours.
   *
   * @throws UserError if there is none at, or above, the path
   */
  public static MountEntry entryOf(Path path, Scope scope) throws IOException {
    Path canonical = CanonicalPath.of(path);
    MountInfo mounts = MountInfo.read();
    Optional<MountEntry> entry =
        scope == Scope.MOUNT_POINT ? mounts.at(canonical) : mounts.covering(canonical);
    return entry
        .filter(MountEntry::isOurs)
        .orElseThrow(() -> new UserError(path + ": no zonefs-j filesystem is mounted there"));
  }

  /**
   * Finds the daemon of a mount.
   *
   * @return empty if it is gone for good, as after a crash
   * @throws UserError if it is somebody else's
   */
  public static Optional<LiveMount> of(Directories directories, MountEntry entry)
      throws IOException {
    Path runtime = directories.runtimeOf(entry);
    try (DirectoryStream<Path> sockets =
        Files.newDirectoryStream(runtime, prefix(entry) + "*" + SUFFIX)) {
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
    } catch (AccessDeniedException e) {
      throw new UserError(
          entry.mountPoint()
              + " was mounted by user "
              + entry.mounterUid().orElse(0)
              + ": become that user or root",
          e);
    }
  }

  /** Removes the sockets that daemons left behind which did not come to their end. */
  public static void removeStaleSockets(Path runtimeDirectory) throws IOException {
    if (!Files.isDirectory(runtimeDirectory)) {
      return;
    }
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(runtimeDirectory, "*" + SUFFIX)) {
      for (Path socket : sockets) {
        String[] parts = String.valueOf(socket.getFileName()).split("\\.", -1);
        if (parts.length == 3
            && parts[1].matches("[0-9]{1,9}")
            && !RunningProcess.isRunning(Long.parseLong(parts[1]))) {
          Files.deleteIfExists(socket);
        }
      }
    }
  }
}
