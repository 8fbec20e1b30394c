package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where things go on the host: the system's places for root, the XDG ones for everybody else.
 *
 * @param uid user who runs us
 * @param runtime sockets and locks; empty after a reboot
 * @param index parent of the index directories
 * @param log parent of the log files
 */
public record Directories(int uid, Path runtime, Path index, Path log) {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  /** The places of the user who runs us. */
  public static Directories ofCurrentUser() throws IOException {
    return of(currentUid(), System.getenv());
  }

  /**
   * The places of a user.
   *
   * @param environment where the XDG variables, HOME, and ZONEFSJ_RUNTIME_DIR, ZONEFSJ_STATE_DIR
   *     and ZONEFSJ_LOG_DIR, which take precedence, are looked up
   */
  public static Directories of(int uid, Map<String, String> environment) {
    Path home = Path.of(environment.getOrDefault("HOME", "/"));
    Path state = absolute(environment.get("XDG_STATE_HOME"));
    Path userState = (state == null ? home.resolve(".local/state") : state).resolve("zonefs-j");
    Path runtime = absolute(environment.get("ZONEFSJ_RUNTIME_DIR"));
    Path index = absolute(environment.get("ZONEFSJ_STATE_DIR"));
    Path log = absolute(environment.get("ZONEFSJ_LOG_DIR"));
    return new Directories(
        uid,
        runtime != null ? runtime : defaultRuntime(uid, environment),
        index != null ? index : uid == 0 ? Path.of("/var/lib/zonefs-j") : userState,
        log != null ? log : uid == 0 ? Path.of("/var/log/zonefs-j") : userState.resolve("log"));
  }

  /** Where the socket of a mount is, whoever has mounted it. */
  public Path runtimeOf(MountEntry entry) {
    int owner = entry.mounterUid().orElse(uid);
    return owner == uid ? runtime : defaultRuntime(owner, Map.of());
  }

  private static Path defaultRuntime(int uid, Map<String, String> environment) {
    if (uid == 0) {
      return Path.of("/run/zonefs-j");
    }
    Path xdg = absolute(environment.get("XDG_RUNTIME_DIR"));
    if (xdg != null) {
      return xdg.resolve("zonefs-j");
    }
    Path login = Path.of("/run/user/" + uid);
    return Files.isDirectory(login) ? login.resolve("zonefs-j") : Path.of("/tmp/zonefs-j-" + uid);
  }

  private static @Nullable Path absolute(@Nullable String value) {
    // The XDG specification: a relative path there is to be ignored.
    return value == null || !value.startsWith("/") ? null : Path.of(value);
  }

  /** The user who runs us: the owner of our own entry in /proc. */
  public static int currentUid() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  /**
   * Makes a directory that only we may enter, with its parents.
   *
   * @throws IOException with words if it cannot be made or belongs to somebody else
   */
  public Path makePrivate(Path directory) throws IOException {
    Path parent = directory.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw new NotDirectoryException(directory.toString());
      }
      // A link to a larger disk is the administrator's right, but the fallback below /tmp could
      // have
      // been made by anybody.
      int owner = (Integer) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      if (owner != uid && owner != 0) {
        throw new UserError(
            directory + " belongs to user " + owner + ", not to us (" + uid + "): remove it", e);
      }
      if (!Files.getPosixFilePermissions(directory).equals(PRIVATE)) {
        Files.setPosixFilePermissions(directory, PRIVATE);
      }
    }
    return directory;
  }
}
