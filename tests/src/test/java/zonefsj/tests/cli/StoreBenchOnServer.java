// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FsShell;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.tests.bench.Numbers;
import zonefsj.tests.stores.ServerProof;

/**
 * What a mount on a real server costs: time, and requests; beside the shell of Hadoop where there
 * is one, which writes no journal and syncs no file, in this process, without the start of a
 * virtual machine; and a mount of rclone where that has such a store. A bench, not a test of the
 * gate.
 */
public final class StoreBenchOnServer {
  private static final int ROUNDS = 3;
  private static final int MIB = 1 << 20;
  private static final int LARGE_MIB = 256;
  private static final int SMALL_FILES = 500;
  private static final int SMALL_BYTES = 8 << 10;
  private static final int SYNCS = 100;
  private static final int SYNC_BYTES = 4 << 10;
  private static final Pattern REQUESTS =
      Pattern.compile("(\\d+) puts of .*?, (\\d+) gets of .*?, (\\d+) lists, (\\d+) deletes");

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private final PrintStream out = System.out;
  private final Map<Step, List<Double>> seconds = new EnumMap<>(Step.class);
  private final Map<Step, List<Double>> requests = new EnumMap<>(Step.class);
  private String spec = "";

  /** What is measured. */
  private enum Step {
    WRITE("write 256 MiB, fsync", LARGE_MIB, "MiB"),
    READ("read 256 MiB after a remount", LARGE_MIB, "MiB"),
    SMALL("write 500 files of 8 KiB, sync", SMALL_FILES, "file"),
    READ_SMALL("read them after a remount", SMALL_FILES, "file"),
    SYNC("append 4 KiB, fsync, 100 times", SYNCS, "fsync"),
    PUT("hdfs dfs -put of 256 MiB", LARGE_MIB, "MiB"),
    GET("hdfs dfs -get of it", LARGE_MIB, "MiB"),
    PUT_SMALL("hdfs dfs -put of 500 files of 8 KiB", SMALL_FILES, "file"),
    GET_SMALL("hdfs dfs -get of them", SMALL_FILES, "file"),
    PEER_WRITE("rclone mount: write 256 MiB", LARGE_MIB, "MiB"),
    PEER_READ("rclone mount: read it after a remount", LARGE_MIB, "MiB"),
    PEER_SMALL("rclone mount: write 500 files of 8 KiB", SMALL_FILES, "file"),
    PEER_READ_SMALL("rclone mount: read them after a remount", SMALL_FILES, "file");

    private final String title;
    private final int units;
    private final String unit;

    Step(String title, int units, String unit) {
      this.title = title;
      this.units = units;
      this.unit = unit;
    }
  }

  /** Something that takes time. */
  private interface Work {
    void run() throws Exception;
  }

  @Test
  void measure() throws Exception {
    cli.useClientsOfServers();
    spec = ServerProof.newSpec();
    cli.run("mkfs", spec + ",size=16G").ok();
    Path local = Files.createDirectory(cli.path("local"));
    byte[] large = bytes(LARGE_MIB * MIB, 1);
    Files.write(local.resolve("large"), large);
    writeSmall(Files.createDirectory(local.resolve("small")));
    // The first round is to warm up.
    for (int round = 0; round <= ROUNDS; round++) {
      if (round == 1) {
        seconds.clear();
        requests.clear();
      }
      mount();
      Path directory = Files.createDirectory(cli.mountPoint().resolve("round-" + round));
      measure(Step.WRITE, () -> write(directory.resolve("large"), large));
      remount();
      measure(Step.READ, () -> requireSame(directory.resolve("large"), large));
      Path small = Files.createDirectory(directory.resolve("small"));
      measure(
          Step.SMALL,
          () -> {
            writeSmall(small);
            cli.run("sync", cli.mountPoint()).ok();
          });
      remount();
      measure(Step.READ_SMALL, () -> readSmall(small));
      measure(Step.SYNC, () -> sync(directory.resolve("log")));
      cli.run("umount", cli.mountPoint()).ok();
      if (spec.startsWith("hdfs:") || spec.startsWith("ofs:")) {
        besideShell(local, round);
      }
      Optional<String> remote = RcloneMount.remote(spec);
      if (remote.isPresent()) {
        besideRclone(remote.get() + "rclone-" + round, large);
      }
    }
    out.printf("%nmedian (least to largest) of %d rounds%n", ROUNDS);
    for (Step step : seconds.keySet()) {
      print(step);
    }
  }

  private void print(Step step) {
    Numbers time = new Numbers(seconds.getOrDefault(step, List.of()));
    List<Double> made = requests.getOrDefault(step, List.of());
    out.printf(
        Locale.ROOT,
        "%-40s %8.2f s (%.2f to %.2f) %10.2f %s/s%s%n",
        step.title,
        time.median(),
        time.least(),
        time.largest(),
        step.units / time.median(),
        step.unit,
        made.isEmpty()
            ? ""
            : String.format(
                Locale.ROOT,
                "   %.2f requests for each %s",
                new Numbers(made).median() / step.units,
                step.unit));
  }

  private void mount() throws Exception {
    cli.run("mount", spec, cli.mountPoint()).ok();
  }

  private void remount() throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
    mount();
  }

  private void measure(Step step, Work work) throws Exception {
    long before = requestCount();
    time(step, work);
    requests
        .computeIfAbsent(step, key -> new ArrayList<>())
        .add((double) (requestCount() - before));
  }

  private void time(Step step, Work work) throws Exception {
    long begin = System.nanoTime();
    work.run();
    double took = (System.nanoTime() - begin) / 1e9;
    seconds.computeIfAbsent(step, key -> new ArrayList<>()).add(took);
    out.printf(Locale.ROOT, "  %s: %.2f s%n", step.title, took);
  }

  /** Of all kinds, as {@code status} has them. */
  private long requestCount() throws Exception {
    String status = cli.run("status", cli.mountPoint()).ok().out();
    Matcher found = REQUESTS.matcher(status);
    assertThat(found.find()).as(status).isTrue();
    long sum = 0;
    for (int group = 1; group <= found.groupCount(); group++) {
      sum += Long.parseLong(found.group(group));
    }
    return sum;
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private static void write(Path file, byte[] content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int at = 0; at < content.length; at += MIB) {
        channel.write(ByteBuffer.wrap(content, at, MIB));
      }
      channel.force(true);
    }
  }

  private static void requireSame(Path file, byte[] content) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer read = ByteBuffer.allocate(MIB);
      for (int at = 0; at < content.length; at += MIB) {
        read.clear();
        while (read.hasRemaining()) {
          assertThat(channel.read(read)).isPositive();
        }
        assertThat(read.flip()).isEqualTo(ByteBuffer.wrap(content, at, MIB));
      }
    }
  }

  private static void writeSmall(Path directory) throws IOException {
    for (int at = 0; at < SMALL_FILES; at++) {
      Files.write(directory.resolve("f" + at), bytes(SMALL_BYTES, at));
    }
  }

  /** Writes those again that fail, as with rclone 1.60 on HDFS: "replication in progress". */
  private void writeSmallAgain(Path directory) throws IOException {
    int failed = 0;
    for (int at = 0; at < SMALL_FILES; at++) {
      while (true) {
        try {
          Files.write(directory.resolve("f" + at), bytes(SMALL_BYTES, at));
          break;
        } catch (IOException e) {
          failed++;
          if (failed > SMALL_FILES) {
            throw e;
          }
        }
      }
    }
    if (failed > 0) {
      out.printf(
          "rclone mount: %d of %d small files failed and were written again%n",
          failed, SMALL_FILES);
    }
  }

  private static void readSmall(Path directory) {
    for (int at = 0; at < SMALL_FILES; at++) {
      assertThat(directory.resolve("f" + at)).hasBinaryContent(bytes(SMALL_BYTES, at));
    }
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int at = 0; at < SYNCS; at++) {
        channel.write(ByteBuffer.wrap(bytes(SYNC_BYTES, at)));
        channel.force(true);
      }
    }
  }

  /** The same with the shell of Hadoop, which copies files. */
  private void besideShell(Path local, int round) throws Exception {
    String remote = spec + "-shell-" + round;
    shell("-mkdir", "-p", remote);
    time(Step.PUT, () -> shell("-put", local.resolve("large").toString(), remote));
    Path got = Files.createDirectory(cli.path("got-" + round));
    time(Step.GET, () -> shell("-get", remote + "/large", got.toString()));
    time(Step.PUT_SMALL, () -> shell("-put", local.resolve("small").toString(), remote));
    time(Step.GET_SMALL, () -> shell("-get", remote + "/small", got.toString()));
  }

  /** The same on a mount that copies files. */
  private void besideRclone(String remote, byte[] large) throws Exception {
    Path directory = Files.createDirectories(cli.path("peer"));
    try (RcloneMount peer = new RcloneMount(cli, remote, directory)) {
      time(Step.PEER_WRITE, () -> write(peer.path().resolve("large"), large));
      Path small = Files.createDirectory(peer.path().resolve("small"));
      time(Step.PEER_SMALL, () -> writeSmallAgain(small));
    }
    try (RcloneMount peer = new RcloneMount(cli, remote, directory)) {
      time(Step.PEER_READ, () -> requireSame(peer.path().resolve("large"), large));
      time(Step.PEER_READ_SMALL, () -> readSmall(peer.path().resolve("small")));
    }
  }

  private static void shell(String... arguments) throws Exception {
    FsShell shell = new FsShell(new Configuration());
    try {
      assertThat(shell.run(arguments)).isZero();
    } finally {
      shell.close();
    }
  }
}
