// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A mount of a mirror of two stores, of which one goes away, comes back, or is another drive. */
@Timeout(300)
final class StoreMirrorTest {
  private static final int LIMIT_SECONDS = 3;
  private static final int MIB = 1 << 20;
  private static final int FILES = 6;

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private Path store(String name) {
    return cli.path(name);
  }

  private String spec(String options) {
    return "mirror(dir(" + store("a") + options + "),dir(" + store("b") + options + "))";
  }

  private String mountSpec() {
    return spec(",limit=" + LIMIT_SECONDS + ",write-memory=4M");
  }

  private void format() throws Exception {
    Files.createDirectory(store("a"));
    Files.createDirectory(store("b"));
    cli.run("mkfs", spec(",size=512M,zone-size=16M")).ok();
  }

  private void mount() throws Exception {
    cli.run("mount", mountSpec(), cli.mountPoint()).ok();
  }

  private void unmount() throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
  }

  private static byte[] bytes(int seed, int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private Path file(int number) {
    return cli.mountPoint().resolve("file" + number);
  }

  private void writeFiles() throws IOException {
    for (int number = 0; number < FILES; number++) {
      Files.write(file(number), bytes(number, 3 * MIB));
    }
  }

  private void requireFiles() {
    for (int number = 0; number < FILES; number++) {
      assertThat(file(number)).hasBinaryContent(bytes(number, 3 * MIB));
    }
  }

  private void goAway(String name) throws IOException {
    Files.move(store(name), store(name + "-away"));
  }

  private void comeBack(String name) throws IOException {
    Files.move(store(name + "-away"), store(name));
  }

  private List<String> memberLines() throws Exception {
    return cli.run("status", cli.mountPoint())
        .ok()
        .out()
        .lines()
        .filter(line -> line.startsWith("  dir"))
        .toList();
  }

  private void awaitMember(int index, String words) throws Exception {
    while (!memberLines().get(index).contains(words)) {
      Thread.sleep(200);
    }
  }

  @Test
  void readsAreRightWhileOneStoreIsAway() throws Exception {
    format();
    mount();
    writeFiles();
    unmount();
    mount();
    goAway("a");
    requireFiles();
    awaitMember(0, "missing");
    assertThat(cli.run("status", cli.mountPoint()).ok().out()).contains("errors       none");
    unmount();
    comeBack("a");
  }

  @Test
  void writesEndWhileOneStoreIsAwayAndItIsBroughtUpToDate() throws Exception {
    format();
    mount();
    writeFiles();
    goAway("a");
    ByteBuffer bytes = ByteBuffer.wrap(bytes(99, 48 * MIB));
    Path large = cli.mountPoint().resolve("large");
    try (FileChannel channel =
        FileChannel.open(large, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    awaitMember(0, "missing");
    assertThat(memberLines().get(1)).contains("current");
    assertThat(cli.run("status", cli.mountPoint()).ok().out())
        .contains("errors       none")
        .doesNotContain("read-only");
    comeBack("a");
    awaitMember(0, "current;");
    requireFiles();
    unmount();
    assertThat(cli.run("fsck", "--data", mountSpec()).ok().out()).contains("clean");
  }

  /** Its umount ends, too, without a message about the store that is gone. */
  @Test
  void anUnmountEndsWhileOneStoreIsAway() throws Exception {
    format();
    mount();
    writeFiles();
    cli.run("sync", cli.mountPoint()).ok();
    goAway("b");
    Files.write(file(FILES), bytes(FILES, MIB));
    unmount();
    comeBack("b");
    mount();
    requireFiles();
    assertThat(file(FILES)).hasBinaryContent(bytes(FILES, MIB));
    awaitMember(1, "current;");
    unmount();
  }

  private long logEntries(String name) throws IOException {
    try (Stream<Path> entries = Files.list(store(name).resolve("log"))) {
      return entries.count();
    }
  }

  @Test
  void aStoreWithSomethingElseIsNotClaimed() throws Exception {
    format();
    Files.move(store("b"), store("former"));
    Files.createDirectory(store("b"));
    cli.run("mkfs", "dir(" + store("b") + ",size=512M,zone-size=16M)").ok();
    long before = logEntries("b");
    mount();
    awaitMember(1, "it is no member of this mirror");
    unmount();
    assertThat(logEntries("b")).isEqualTo(before);
    // Nor by a mount that is refused.
    Files.move(store("b"), store("other"));
    Files.createDirectory(store("b"));
    Files.createDirectory(store("c"));
    cli.run(
            "mkfs",
            "mirror(dir("
                + store("c")
                + ",size=512M,zone-size=16M),dir("
                + store("b")
                + ",size=512M,zone-size=16M))")
        .ok();
    long ofA = logEntries("a");
    long ofB = logEntries("b");
    assertThat(cli.run("mount", mountSpec(), cli.mountPoint()).failure(1))
        .contains("is member 2 of 2 of mirror");
    assertThat(logEntries("a")).isEqualTo(ofA);
    assertThat(logEntries("b")).isEqualTo(ofB);
  }
}
