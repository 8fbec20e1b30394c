// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Directories on the host: the system's directories for root, the XDG directories for other users,
 * also for the root of a user namespace who may not write to those of the system.
 *
 * @param uid user who runs this process
 * @param runtime sockets and locks; empty after a reboot
 * @param index parent of the index directories
 * @param log parent of the log files
 */
public record Directories(int uid, Path runtime, Path index, Path log) {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private static final Path SYSTEM_RUNTIME = Path.of("/run/zonefs-j");
  private static final Path SYSTEM_INDEX = Path.of("/var/lib/zonefs-j");
  private static final Path SYSTEM_LOG = Path.of("/var/log/zonefs-j");

  /** Directories of the user who runs this process. */
  public static Directories ofCurrentUser() throws IOException {
    int uid = currentUid();
    return of(uid, System.getenv(), uid == 0 && (!isInUserNamespace() || canUseSystem()));
  }

  /**
   * Directories of a user.
   *
   * @param environment holds the XDG variables, HOME, and ZONEFSJ_RUNTIME_DIR, ZONEFSJ_STATE_DIR
   *     and ZONEFSJ_LOG_DIR, which take precedence
   */
  public static Directories of(int uid, Map<String, String> environment) {
    return of(uid, environment, uid == 0);
  }

  /**
   * As {@link #of(int, Map)}.
   *
   * @param isSystem whether the user has the directories of the system
   */
  static Directories of(int uid, Map<String, String> environment, boolean isSystem) {
    Path home = Path.of(environment.getOrDefault("HOME", "/"));
    Path state = absolute(environment.get("XDG_STATE_HOME"));
    Path userState = (state == null ? home.resolve(".local/state") : state).resolve("zonefs-j");
    Path runtime = absolute(environment.get("ZONEFSJ_RUNTIME_DIR"));
    Path index = absolute(environment.get("ZONEFSJ_STATE_DIR"));
    Path log = absolute(environment.get("ZONEFSJ_LOG_DIR"));
    return new Directories(
        uid,
        runtime != null ? runtime : defaultRuntime(uid, userState, environment, isSystem),
        index != null ? index : isSystem ? SYSTEM_INDEX : userState,
        log != null ? log : isSystem ? SYSTEM_LOG : userState.resolve("log"));
  }

  /** Whether root of this process is an ordinary user outside, as in a rootless container. */
  private static boolean isInUserNamespace() throws IOException {
    return !Files.readString(Path.of("/proc/self/uid_map")).matches("\\s*0\\s+0\\s+4294967295\\s*");
  }

  private static boolean canUseSystem() {
    return Stream.of(SYSTEM_RUNTIME, SYSTEM_INDEX, SYSTEM_LOG)
        .allMatch(
            path -> Files.isWritable(path) || (Files.notExists(path) && isWritableParent(path)));
  }

  private static boolean isWritableParent(Path path) {
    Path parent = path.getParent();
    return parent != null && Files.isWritable(parent);
  }

  private static Path defaultRuntime(
      int uid, Path userState, Map<String, String> environment, boolean isSystem) {
    if (isSystem) {
      return SYSTEM_RUNTIME;
    }
    Path xdg = absolute(environment.get("XDG_RUNTIME_DIR"));
    if (xdg != null) {
      return xdg.resolve("zonefs-j");
    }
    // Not below /tmp: another user could create a name that is known in advance.
    Path login = Path.of("/run/user/" + uid);
    return Files.isDirectory(login)
        ? login.resolve("zonefs-j")
        : userState.resolve("run").resolve(thisHost());
  }

  /**
   * A name for this host since its boot, and for this container: several of them can share a home
   * directory, and a process number is valid on one of them only.
   */
  private static String thisHost() {
    CRC32 crc = new CRC32();
    try {
      crc.update(Files.readAllBytes(Path.of("/proc/sys/kernel/random/boot_id")));
      Path processes = Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
      crc.update(processes.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      return "host";
    }
    return Long.toHexString(crc.getValue());
  }

  private static @Nullable Path absolute(@Nullable String value) {
    // The XDG specification says to ignore a relative path.
    return value == null || !value.startsWith("/") ? null : Path.of(value);
  }

  /** The group of this process. */
  public static int currentGid() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:gid");
  }

  /** The user who runs this process: the owner of its entry in /proc. */
  public static int currentUid() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  /**
   * Checks the directory for temporary files of this process, which TMPDIR may name.
   *
   * @throws UserError if another user could replace them
   */
  public void checkTemporary() throws IOException {
    checkForNewNames(Path.of(System.getProperty("java.io.tmpdir")));
  }

  /**
   * Checks a directory for new files whose names nobody knows in advance.
   *
   * @throws UserError if another user could replace them
   */
  public void checkForNewNames(Path directory) throws IOException {
    TrustedPath.checkForNewNames(directory, uid);
  }

  /**
   * Creates a directory for an index. Its lock, its copies and files that are set aside lie beside
   * it, so a parent where everybody may create files, like {@code /tmp}, is refused, too.
   *
   * @throws UserError as {@link #makePrivate}
   */
  public Path makeIndex(Path directory) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      TrustedPath.check(parent, uid);
    }
    makePrivate(directory);
    if (parent != null) {
      TrustedPath.check(parent, uid);
    }
    return directory;
  }

  /**
   * Creates a directory that only this user may enter, with its parents. An existing directory
   * keeps its permissions.
   *
   * @throws UserError if others could change its content, or replace it
   * @throws IOException if it cannot be created
   */
  public Path makePrivate(Path directory) throws IOException {
    TrustedPath.check(directory, uid);
    // Part by part: the check ends at the first part that is missing.
    Path made = Path.of("/");
    for (Path part : directory.toAbsolutePath()) {
      made = made.resolve(part);
      TrustedPath.checkForNewNames(made, uid);
      if (!Files.isDirectory(made)) {
        makePart(made);
      }
    }
    // Another process may have created it, or a parent, meanwhile.
    TrustedPath.check(directory, uid);
    return directory;
  }

  private static void makePart(Path directory) throws IOException {
    try {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    } catch (FileAlreadyExistsException e) {
      // Made meanwhile, which is checked with the next part.
      if (!Files.isDirectory(directory)) {
        throw new NotDirectoryException(directory.toString());
      }
    }
  }
}
