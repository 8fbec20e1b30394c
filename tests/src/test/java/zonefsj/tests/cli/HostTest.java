// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.mounts.MountTableEntry;
import zonefsj.fs.cli.host.CanonicalPath;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.RunningProcess;
import zonefsj.fs.cli.host.SocketAddress;
import zonefsj.fs.cli.host.TrustedPath;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.host.UuidLock;

/** Places, locks, sockets and processes on the host. */
final class HostTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private static final int STRANGER = 4711;

  private static MountEntry entry(String device, int uid) {
    return new MountEntry(
        new MountTableEntry(
            1,
            device,
            "/",
            "/m",
            "rw",
            MountEntry.TYPE,
            "/x",
            "rw,user_id=" + Integer.toUnsignedString(uid)),
        Path.of("/m"));
  }

  @Test
  void rootUsesThePlacesOfTheSystem() {
    Directories root = Directories.of(0, Map.of("HOME", "/root", "XDG_RUNTIME_DIR", "/run/user/0"));
    assertThat(root.runtime()).isEqualTo(Path.of("/run/zonefs-j"));
    assertThat(root.index()).isEqualTo(Path.of("/var/lib/zonefs-j"));
    assertThat(root.log()).isEqualTo(Path.of("/var/log/zonefs-j"));
  }

  @Test
  void usersHavePlacesOfTheirOwn() {
    Directories anna =
        Directories.of(1234567, Map.of("HOME", "/home/anna", "XDG_RUNTIME_DIR", "/run/user/7"));
    assertThat(anna.runtime()).isEqualTo(Path.of("/run/user/7/zonefs-j"));
    assertThat(anna.index()).isEqualTo(Path.of("/home/anna/.local/state/zonefs-j"));
    assertThat(anna.log()).isEqualTo(Path.of("/home/anna/.local/state/zonefs-j/log"));
    assertThat(Directories.of(1234567, Map.of("HOME", "/h", "XDG_STATE_HOME", "/st")).index())
        .isEqualTo(Path.of("/st/zonefs-j"));
    assertThat(Directories.of(1234567, Map.of("HOME", "/h", "XDG_STATE_HOME", "st")).index())
        .isEqualTo(Path.of("/h/.local/state/zonefs-j"));
    // Nothing below /tmp, where a known name can be taken by others.
    assertThat(Directories.of(1234567, Map.of("HOME", "/h")).runtime().getParent())
        .isEqualTo(Path.of("/h/.local/state/zonefs-j/run"));
  }

  private static String rights(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static Path withRights(String rights, Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(rights));
    return path;
  }

  @Test
  void aPrivateDirectoryIsMadeWithItsParents() throws IOException {
    Directories us = Directories.of(Directories.currentUid(), Map.of());
    Path made = directory.resolve("a/b/c");
    assertThat(us.makePrivate(made)).isEqualTo(made);
    assertThat(rights(made)).isEqualTo("rwx------");
  }

  @Test
  void aDirectoryThatExistsKeepsItsRights() throws IOException {
    Directories us = Directories.of(Directories.currentUid(), Map.of());
    Path log = withRights("rwxrwxr-x", Files.createDirectory(directory.resolve("log")));
    us.makePrivate(log);
    assertThat(rights(log)).isEqualTo("rwxrwxr-x");
  }

  @Test
  void aDirectoryToWhichEverybodyMayWriteIsRefused() throws IOException {
    Directories us = Directories.of(Directories.currentUid(), Map.of());
    Path open = withRights("rwxrwxrwx", Files.createDirectory(directory.resolve("open")));
    Path below = Files.createDirectory(open.resolve("below"));
    for (Path refused : List.of(open, below, open.resolve("absent"))) {
      assertThatThrownBy(() -> us.makePrivate(refused))
          .isInstanceOf(UserError.class)
          .hasMessage(
              refused
                  + ": everybody may write to "
                  + open
                  + ": give another directory, or take that right away (chmod o-w)");
    }
    assertThat(rights(open)).isEqualTo("rwxrwxrwx");
    assertThat(open.resolve("absent")).doesNotExist();
    // With the sticky bit nobody can replace what another has made there, as in /tmp.
    Files.setAttribute(open, "unix:mode", 01777);
    us.makePrivate(below);
    us.makePrivate(open.resolve("new"));
    assertThatThrownBy(() -> us.makePrivate(open)).isInstanceOf(UserError.class);
    TrustedPath.checkForNewNames(open, us.uid());
    // An index has siblings, whose names are known.
    assertThatThrownBy(() -> us.makeIndex(open.resolve("index"))).isInstanceOf(UserError.class);
    assertThat(open.resolve("index")).doesNotExist();
  }

  @Test
  void aUserNumberIsThirtyTwoBitsLong() {
    assertThat(entry("0:1", 1887401103).isOf(1887401103)).isTrue();
    MountEntry large = entry("0:1", (int) 4294967294L);
    assertThat(large.isOf(-2)).isTrue();
    assertThat(large.isOf(0)).isFalse();
  }

  @Test
  void whatAnotherUserCanLeadElsewhereIsRefused() throws IOException {
    Directories us = Directories.of(0, Map.of());
    Path theirs = Files.createDirectory(directory.resolve("theirs"));
    Path safe = Files.createDirectory(directory.resolve("safe"));
    Files.setAttribute(theirs, "unix:uid", STRANGER);
    Path link = Files.createSymbolicLink(theirs.resolve("link"), safe);
    Path ours = Files.createSymbolicLink(directory.resolve("ours"), safe);
    Path given = Files.createSymbolicLink(directory.resolve("given"), safe);
    Files.setAttribute(given, "unix:uid", STRANGER, LinkOption.NOFOLLOW_LINKS);
    for (Path refused :
        List.of(
            theirs,
            theirs.resolve("absent"),
            link,
            link.resolve("below"),
            given,
            safe.resolve("../theirs/x"))) {
      assertThatThrownBy(() -> us.makePrivate(refused))
          .as(refused.toString())
          .isInstanceOf(UserError.class)
          .hasMessageContaining("belongs to user " + STRANGER);
    }
    assertThat(safe).isEmptyDirectory();
    us.makePrivate(ours.resolve("new"));
    assertThat(safe.resolve("new")).isDirectory();
    Directories stranger = Directories.of(STRANGER, Map.of());
    TrustedPath.check(theirs, stranger.uid());
    TrustedPath.check(safe, stranger.uid());
  }

  /** What comes after a part that is missing is checked, too, before anything is made there. */
  @Test
  void nothingIsMadeWhereAnotherUserLeads() throws IOException {
    Directories us = Directories.of(0, Map.of());
    Path chosen = Files.createDirectory(directory.resolve("chosen"));
    Path given = Files.createSymbolicLink(directory.resolve("given"), chosen);
    Files.setAttribute(given, "unix:uid", STRANGER, LinkOption.NOFOLLOW_LINKS);
    assertThatThrownBy(() -> us.makePrivate(directory.resolve("missing/../given/a/b")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("belongs to user " + STRANGER);
    assertThat(chosen).isEmptyDirectory();
  }

  @Test
  void aFileInTheWayIsToldOf() throws IOException {
    Directories us = Directories.of(Directories.currentUid(), Map.of());
    Path file = Files.createFile(directory.resolve("f"));
    assertThatThrownBy(() -> us.makePrivate(file)).isInstanceOf(IOException.class);
  }

  @Test
  void aUuidIsMountedOnce() throws IOException {
    UUID uuid = UUID.randomUUID();
    try (UuidLock lock = UuidLock.take(directory, uuid, "/img/a on /mnt/a")) {
      assertThat(lock.uuid()).isEqualTo(uuid);
      assertThatThrownBy(() -> UuidLock.take(directory, uuid, "/img/b on /mnt/b"))
          .isInstanceOf(UserError.class)
          .hasMessageContaining(uuid.toString())
          .hasMessageContaining("mounted already: /img/a on /mnt/a");
      UuidLock.take(directory, UUID.randomUUID(), "another").close();
    }
    UuidLock.take(directory, uuid, "/img/b on /mnt/b").close();
  }

  @Test
  void aSocketWithTooLongANameIsRefusedWithWords() {
    assertThatThrownBy(() -> SocketAddress.of(directory.resolve("x".repeat(100))))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("XDG_RUNTIME_DIR");
  }

  @Test
  void theSocketOfAMountIsFoundByItsDevice() throws IOException {
    Directories us =
        Directories.of(
            Directories.currentUid(), Map.of("ZONEFSJ_RUNTIME_DIR", directory.toString()));
    MountEntry entry = entry("0:39", us.uid());
    long pid = ProcessHandle.current().pid();
    assertThat(LiveMount.of(us, entry)).isEmpty();
    Path socket = LiveMount.socketOf(directory, entry, pid);
    listenOnce(socket);
    // Another mount's, and that of a daemon that is gone.
    Path other = LiveMount.socketOf(directory, entry("0:3", us.uid()), pid);
    listenOnce(other);
    Path stale = LiveMount.socketOf(directory, entry, 999_999_999);
    listenOnce(stale);
    assertThat(LiveMount.of(us, entry)).contains(new LiveMount(entry, socket, pid));
    LiveMount.removeStaleSockets(directory);
    assertThat(stale).doesNotExist();
    assertThat(socket).exists();
    LiveMount.removeStaleSockets(directory.resolve("absent"));
    // The process that runs need not be the one that made the socket.
    LiveMount.removeFormerSockets(directory, entry);
    assertThat(socket).doesNotExist();
    assertThat(other).exists();
  }

  @Test
  void theDaemonOfAnotherUserIsNotAsked() throws IOException {
    Directories us =
        Directories.of(
            Directories.currentUid(), Map.of("ZONEFSJ_RUNTIME_DIR", directory.toString()));
    assertThatThrownBy(() -> LiveMount.of(us, entry("0:39", STRANGER)))
        .isInstanceOf(UserError.class)
        .hasMessage("/m was mounted by user 4711: only that user may ask its daemon");
  }

  private static void listenOnce(Path socket) throws IOException {
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(socket));
    }
  }

  @Test
  void aDirectoryWithoutOurMountIsToldOf() {
    for (LiveMount.Scope scope : LiveMount.Scope.values()) {
      assertThatThrownBy(() -> LiveMount.entryOf(directory, scope))
          .isInstanceOf(UserError.class)
          .hasMessageStartingWith(directory + ": no zonefs-j filesystem is mounted there; ");
    }
  }

  @Test
  void linksAreResolvedAsTheKernelDoes() throws IOException {
    Path real = directory.toRealPath();
    Path target = Files.createDirectories(real.resolve("a/target"));
    Files.createSymbolicLink(real.resolve("absolute"), target);
    Files.createSymbolicLink(real.resolve("relative"), Path.of("a/target"));
    Files.createSymbolicLink(real.resolve("twice"), Path.of("relative"));
    Files.createSymbolicLink(real.resolve("parent"), Path.of("a"));
    for (String name :
        new String[] {"absolute", "relative", "twice", "parent/target", "a/target/"}) {
      assertThat(CanonicalPath.of(real.resolve(name))).as(name).isEqualTo(target);
    }
    assertThat(CanonicalPath.of(real.resolve("a/absent"))).isEqualTo(real.resolve("a/absent"));
    assertThat(CanonicalPath.of(Path.of("/"))).isEqualTo(Path.of("/"));
    assertThatThrownBy(() -> CanonicalPath.of(real.resolve("absent/x")))
        .isInstanceOf(IOException.class);
    Files.createSymbolicLink(real.resolve("circle"), Path.of("circle"));
    assertThatThrownBy(() -> CanonicalPath.of(real.resolve("circle")))
        .hasMessageContaining("too many symbolic links");
  }

  @Test
  void aProcessRunsUntilItEnds() throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sleep", "60").start();
    assertThat(RunningProcess.isRunning(process.pid())).isTrue();
    process.destroyForcibly();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(RunningProcess.isRunning(process.pid())).isFalse();
    assertThat(RunningProcess.isRunning(ProcessHandle.current().pid())).isTrue();
  }
}
