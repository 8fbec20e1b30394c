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
import java.util.zip.CRC32;
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
        runtime != null ? runtime : defaultRuntime(uid, userState, environment),
        index != null ? index : uid == 0 ? Path.of("/var/lib/zonefs-j") : userState,
        log != null ? log : uid == 0 ? Path.of("/var/log/zonefs-j") : userState.resolve("log"));
  }

  private static Path defaultRuntime(int uid, Path userState, Map<String, String> environment) {
    if (uid == 0) {
      return Path.of("/run/zonefs-j");
    }
    Path xdg = absolute(environment.get("XDG_RUNTIME_DIR"));
    if (xdg != null) {
      return xdg.resolve("zonefs-j");
    }
    // Not below /tmp: a name that others know could be taken by them.
    Path login = Path.of("/run/user/" + uid);
    return Files.isDirectory(login)
        ? login.resolve("zonefs-j")
        : userState.resolve("run").resolve(thisHost());
  }

  /**
   * A name for this host since its boot, and for this container: several can share a home, and a
   * process number means something on one of them only.
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
    // The XDG specification: a relative path there is to be ignored.
    return value == null || !value.startsWith("/") ? null : Path.of(value);
  }

  /** The user who runs us: the owner of our own entry in /proc. */
  public static int currentUid() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  /**
   * Checks where this process makes temporary files, which TMPDIR may name.
   *
   * @throws UserError if another user could replace them
   */
  public void checkTemporary() throws IOException {
    checkForNewNames(Path.of(System.getProperty("java.io.tmpdir")));
  }

  /**
   * Checks a directory where we are going to make files under names that nobody knows before.
   *
   * @throws UserError if another user could replace them
   */
  public void checkForNewNames(Path directory) throws IOException {
    TrustedPath.checkForNewNames(directory, uid);
  }

  /**
   * Makes a directory for an index. Its lock, its copies and what is set aside lie beside it: so it
   * is refused where everybody may make files, as in {@code /tmp}, too.
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
   * Makes a directory that only we may enter, with its parents. One that exists is used with the
   * rights that it has.
   *
   * @throws UserError if others could change what is in it, or what is there in its place
   * @throws IOException if it cannot be made
   */
  public Path makePrivate(Path directory) throws IOException {
    TrustedPath.check(directory, uid);
    Path parent = directory.getParent();
    if (parent != null) {
      Files.createDirectories(parent, PosixFilePermissions.asFileAttribute(PRIVATE));
    }
    try {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw new NotDirectoryException(directory.toString());
      }
    }
    // Somebody else may have made it, or a parent, meanwhile.
    TrustedPath.check(directory, uid);
    return directory;
  }
}
