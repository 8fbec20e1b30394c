// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.tests.stores.StoreServer;

/**
 * A mount whose server is away for longer than anybody waits: nothing hangs, nothing is lost, and
 * it goes on when the server is back.
 */
@Timeout(300)
final class StoreOutageTest {
  private static final int LIMIT_SECONDS = 4;
  private static final int MIB = 1 << 20;

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @SuppressWarnings("NullAway.Init") // set before each test
  private StoreServer server;

  private String spec = "";

  @BeforeEach
  void mount() throws Exception {
    server = StoreServer.redis(Files.createDirectory(cli.path("redis")));
    spec = "redis:port=" + server.port() + ",limit=" + LIMIT_SECONDS + ",write-memory=8M";
    cli.run("mkfs", spec + ",size=2G").ok();
    cli.run("mount", spec, cli.mountPoint()).ok();
    write("before", 1);
    cli.run("sync", cli.mountPoint()).ok();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static byte[] bytes(int seed) {
    byte[] bytes = new byte[2 * MIB + seed];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private void write(String name, int seed) throws IOException {
    Files.write(cli.mountPoint().resolve(name), bytes(seed));
  }

  private void fsync(String name) throws IOException {
    try (FileChannel file =
        FileChannel.open(cli.mountPoint().resolve(name), StandardOpenOption.WRITE)) {
      file.force(true);
    }
  }

  private void requireContent(String name, int seed) {
    assertThat(cli.mountPoint().resolve(name)).hasBinaryContent(bytes(seed));
  }

  /** The mount tries again within some seconds. */
  private void comeBack() throws Exception {
    server.restart();
    while (cli.run("sync", cli.mountPoint()).exitCode() != 0) {
      Thread.sleep(200);
    }
  }

  private void remount() throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(cli.run("fsck", "--data", spec).ok().out()).contains("clean");
    cli.run("mount", spec, cli.mountPoint()).ok();
  }

  /** Several at once wait for no longer than one. */
  @Test
  void requestsEndAndWhatWasWrittenIsKept() throws Exception {
    server.kill();
    List<FutureTask<Boolean>> syncs = new ArrayList<>();
    for (int at = 0; at < 40; at++) {
      String name = "while-away-" + at % 5;
      if (at < 5) {
        write(name, at);
      }
      FutureTask<Boolean> sync =
          new FutureTask<>(
              () -> {
                fsync(name);
                return true;
              });
      syncs.add(sync);
      new Thread(sync, "sync").start();
    }
    // While they wait, all that needs no server goes on.
    requireContent("before", 1);
    Files.createDirectory(cli.mountPoint().resolve("directory"));
    Files.move(cli.mountPoint().resolve("before"), cli.mountPoint().resolve("directory/after"));
    for (FutureTask<Boolean> sync : syncs) {
      assertThatThrownBy(sync::get).hasRootCauseMessage("Input/output error");
    }
    assertThat(cli.run("sync", cli.mountPoint()).failure(1))
        .contains("has taken nothing for")
        .contains("what was written is kept");
    assertThat(cli.run("status", cli.mountPoint()).ok().out())
        .contains("has taken nothing for")
        .doesNotContain("read-only");
    // An unmount would lose it, so it is refused.
    assertThat(cli.run("umount", cli.mountPoint()).failure(1))
        .contains("it stays mounted")
        .contains("umount -f");
    comeBack();
    fsync("while-away-4");
    assertThat(cli.run("status", cli.mountPoint()).ok().out())
        .doesNotContain("has taken nothing for")
        .contains("errors       none");
    remount();
    for (int at = 0; at < 5; at++) {
      requireContent("while-away-" + at, at);
    }
    requireContent("directory/after", 1);
    cli.run("umount", cli.mountPoint()).ok();
  }

  /** A writer hears of it when the memory is full, and can go on later. */
  @Test
  void writersEndWhenTheMemoryIsFull() throws Exception {
    server.kill();
    ByteBuffer block = ByteBuffer.wrap(bytes(0), 0, MIB);
    Path file = cli.mountPoint().resolve("large");
    long written;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      assertThatThrownBy(
              () -> {
                for (int at = 0; at < 1024; at++) {
                  channel.write(block.duplicate());
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessage("Input/output error");
      written = channel.position();
      assertThat(written).isBetween(16L * MIB, 256L * MIB);
      comeBack();
      while (channel.position() < written + 64L * MIB) {
        channel.write(block.duplicate());
      }
      channel.force(true);
    }
    remount();
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer read = ByteBuffer.allocate(MIB);
      for (long at = 0; at < written + 64L * MIB; at += MIB) {
        read.clear();
        assertThat(channel.read(read, at)).isEqualTo(MIB);
        assertThat(read.flip()).isEqualTo(block.duplicate());
      }
    }
    cli.run("umount", cli.mountPoint()).ok();
  }

  /** Then only what was synced is there. */
  @Test
  void anUnmountByForceDoesNotWait() throws Exception {
    server.kill();
    write("lost", 2);
    assertThatThrownBy(() -> fsync("lost")).isInstanceOf(IOException.class);
    long daemon = cli.daemon();
    cli.run("umount", "--force", cli.mountPoint());
    assertThat(cli.isMounted()).isFalse();
    // The daemon may hold the drive a little longer, and would write it all if the store came back.
    CommandFixture.awaitEnd(daemon);
    server.restart();
    cli.run("mount", spec, cli.mountPoint()).ok();
    requireContent("before", 1);
    assertThat(cli.mountPoint().resolve("lost")).doesNotExist();
    cli.run("umount", cli.mountPoint()).ok();
  }
}
