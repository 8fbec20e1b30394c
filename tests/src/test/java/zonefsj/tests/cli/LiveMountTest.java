// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonParser;
import zonefsj.fs.cli.host.MountInfo;

/** What can be asked of a live mount, and changed on it. */
final class LiveMountTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @BeforeEach
  void mount() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "commit=3600").ok();
  }

  private Json.JsonObject status() throws IOException, InterruptedException {
    return (Json.JsonObject)
        JsonParser.parse(cli.run("status", "--json", cli.mountPoint()).ok().out());
  }

  private String option(String name) throws IOException, InterruptedException {
    return status().structure("options").text(name);
  }

  @Test
  void theStatusTellsWhatIsMounted() throws Exception {
    Files.write(cli.mountPoint().resolve("f"), new byte[1 << 20]);
    cli.run("sync", cli.mountPoint()).ok();
    Json.JsonObject status = status();
    assertThat(status.text("source")).isEqualTo(cli.image().toString());
    assertThat(status.text("mount_point")).isEqualTo(cli.mountPoint().toString());
    assertThat(status.text("label")).isEqualTo("test");
    assertThat(status.whole("pid")).isEqualTo(cli.daemon());
    assertThat(status.whole("live_bytes")).isGreaterThanOrEqualTo(1 << 20);
    assertThat(status.whole("host_bytes_written")).isGreaterThanOrEqualTo(1 << 20);
    assertThat(status.texts("errors")).isEmpty();
    assertThat(cli.run("status", cli.mountPoint().resolve("f")).ok().out())
        .contains("mounted      " + cli.image() + " on " + cli.mountPoint())
        .contains("errors       none");
  }

  /** What is written to a deleted file would be lost without a word. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDriveThatIsLostTakesNoMoreChangesUntilItIsBack(boolean deleted) throws Exception {
    Path file = cli.mountPoint().resolve("f");
    Files.write(file, new byte[] {1, 2, 3});
    cli.run("sync", cli.mountPoint()).ok();
    Path copy = cli.path("copy.img");
    Files.copy(cli.image(), copy);
    if (deleted) {
      Files.delete(cli.image());
    } else {
      try (FileChannel image = FileChannel.open(cli.image(), StandardOpenOption.WRITE)) {
        image.truncate(8 << 20);
      }
    }
    String reason = "";
    for (int second = 0; second < 60 && reason.isEmpty(); second++) {
      Thread.sleep(1000);
      reason = status().text("read_only_reason");
    }
    assertThat(reason).contains(cli.image() + (deleted ? " was deleted" : " was truncated"));
    assertThatThrownBy(() -> Files.write(file, new byte[1]))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("Read-only");
    // The kernel has it read-write all the same.
    assertThat(cli.run("mount", cli.image(), cli.mountPoint(), "-o", "remount,rw").failure(1))
        .contains("stays read-only: ")
        .contains(reason);
    assertThat(cli.run("set", cli.mountPoint(), "rw").failure(1)).contains("stays read-only: ");
    cli.run("umount", cli.mountPoint()).ok();
    Files.move(copy, cli.image(), StandardCopyOption.REPLACE_EXISTING);
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(Files.readAllBytes(file)).containsExactly(1, 2, 3);
    Files.write(file, new byte[] {4});
  }

  @Test
  void theZonesAreShownWithWhatTheyServe() throws Exception {
    String table = cli.run("zones", cli.mountPoint()).ok().out();
    assertThat(table.lines()).hasSize(65);
    assertThat(table).contains("superblock").contains("journal").contains("free");
    assertThat(cli.run("zones", cli.image()).ok().out().lines()).hasSize(65);
    assertThat(cli.run("zones", "--map", cli.mountPoint()).ok().out()).contains("empty: ");
  }

  @Test
  void optionsOfTheCollectorChangeWhileItRuns() throws Exception {
    cli.run("status", cli.mountPoint(), "--set", "gc_rate=10M/s", "--set", "gc_start=35,gc_idle=2")
        .ok();
    assertThat(option("gc_rate")).isEqualTo("10M");
    assertThat(option("gc_start")).isEqualTo("35");
    assertThat(option("gc_idle")).isEqualTo("2");
    assertThat(cli.run("status", cli.mountPoint(), "--set", "gc_rte=1M").failure(2))
        .contains("the nearest known one is 'gc_rate'");
    assertThat(option("gc_rate")).isEqualTo("10M");
  }

  @Test
  void noMoreZonesAreActiveThanAllowed() throws Exception {
    // They stay partly written, so this mount leaves more of them than the next one may have.
    Files.write(cli.mountPoint().resolve("before"), new byte[3 << 20]);
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "streams=2,max_active=7").ok();
    assertThat(option("streams")).isEqualTo("2");
    assertThat(option("max_active")).isEqualTo("7");
    Path file = cli.mountPoint().resolve("f");
    for (int round = 0; round < 10; round++) {
      Files.write(file, new byte[2 << 20]);
      Files.write(cli.mountPoint().resolve("g" + round), new byte[100]);
      cli.run("sync", cli.mountPoint()).ok();
    }
    cli.run("gc", cli.mountPoint()).ok();
    String active = cli.run("zones", "--condition", "active", cli.mountPoint()).ok().out();
    assertThat(active.lines().skip(1)).hasSizeBetween(1, 7);
    assertThat(status().texts("errors")).isEmpty();
    assertThat(
            cli.run("mount", cli.image(), cli.mountPoint(), "-o", "remount,streams=3").failure(2))
        .contains("'streams' cannot be changed on a live mount");
  }

  @Test
  void aMirroredJournalNeedsOneActiveZoneMore() throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("mkfs", "--force", "--journal-copies", "2", cli.image()).ok();
    assertThat(cli.run("mount", cli.image(), cli.mountPoint(), "-o", "max_active=7").failure(1))
        .contains("max_active=7: this filesystem needs 8 active zones");
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "max_active=8").ok();
    assertThat(option("max_active")).isEqualTo("8");
  }

  /** Overwrites blocks of a file that takes most of the drive, until it is interrupted. */
  private void overwrite(Path file, int blocks) throws IOException {
    Random random = new Random(1);
    ByteBuffer block = ByteBuffer.allocate(4096);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      while (!Thread.currentThread().isInterrupted()) {
        random.nextBytes(block.clear().array());
        channel.write(block, 4096L * random.nextInt(blocks));
      }
    } catch (ClosedByInterruptException ended) {
      assertThat(file).exists();
    }
  }

  private void awaitVictimBy(String policy) throws IOException, InterruptedException {
    List<String> reasons = new ArrayList<>();
    for (int poll = 0; poll < 300; poll++) {
      reasons.clear();
      for (Json.JsonObject victim : status().structures("gc_victims")) {
        reasons.add(victim.text("reason"));
      }
      if (!reasons.isEmpty() && reasons.get(reasons.size() - 1).endsWith(" by " + policy)) {
        return;
      }
      Thread.sleep(100);
    }
    throw new AssertionError("no victim was chosen by " + policy + ": " + reasons);
  }

  @Test
  void anotherPolicyTakesEffectUnderLoad() throws Exception {
    Path file = cli.mountPoint().resolve("f");
    int blocks = 32_000;
    Files.write(file, new byte[4096 * blocks]);
    FutureTask<Void> load =
        new FutureTask<>(
            () -> {
              overwrite(file, blocks);
              return null;
            });
    Thread writer = new Thread(load, "writer");
    writer.start();
    try {
      awaitVictimBy("mdc");
      cli.run("status", cli.mountPoint(), "--set", "gc_policy=greedy").ok();
      awaitVictimBy("greedy");
      cli.run("mount", cli.image(), cli.mountPoint(), "-o", "remount,gc_policy=cost-benefit").ok();
      awaitVictimBy("cost-benefit");
    } finally {
      writer.interrupt();
      writer.join();
    }
    load.get();
  }

  @Test
  void aRemountChangesWhatCanChange() throws Exception {
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "rw,remount,gc_policy=greedy").ok();
    assertThat(option("gc_policy")).isEqualTo("greedy");
    assertThat(cli.run("mount", cli.image(), cli.mountPoint(), "-o", "remount,cache=5M").failure(2))
        .contains("'cache' cannot be changed on a live mount");
    cli.run("mount", cli.mountPoint(), "-o", "remount,ro").ok();
    assertThat(MountInfo.read().at(cli.mountPoint()).orElseThrow().isReadOnly()).isTrue();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "remount,rw,noexec").ok();
    assertThat(MountInfo.read().at(cli.mountPoint()).orElseThrow().options()).contains("noexec");
    Files.writeString(cli.mountPoint().resolve("f"), "x");
    assertThat(cli.run("mount", cli.image(), cli.path("state"), "-o", "remount,ro").failure(1))
        .contains("no zonefs-j filesystem is mounted there");
  }

  @Test
  void aRemountReadOnlyLosesNothingAndLetsNothingIn() throws Exception {
    Path file = cli.mountPoint().resolve("f");
    Files.writeString(file, "before");
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "remount,ro").ok();
    assertThat(status().structure("options").has("ro")).isTrue();
    assertThat(cli.run("status", cli.mountPoint()).ok().out()).containsPattern("options +ro,");
    assertThat(cli.run("gc", cli.mountPoint()).failure(1)).contains("mounted read-only");
    assertThatThrownBy(() -> Files.writeString(file, "not so"))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("Read-only file system");
    assertThat(file).hasContent("before");
    cli.killDaemon();
    assertThat(cli.run("umount", cli.mountPoint()).exitCode()).isZero();
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "ro").ok();
    assertThat(file).hasContent("before");
    assertThat(cli.run("mount", cli.image(), cli.mountPoint(), "-o", "remount,rw").failure(1))
        .contains("mounted read-only");
    assertThat(MountInfo.read().at(cli.mountPoint()).orElseThrow().isReadOnly()).isTrue();
  }

  @Test
  void whatWasSyncedSurvivesACrash() throws Exception {
    Path file = cli.mountPoint().resolve("f");
    Files.writeString(file, "synced");
    cli.run("sync", cli.mountPoint()).ok();
    cli.killDaemon();
    assertThat(cli.run("umount", cli.mountPoint()).exitCode()).isZero();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(file).hasContent("synced");
  }

  @Test
  void mappedPagesAreSyncedToo() throws Exception {
    Path file = cli.mountPoint().resolve("f");
    Files.write(file, new byte[8192]);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.map(FileChannel.MapMode.READ_WRITE, 0, 8192).put(5000, (byte) 7);
      cli.run("sync", cli.mountPoint()).ok();
    }
    cli.killDaemon();
    assertThat(cli.run("umount", cli.mountPoint()).exitCode()).isZero();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(Files.readAllBytes(file)[5000]).isEqualTo((byte) 7);
  }

  @Test
  void garbageIsCollectedWhenAskedFor() throws Exception {
    assertThat(cli.run("gc", cli.mountPoint()).ok().out())
        .matches("\\d+ zones reset, .* copied, .* free\n");
    assertThat(cli.run("gc", cli.mountPoint(), "--until", "1").ok().out())
        .startsWith("0 zones reset, 0 B copied");
    assertThat(cli.run("gc", cli.mountPoint(), "--until", "101").failure(2))
        .contains("--until=101", "1 to 100");
  }

  @Test
  void scatteredFilesAreRewrittenWhenAskedFor() throws Exception {
    Path file = cli.mountPoint().resolve("scattered");
    byte[] content = new byte[4 << 20];
    new Random(1).nextBytes(content);
    Files.write(file, content);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (int at = 0; at < content.length; at += 512 << 10) {
        content[at] ^= 1;
        channel.write(ByteBuffer.wrap(content, at, 4096), at);
        cli.run("sync", cli.mountPoint()).ok();
        Files.write(cli.mountPoint().resolve("beside" + at), new byte[300_000]);
      }
    }
    // Small writes get a place on the drive.
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(cli.run("gc", "--defrag", cli.mountPoint()).ok().out())
        .matches("\\S+ \\S+ examined, \\S+ \\S+ rewritten\n")
        .contains("4.00 MiB rewritten");
    assertThat(cli.run("gc", "--defrag", cli.mountPoint()).ok().out()).contains("0 B rewritten");
    assertThat(Files.readAllBytes(file)).isEqualTo(content);
    assertThat(cli.run("gc", cli.mountPoint(), "--defrag", "--until", "1").failure(2))
        .contains("--defrag and --until");
  }

  @Test
  void everythingIsVerifiedWhenAskedFor() throws Exception {
    Files.write(cli.mountPoint().resolve("f"), new byte[3 << 20]);
    cli.run("sync", cli.mountPoint()).ok();
    assertThat(cli.run("scrub", cli.mountPoint(), "--rate", "100M/s").ok().out())
        .matches("\\S+ \\S+ verified, nothing is damaged\n");
    assertThat(cli.run("status", cli.mountPoint()).ok().out())
        .containsPattern("scrub +finished .* nothing damaged");
  }

  @ParameterizedTest
  @CsvSource({"UUID, uuid", "LABEL, label"})
  void aMountedDriveIsFoundByWhatIsOnIt(String tag, String member) throws Exception {
    String spec = tag + "=" + status().text(member);
    Path other = Files.createDirectory(cli.path("other"));
    assertThat(cli.run("mount", spec, other).failure(1))
        .contains(cli.image() + " is mounted already");
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(cli.run("mount", spec, other).failure(1)).contains(spec);
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "sync", "gc", "scrub", "info", "zones", "umount"})
  void aMountIsFoundByItsDriveAsWellAsByItsDirectory(String command) throws Exception {
    String uuid = status().text("uuid");
    cli.shell("ln -s drive.img link.img");
    boolean ends = command.equals("umount");
    List<Object> specs = new ArrayList<>(List.of(cli.image(), "LABEL=test"));
    if (ends || command.equals("status")) {
      specs.addAll(List.of(cli.path("link.img"), "UUID=" + uuid, cli.mountPoint()));
    }
    for (Object spec : specs) {
      assertThat(cli.run(command, spec).exitCode()).as("%s", spec).isZero();
      if (ends) {
        assertThat(cli.isMounted()).isFalse();
        cli.run("mount", cli.image(), cli.mountPoint()).ok();
      }
    }
  }

  @Test
  void aDriveThatIsNotMountedOrTwiceIsToldOf() throws Exception {
    Path free = cli.path("free.img");
    cli.run("create", free, "--size", "64M").ok();
    for (String command : List.of("status", "umount")) {
      assertThat(cli.run(command, free).failure(1))
          .contains(free + " is not mounted by this user")
          .contains("zonefs-j list");
    }
    Path other = Files.createDirectory(cli.path("other"));
    cli.exec(Map.of(), List.of("mount", "--bind", cli.mountPoint().toString(), other.toString()))
        .ok();
    cli.run("status", cli.image()).ok();
    assertThat(cli.run("umount", cli.image()).failure(1))
        .contains("mounted at several places: " + cli.mountPoint() + ", " + other);
    cli.run("umount", other).ok();
    cli.run("umount", cli.image()).ok();
  }

  @Test
  void garbageOnTheControlSocketDoesNoHarm() throws Exception {
    Path socket;
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(cli.path("run"), "*.sock")) {
      socket = sockets.iterator().next();
    }
    Random random = new Random(11);
    for (int i = 0; i < 20; i++) {
      byte[] garbage = new byte[1 + random.nextInt(300)];
      random.nextBytes(garbage);
      try (SocketChannel raw = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        raw.connect(UnixDomainSocketAddress.of(socket));
        raw.write(ByteBuffer.wrap(garbage));
      }
    }
    assertThat(status().texts("errors")).isEmpty();
  }

  @Test
  void aSocketThatIsGoneIsToldOf() throws Exception {
    long daemon = cli.daemon();
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(cli.path("run"), "*.sock")) {
      Files.delete(sockets.iterator().next());
    }
    assertThat(cli.run("umount", cli.mountPoint()).failure(1))
        .contains("control socket is gone")
        .contains("umount -i");
    assertThat(cli.isMounted()).isTrue();
    cli.exec(Map.of(), List.of("umount", "-i", cli.mountPoint().toString())).ok();
    CommandFixture.awaitEnd(daemon);
  }

  @Test
  void aDaemonThatHangsIsToldOf() throws Exception {
    String daemon = Long.toString(cli.daemon());
    cli.exec(Map.of(), List.of("kill", "-STOP", daemon)).ok();
    try {
      assertThat(cli.run("zones", cli.mountPoint()).failure(1))
          .contains(
              "the daemon of this mount has not answered for 20 s; it is stopped: 'kill -CONT ")
          .contains(daemon + "' lets it continue");
    } finally {
      cli.exec(Map.of(), List.of("kill", "-CONT", daemon)).ok();
    }
    assertThat(status().whole("pid")).isEqualTo(cli.daemon());
  }

  /** The kernel waits without end for a daemon that is stopped, and a signal does not help. */
  @Test
  void aSyncOfPagesThatTheDaemonDoesNotTakeEnds() throws Exception {
    String daemon = Long.toString(cli.daemon());
    Path file = cli.mountPoint().resolve("mapped");
    MappedByteBuffer pages;
    // Closed before the daemon stops: each new process would wait for it to close its copy.
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      pages = channel.map(FileChannel.MapMode.READ_WRITE, 0, 8192);
    }
    pages.put(0, (byte) 1);
    cli.exec(Map.of(), List.of("kill", "-STOP", daemon)).ok();
    try {
      assertThat(cli.run("sync", cli.mountPoint()).failure(1))
          .contains("has not answered for 20 s; it is stopped: 'kill -CONT " + daemon + "'");
    } finally {
      cli.exec(Map.of(), List.of("kill", "-CONT", daemon)).ok();
    }
    cli.run("sync", cli.mountPoint()).ok();
  }

  /** What services and cron run prints nothing when all is well. */
  @Test
  void anUnmountThatTakesLongIsSilentWithoutATerminal() throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("mount", "delay(200," + cli.image() + ")", cli.mountPoint()).ok();
    for (int each = 0; each < 20; each++) {
      Files.writeString(cli.mountPoint().resolve("f" + each), "x");
    }
    assertThat(cli.run("sync", cli.mountPoint()).ok().err()).isEmpty();
    assertThat(cli.run("umount", cli.mountPoint()).ok().err()).isEmpty();
  }
}
