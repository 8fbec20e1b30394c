// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import zonefsj.tests.HostTrees;
import zonefsj.tests.stores.StoreTrouble;

/** What is done on mounts of drives on stores, whichever store it is. For one thread. */
final class StoreMountSteps {
  private static final int SMALL_FILES = 200;

  /** Of a load, at least. */
  private static final int FILES = 60;

  private static final int BEFORE_LOSS = 10;
  private static final int BEFORE_STOP = 30;
  private static final long PATIENCE_MINUTES = 5;

  private final CommandFixture cli;
  private final String spec;

  /**
   * @param spec of a drive that is made
   */
  StoreMountSteps(CommandFixture cli, String spec) {
    this.cli = cli;
    this.spec = spec;
  }

  void format() throws Exception {
    cli.run("mkfs", spec + ",size=1G").ok();
  }

  void mount() throws Exception {
    cli.run("mount", spec, cli.mountPoint()).ok();
  }

  /** As if the host had lost power, and the disk with the index. */
  private void mountElsewhere() throws Exception {
    cli.killDaemon();
    cli.exec(Map.of(), List.of("fusermount3", "-u", cli.mountPoint().toString()));
    HostTrees.delete(cli.path("state"));
    // No takeover is needed: the owner was a process of this host, and is gone.
    mount();
  }

  private void umountClean() throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(cli.run("fsck", "--data", spec).ok().out()).contains("clean");
  }

  /** A tree, a large file, a kill, the index lost. */
  void requireThereOnAnotherHost() throws Exception {
    mount();
    Path file = cli.mountPoint().resolve("large");
    byte[] bytes = new byte[50 << 20];
    new SplittableRandom(1).nextBytes(bytes);
    Files.write(file, bytes);
    for (int at = 0; at < SMALL_FILES; at++) {
      Files.createDirectories(cli.mountPoint().resolve("d" + at % 7));
      Files.writeString(small(at), "content " + at);
    }
    cli.run("sync", cli.mountPoint()).ok();
    assertThat(cli.run("status", cli.mountPoint()).ok().out()).contains(" puts of 5");
    mountElsewhere();
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    for (int at = 0; at < SMALL_FILES; at++) {
      assertThat(small(at)).hasContent("content " + at);
    }
    umountClean();
  }

  private Path small(int at) {
    return cli.mountPoint().resolve("d" + at % 7 + "/f" + at);
  }

  /** A program that writes notices nothing, but that it takes longer. */
  void requireGoesOn(StoreTrouble servers, Duration away) throws Exception {
    mount();
    AtomicBoolean enough = new AtomicBoolean();
    FutureTask<Integer> load = new FutureTask<>(() -> writeFiles(enough));
    new Thread(load, "load").start();
    awaitFile(BEFORE_LOSS);
    servers.loseOne();
    awaitFile(BEFORE_STOP);
    servers.setRunning(false);
    Thread.sleep(away.toMillis());
    assertThat(load.isDone()).isFalse();
    servers.setRunning(true);
    enough.set(true);
    int files = load.get();
    assertThat(files).isGreaterThanOrEqualTo(FILES);
    mountElsewhere();
    for (int number = 0; number < files; number++) {
      assertThat(loadFile(number)).hasBinaryContent(loadBytes(number));
    }
    umountClean();
  }

  private Path loadFile(int number) {
    return cli.mountPoint().resolve("load-" + number);
  }

  private static byte[] loadBytes(int number) {
    byte[] bytes = new byte[500_000 + 10_000 * (number % FILES)];
    new SplittableRandom(number).nextBytes(bytes);
    return bytes;
  }

  /** Writes one file after the other and syncs each, at least so many; returns their number. */
  private int writeFiles(AtomicBoolean enough) throws IOException {
    int number = 0;
    for (; number < FILES || !enough.get(); number++) {
      try (FileChannel file =
          FileChannel.open(
              loadFile(number), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(loadBytes(number));
        while (bytes.hasRemaining()) {
          file.write(bytes);
        }
        file.force(true);
      }
    }
    return number;
  }

  private void awaitFile(int number) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
    while (!Files.exists(loadFile(number))) {
      assertThat(System.nanoTime() - deadline).isNegative();
      Thread.sleep(20);
    }
  }
}
