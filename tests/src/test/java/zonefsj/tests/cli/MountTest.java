// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;

/** Mounting and unmounting by the command, with a daemon, on the kernel of this machine. */
final class MountTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private Path file() {
    return cli.mountPoint().resolve("a file");
  }

  private MountEntry entry() throws IOException {
    return MountInfo.read().at(cli.mountPoint()).orElseThrow();
  }

  @Test
  void whatWasWrittenIsThereAfterUnmountAndMount() throws Exception {
    cli.format();
    assertThat(cli.run("mount", cli.image(), cli.mountPoint()).ok().out()).isEmpty();
    assertThat(entry().source()).isEqualTo(cli.image().toString());
    Files.writeString(file(), "hello");
    long daemon = cli.daemon();
    assertThat(cli.run("umount", cli.mountPoint()).ok().out()).isEmpty();
    assertThat(cli.isMounted()).isFalse();
    CommandFixture.awaitEnd(daemon);
    assertThat(file()).doesNotExist();
    // The other way to say it, with the index lost.
    cli.shell("rm -r \"$ZONEFSJ_STATE_DIR\"");
    cli.run(cli.image(), cli.mountPoint(), "-o", "commit=7").ok();
    assertThat(file()).hasContent("hello");
    cli.run("umount", cli.mountPoint()).ok();
  }

  @Test
  void nothingIsLeftBehindAndNothingIsForOthersToRead() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    for (String directory : List.of("run", "log", "state")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cli.path(directory))))
          .as(directory)
          .isEqualTo("rwx------");
    }
    for (Path log : List.of(log(), log().resolveSibling(log().getFileName() + ".out"))) {
      if (Files.exists(log)) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
            .isEqualTo("rw-------");
      }
    }
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(cli.path("run"))
        .isDirectoryNotContaining(path -> !path.toString().endsWith(".lock"));
  }

  private Path log() throws IOException {
    try (var logs = Files.list(cli.path("log"))) {
      return logs.filter(path -> path.toString().endsWith(".log")).findFirst().orElseThrow();
    }
  }

  @Test
  void aMountInUseStaysAndNothingIsLost() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    try (OutputStream open = Files.newOutputStream(file())) {
      open.write("first".getBytes(UTF_8));
      assertThat(cli.run("umount", cli.mountPoint()).failure(1))
          .contains(cli.mountPoint() + " is in use by java (process")
          .contains("it stays mounted");
      assertThat(cli.isMounted()).isTrue();
      open.write(" second".getBytes(UTF_8));
    }
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(file()).hasContent("first second");
  }

  @Test
  void aDriveIsMountedOnceAndSoIsACopyOfIt() throws Exception {
    cli.format();
    Path other = Files.createDirectory(cli.path("other"));
    Path copy = cli.path("copy.img");
    cli.shell("cp --sparse=always drive.img copy.img");
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(cli.run("mount", cli.image(), other).failure(1))
        .contains("is mounted already, on " + cli.mountPoint())
        .contains("'mount --bind " + cli.mountPoint() + " " + other + "'");
    assertThat(cli.run("mount", cli.image(), cli.mountPoint()).failure(1))
        .contains("is already mounted");
    assertThat(cli.run("mount", copy, other).failure(1))
        .contains("UUID")
        .contains("is mounted already: " + cli.image() + " on " + cli.mountPoint());
    assertThat(cli.run("mkfs", cli.image(), "--force").failure(1)).contains("in use");
    assertThat(cli.run("zone", "reset", cli.image(), 20).failure(1))
        .contains("is mounted at " + cli.mountPoint());
    Files.writeString(file(), "still well");
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("mount", copy, other).ok();
    assertThat(other).isEmptyDirectory();
    cli.run("umount", other).ok();
  }

  @Test
  void aClientThatIsNotInstalledIsInAPackage() throws Exception {
    assertThat(cli.run("info", "ofs://om/volume/bucket/drive").failure(1))
        .contains("the module 'hadoop' of zonefs-j is not installed in ")
        .contains("the package zonefs-j-hadoop has it");
  }

  @Test
  void aMountThatFailsLeavesTheLogOfTheLiveOneAlone() throws Exception {
    cli.format();
    Path other = Files.createDirectory(cli.path("other"));
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    Path live = log();
    Path output = Path.of(live.toString().replaceFirst("log$", "out"));
    Object outputBefore = Files.readAttributes(output, BasicFileAttributes.class).fileKey();
    assertThat(cli.run("mount", cli.image(), cli.mountPoint()).failure(1))
        .contains("is already mounted");
    assertThat(cli.run("mount", cli.image(), other).failure(1)).contains("mount --bind");
    assertThat(live)
        .content()
        .contains("mounted with")
        .doesNotContain("ERROR", "already mounted", "in use");
    assertThat(Files.readAttributes(output, BasicFileAttributes.class).fileKey())
        .isEqualTo(outputBefore);
    try (var files = Files.list(cli.path("log"))) {
      assertThat(files.filter(file -> !file.equals(live) && !file.equals(output))).isEmpty();
    }
    cli.run("umount", cli.mountPoint()).ok();
  }

  @Test
  void allThatIsShownAndLoggedHasOneClock() throws Exception {
    cli.setEnvironment("TZ", "Asia/Kolkata");
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    cli.run("scrub", cli.mountPoint()).ok();
    String status = cli.run("status", cli.mountPoint()).ok().out();
    String json = cli.run("status", "--json", cli.mountPoint()).ok().out();
    cli.run("umount", cli.mountPoint()).ok();
    String dump = cli.run("dump", cli.image()).ok().out();
    for (String text : List.of(status, json, dump, Files.readString(log()))) {
      List<String> times =
          Pattern.compile("\\b20\\d\\d-\\d\\d-\\d\\d[^\\s\",]*( \\d\\d:\\S*)?")
              .matcher(text)
              .results()
              .map(MatchResult::group)
              .map(time -> time.replaceFirst(":$", ""))
              .toList();
      assertThat(times)
          .isNotEmpty()
          .allMatch(time -> time.matches("\\S{10}T\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\+05:30"));
    }
  }

  @Test
  void theLogTellsWhoHasUnmounted() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(log())
        .content()
        .contains(" UNMOUNTED: " + cli.mountPoint() + " is unmounted as asked")
        .doesNotContain("UNMOUNTED_BY_OTHERS");
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    long daemon = cli.daemon();
    cli.exec(Map.of(), List.of("umount", "-i", cli.mountPoint().toString())).ok();
    CommandFixture.awaitEnd(daemon);
    assertThat(log())
        .content()
        .contains("UNMOUNTED_BY_OTHERS: " + cli.mountPoint() + " was unmounted from outside");
  }

  @Test
  void aMountThatCannotBeLeavesNothing() throws Exception {
    assertThat(cli.run("mount", cli.image(), cli.mountPoint()).failure(1)).contains("no such file");
    cli.run("create", cli.image(), "--size", "256M").ok();
    assertThat(cli.run("mount", cli.image(), cli.mountPoint()).failure(1))
        .contains("holds no zonefs-j filesystem")
        .contains("zonefs-j mkfs");
    cli.run("mkfs", cli.image()).ok();
    assertThat(cli.run("mount", cli.image(), cli.path("absent")).failure(1))
        .contains("does not exist");
    assertThat(cli.run("mount", cli.image(), cli.image()).failure(1)).contains("not a directory");
    Files.writeString(file(), "in the way");
    assertThat(cli.run("mount", cli.image(), cli.mountPoint()).failure(1)).contains("not empty");
    assertThat(cli.isMounted()).isFalse();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "nonempty").ok();
    assertThat(file()).doesNotExist();
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(file()).hasContent("in the way");
  }

  @Test
  void aDaemonThatWasKilledLeavesAMountThatIsReplaced() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    Files.writeString(file(), "synced");
    cli.run("sync", cli.mountPoint()).ok();
    cli.killDaemon();
    for (String command : List.of("status", "sync", "gc", "zones")) {
      assertThat(cli.run(command, cli.mountPoint()).failure(1))
          .contains("the daemon of " + cli.mountPoint() + " is gone")
          .contains("zonefs-j umount " + cli.mountPoint());
    }
    CommandFixture.Outcome again = cli.run("mount", cli.image(), cli.mountPoint());
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.err()).contains("held the dead mount of " + cli.image()).hasLineCount(1);
    assertThat(file()).hasContent("synced");
    cli.killDaemon();
    CommandFixture.Outcome cleared = cli.run("umount", cli.mountPoint());
    assertThat(cleared.exitCode()).isZero();
    assertThat(cleared.err()).contains("its dead mount is cleared").hasLineCount(1);
    assertThat(cli.isMounted()).isFalse();
    assertThat(cli.run("umount", cli.mountPoint()).failure(1)).contains("no zonefs-j filesystem");
  }

  private void end(long daemon, String signal) throws Exception {
    cli.exec(Map.of(), List.of("kill", signal, Long.toString(daemon))).ok();
    CommandFixture.awaitEnd(daemon);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-TERM", "-INT"})
  void aSignalIsACleanUnmount(String signal) throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "commit=3600").ok();
    Files.writeString(file(), "not synced");
    long daemon = cli.daemon();
    end(daemon, signal);
    assertThat(cli.isMounted()).isFalse();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(file()).hasContent("not synced");
  }

  @Test
  void aSignalEndsAMountInUseTooAndLosesNothing() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "commit=3600").ok();
    long daemon = cli.daemon();
    try (OutputStream open = Files.newOutputStream(file())) {
      open.write("written".getBytes(UTF_8));
      end(daemon, "-TERM");
      assertThat(cli.isMounted()).isFalse();
    } catch (IOException e) {
      // Closing a file whose filesystem is gone may fail, with one of several errors.
      assertThat(e).isNotInstanceOf(FileSystemException.class);
    }
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(file()).hasContent("written");
  }

  @Test
  void inTheForegroundTheCommandIsTheDaemon() throws Exception {
    cli.format();
    Process command = cli.start("mount", "-f", cli.image(), cli.mountPoint());
    try {
      for (int i = 0; i < 600 && !cli.isMounted(); i++) {
        assertThat(command.isAlive()).isTrue();
        Thread.sleep(50);
      }
      Files.writeString(file(), "hello");
      command.destroy();
      assertThat(command.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(command.exitValue()).isZero();
      assertThat(cli.isMounted()).isFalse();
      assertThat(cli.path("stderr")).content().contains("INFO");
    } finally {
      command.destroyForcibly();
    }
    assertThat(cli.run("mount", "-f", cli.image(), cli.path("absent")).exitCode()).isEqualTo(1);
  }

  @Test
  void optionsReachKernelAndVolume() throws Exception {
    cli.format();
    cli.run(
            "mount",
            cli.image(),
            cli.mountPoint(),
            "-o",
            "ro,nodev,noexec",
            "-ocommit=9,cache=16M,gc_policy=greedy,noatime")
        .ok();
    assertThat(entry().isReadOnly()).isTrue();
    assertThat(entry().options()).contains("nodev", "noexec");
    assertThat(cli.run("status", cli.mountPoint()).ok().out())
        .containsPattern("options +ro,commit=9,meta=.*,cache=16M,.*noatime,.*gc_policy=greedy")
        .contains("read-only");
    assertThat(cli.run("umount", cli.mountPoint()).ok().out()).isEmpty();
  }

  @Test
  void aDriveInMemoryNeedsNoFormatting() throws Exception {
    cli.run("mount", "mem:256M,zone-size=4M", cli.mountPoint()).ok();
    Files.writeString(file(), "volatile");
    assertThat(cli.run("status", cli.mountPoint()).ok().out()).contains("index        in memory");
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(cli.path("state")).doesNotExist();
  }

  @Test
  void namesWithOddCharactersAreNoTrouble() throws Exception {
    cli.format();
    Path directory = Files.createDirectory(cli.path("a b\nc,d\\e\"ü"));
    Path image = Files.move(cli.image(), directory.resolve("x,y z.img"));
    Path mountPoint = Files.createDirectory(directory.resolve("m n\\040t"));
    Path index = directory.resolve("in,dex");
    cli.run(
            "mount",
            image,
            mountPoint,
            "-o",
            "meta=" + index.toString().replaceAll("[,\\\\\"]", "\\\\$0"))
        .ok();
    Files.writeString(mountPoint.resolve("f"), "x");
    assertThat(cli.run("status", mountPoint, "--json").ok().out()).contains("\"live_bytes\"");
    assertThat(index).isDirectory();
    cli.run("umount", mountPoint).ok();
    assertThat(cli.path("run")).isDirectoryNotContaining("glob:**.sock");
  }

  @Test
  void aMountSeenElsewhereIsUnmountedHere() throws Exception {
    cli.format();
    Path other = Files.createDirectory(cli.path("other"));
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    cli.exec(Map.of(), List.of("mount", "--bind", cli.mountPoint().toString(), other.toString()))
        .ok();
    Files.writeString(file(), "hello");
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(other.resolve("a file")).hasContent("hello");
    assertThat(cli.run("status", other).ok().out()).contains("mounted");
    cli.run("umount", other).ok();
    assertThat(cli.path("run")).isDirectoryNotContaining("glob:**.sock");
  }

  /** What a container that is started meanwhile does: it takes a copy of the mount. */
  private Process copyOfTheMount() throws Exception {
    // Copies of the mounts of others are not kept alive.
    String script =
        "for each in $(findmnt -rn -t fuse.zonefs-j -o TARGET); do"
            + " [ $each = $0 ] || umount -i -l $each; done; echo; exec sleep 60";
    Process holder =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                script,
                cli.mountPoint().toString())
            .start();
    assertThat(holder.getInputStream().read()).isEqualTo('\n');
    return holder;
  }

  @Test
  void anotherMountNamespaceDoesNotHoldUpTheUnmount() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "commit=3600").ok();
    long daemon = cli.daemon();
    Process holder = copyOfTheMount();
    try {
      Files.writeString(file(), "x");
      CommandFixture.Outcome unmounted = cli.run("umount", cli.mountPoint());
      assertThat(unmounted.exitCode()).as(unmounted.err()).isZero();
      assertThat(unmounted.err())
          .contains("still mounted elsewhere")
          .contains("(process " + holder.pid() + ")");
      assertThat(cli.isMounted()).isFalse();
      assertThat(cli.run("mount", cli.image(), cli.mountPoint()).failure(1)).contains("in use");
    } finally {
      holder.destroyForcibly();
    }
    CommandFixture.awaitEnd(daemon);
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(file()).hasContent("x");
  }

  @Test
  void anotherMountNamespaceDoesNotHoldUpTheAnswerToASignal() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "commit=3600").ok();
    long daemon = cli.daemon();
    Process holder = copyOfTheMount();
    try {
      Files.writeString(file(), "x");
      end(daemon, "-TERM");
    } finally {
      holder.destroyForcibly();
    }
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(file()).hasContent("x");
  }

  @Test
  void oneOfTwoMountsAtTheSamePlaceIsUnmounted() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    Files.writeString(file(), "x");
    String point = cli.mountPoint().toString();
    cli.exec(Map.of(), List.of("mount", "--bind", point, point)).ok();
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(file()).hasContent("x");
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(cli.isMounted()).isFalse();
  }

  /** A signal must not take away what was mounted at the same place meanwhile. */
  @Test
  void aDaemonUnmountsNothingElse() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    long daemon = cli.daemon();
    Process holder = copyOfTheMount();
    try {
      assertThat(cli.run("umount", cli.mountPoint()).exitCode()).isZero();
      cli.exec(Map.of(), List.of("mount", "-t", "tmpfs", "x", cli.mountPoint().toString())).ok();
      end(daemon, "-TERM");
      assertThat(MountInfo.read().at(cli.mountPoint()).orElseThrow().type()).isEqualTo("tmpfs");
    } finally {
      holder.destroyForcibly();
    }
  }

  /**
   * Something above the mount point was covered since: the path leads to another mount, which the
   * table lists first, because it is older.
   */
  @ParameterizedTest
  @ValueSource(strings = {"direct", "jnr-fuse"})
  void aDaemonUnmountsNothingElseWhereItsPathLeads(String transport) throws Exception {
    cli.format();
    Path base = cli.mountPoint();
    shell("mount -t tmpfs x $0; mount --make-private $0; mkdir -p $0/other $0/a/m", base);
    try {
      shell("mount -t tmpfs x $0/other; mkdir $0/other/m; mount -t tmpfs x $0/other/m", base);
      Path point = base.resolve("a/m");
      cli.run("mount", cli.image(), point, "-o", "transport=" + transport).ok();
      long daemon = cli.daemon();
      shell("mount --move $0/other $0/a; touch $0/a/m/x", base);
      cli.exec(Map.of(), List.of("kill", "-TERM", Long.toString(daemon))).ok();
      CommandFixture.awaitEnd(daemon);
      assertThat(point.resolve("x")).exists();
    } finally {
      // The kernel may be ending the daemon's mount meanwhile, and then no umount succeeds.
      shell(
          "for i in $(seq 50); do umount -i -R -l $0 2>/dev/null || umount -i -l $0 2>/dev/null || :; mountpoint -q $0 || exit 0;"
              + " sleep 0.1; done; exit 1",
          base);
    }
  }

  private void shell(String script, Path argument) throws Exception {
    cli.exec(Map.of(), List.of("sh", "-euc", script, argument.toString())).ok();
  }
}
