// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonParser;

/** A mounted filesystem grows and shrinks. Its image has 64 zones of 4 MiB. */
final class ResizeTest {
  private static final int FILES = 20;
  private static final int WRITERS = 2;
  private static final int PIECES = 12_000;

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @BeforeEach
  void mount() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
  }

  private long capacity() throws IOException, InterruptedException {
    return ((Json.JsonObject)
            JsonParser.parse(cli.run("status", "--json", cli.mountPoint()).ok().out()))
        .whole("capacity_bytes");
  }

  private void lengthen(long bytes) throws IOException {
    try (RandomAccessFile image = new RandomAccessFile(cli.image().toFile(), "rw")) {
      image.setLength(bytes);
    }
  }

  private static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private Path file(int number) {
    return cli.mountPoint().resolve("f" + number);
  }

  private void writeFiles(int megabytes) throws IOException {
    for (int number = 0; number < FILES; number++) {
      Files.write(file(number), bytes(number, megabytes << 20));
    }
  }

  private void checkFiles(int megabytes) throws IOException {
    for (int number = 0; number < FILES; number++) {
      assertThat(Files.readAllBytes(file(number))).isEqualTo(bytes(number, megabytes << 20));
    }
  }

  private void checkUnmounted(String spec) throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(cli.run("fsck", "--data", spec).ok().out()).contains("clean");
  }

  @Test
  void anImageThatBecameLongerGrowsWhileItIsMounted() throws Exception {
    writeFiles(4);
    long before = capacity();
    assertThat(cli.run("grow", cli.mountPoint()).failure(1)).contains("64 zones");
    lengthen((1L << 20) + (200L << 22));
    assertThat(cli.run("status", cli.mountPoint()).ok().out())
        .contains("136 beyond the filesystem");
    assertThat(cli.run("grow", cli.mountPoint()).ok().out())
        .contains("the filesystem has 200 zones, and had 64");
    assertThat(capacity()).isGreaterThan(3 * before);
    checkFiles(4);
    // More than it could take before.
    writeFiles(12);
    checkUnmounted(cli.image().toString());
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    checkFiles(12);
  }

  @Test
  void itShrinksToWhatItsFilesNeed() throws Exception {
    lengthen((1L << 20) + (200L << 22));
    cli.run("grow", cli.mountPoint()).ok();
    writeFiles(12);
    assertThat(cli.run("shrink", cli.mountPoint(), "--zones", "64").failure(1))
        .contains("the files do not fit 64 zones");
    assertThat(cli.run("shrink", cli.mountPoint(), "--zones", "200").failure(1))
        .contains("keep fewer");
    assertThat(cli.run("shrink", cli.mountPoint(), "--zones", "8").failure(1)).contains("needs");
    for (int number = FILES / 4; number < FILES; number++) {
      Files.delete(file(number));
    }
    assertThat(cli.run("shrink", cli.mountPoint(), "--zones", "64").ok().out())
        .contains("the filesystem has 64 zones, and had 200");
    assertThat(cli.run("zones", cli.mountPoint()).ok().out().lines()).hasSize(65);
    for (int number = 0; number < FILES / 4; number++) {
      assertThat(Files.readAllBytes(file(number))).isEqualTo(bytes(number, 12 << 20));
    }
    checkUnmounted(cli.image().toString());
    String zones = cli.run("zones", "--condition", "empty", cli.image()).ok().out();
    assertThat(zones.lines().filter(line -> line.strip().matches("(6[4-9]|1[0-9]{2})\\b.*")))
        .hasSizeGreaterThan(100);
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(cli.run("grow", cli.mountPoint()).ok().out()).contains("has 200 zones");
  }

  @Test
  void anotherDriveIsPutBehindTheMountedOne() throws Exception {
    writeFiles(4);
    Path more = cli.path("more.img");
    cli.run("create", more, "--size", "256M").ok();
    String both = "concat(" + cli.image() + "," + more + ")";
    assertThat(cli.run("grow", cli.mountPoint(), both).ok().out())
        .contains("has 128 zones, and had 64; it is now " + both);
    assertThat(cli.run("status", cli.mountPoint()).ok().out()).contains("concat");
    writeFiles(12);
    checkFiles(12);
    checkUnmounted(both);
    assertThat(cli.run("mount", cli.image(), cli.mountPoint()).failure(1))
        .contains("uses 128 zones")
        .contains("the drive has 64");
    cli.run("mount", both, cli.mountPoint()).ok();
    checkFiles(12);
  }

  @Test
  void whatIsNotTheSameDriveIsRefusedAndTheMountGoesOn() throws Exception {
    writeFiles(1);
    Path other = cli.path("other.img");
    cli.run("create", other, "--size", "512M", "--zone-size", "4M").ok();
    cli.run("mkfs", other).ok();
    // It has room for more zones, and does not get them.
    try (RandomAccessFile file = new RandomAccessFile(other.toFile(), "rw")) {
      file.setLength(file.length() + (16L << 22));
    }
    String before = cli.run("info", other).ok().out();
    assertThat(cli.run("grow", cli.mountPoint(), other).failure(1))
        .contains("does not begin with the zones of the mounted drive")
        .contains("the filesystem goes on with " + cli.image());
    assertThat(cli.run("info", other).ok().out()).isEqualTo(before);
    Path odd = cli.path("odd.img");
    cli.run("create", odd, "--size", "512M", "--zone-size", "8M").ok();
    cli.run("mkfs", odd).ok();
    assertThat(cli.run("grow", cli.mountPoint(), "concat(" + odd + "," + odd + ")").failure(1))
        .contains("given twice");
    checkFiles(1);
    Path full = cli.path("full.img");
    cli.run("create", full, "--size", "256M").ok();
    cli.run("mkfs", full).ok();
    String both = "concat(" + cli.image() + "," + full + ")";
    assertThat(cli.run("grow", cli.mountPoint(), both).failure(1))
        .contains("zone 64 of the drive is not empty");
    checkFiles(1);
    assertThat(cli.run("grow", "--force", cli.mountPoint(), both).ok().out())
        .contains("has 128 zones");
    checkFiles(1);
    checkUnmounted(both);
  }

  /** The zones of the first shrink are not the filesystem's any more. */
  @Test
  void aRefusedShrinkAfterAnotherGivesNothingBack() throws Exception {
    lengthen((1L << 20) + (200L << 22));
    cli.run("grow", cli.mountPoint()).ok();
    writeFiles(4);
    cli.run("shrink", cli.mountPoint(), "--zones", "64").ok();
    assertThat(cli.run("shrink", cli.mountPoint(), "--zones", "32").failure(1))
        .contains("do not fit");
    for (int round = 0; round < 8; round++) {
      writeFiles(4);
    }
    cli.run("sync", cli.mountPoint()).ok();
    checkFiles(4);
    checkUnmounted(cli.image().toString());
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    checkFiles(4);
  }

  /** Their counts are kept by zone. */
  @Test
  void aFileOfManyPiecesInNewZonesCanBeDeleted() throws Exception {
    lengthen((1L << 20) + (200L << 22));
    cli.run("grow", cli.mountPoint()).ok();
    writeFiles(10);
    try (RandomAccessFile pieces = new RandomAccessFile(file(FILES).toFile(), "rw")) {
      for (int piece = 0; piece < PIECES; piece++) {
        pieces.seek(piece * 8192L);
        pieces.write(bytes(piece, 4096));
      }
      pieces.getFD().sync();
    }
    Files.delete(file(FILES));
    for (int number = FILES / 4; number < FILES; number++) {
      Files.delete(file(number));
    }
    cli.run("sync", cli.mountPoint()).ok();
    cli.run("shrink", cli.mountPoint(), "--zones", "64").ok();
    checkUnmounted(cli.image().toString());
  }

  @Test
  void aDriveThatAllowsLessIsRefused() throws Exception {
    writeFiles(1);
    Path weak = cli.path("weak.img");
    cli.run("create", weak, "--size", "256M", "--max-active", "8", "--max-open", "8").ok();
    String both = "concat(" + cli.image() + "," + weak + ")";
    assertThat(cli.run("grow", cli.mountPoint(), both).failure(1))
        .contains("allows fewer open or active zones")
        .contains("goes on with " + cli.image());
    writeFiles(2);
    checkFiles(2);
    checkUnmounted(cli.image().toString());
  }

  @Test
  void writersNoticeNothing() throws Exception {
    AtomicBoolean ends = new AtomicBoolean();
    List<FutureTask<Integer>> writers = new ArrayList<>();
    for (int writer = 0; writer < WRITERS; writer++) {
      int seed = writer;
      FutureTask<Integer> task = new FutureTask<>(() -> writeUntil(ends, seed));
      writers.add(task);
      new Thread(task, "writer" + writer).start();
    }
    try {
      long length = (1L << 20) + (160L << 22);
      lengthen(length);
      for (int round = 0; round < 3; round++) {
        assertThat(cli.run("grow", cli.mountPoint()).ok().out()).contains("has 160 zones");
        Thread.sleep(1500);
        assertThat(cli.run("shrink", cli.mountPoint(), "--zones", "64").ok().out())
            .contains("has 64 zones");
      }
    } finally {
      ends.set(true);
    }
    for (FutureTask<Integer> writer : writers) {
      assertThat(writer.get()).isPositive();
    }
    assertThat(cli.run("status", cli.mountPoint()).ok().out()).contains("errors       none");
    checkUnmounted(cli.image().toString());
  }

  /** Overwrites and reads a few files; together they fit the small filesystem. */
  private int writeUntil(AtomicBoolean ends, int seed) throws IOException {
    Random random = new Random(seed);
    Map<Path, byte[]> written = new HashMap<>();
    int count = 0;
    while (!ends.get()) {
      Path path = cli.mountPoint().resolve("w" + seed + "-" + random.nextInt(6));
      byte[] bytes = bytes(random.nextLong(), 1 + random.nextInt(3 << 20));
      Files.write(path, bytes);
      written.put(path, bytes);
      Path other = written.keySet().iterator().next();
      assertThat(Files.readAllBytes(other)).isEqualTo(written.get(other));
      count++;
    }
    for (Map.Entry<Path, byte[]> each : written.entrySet()) {
      assertThat(Files.readAllBytes(each.getKey())).isEqualTo(each.getValue());
    }
    return count;
  }

  @Test
  void aDriveInMemoryAndAReadOnlyMountDoNotGrow() throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("mount", "-o", "ro", cli.image(), cli.mountPoint()).ok();
    assertThat(cli.run("grow", cli.mountPoint()).failure(1)).contains("read-only");
    assertThat(cli.run("shrink", cli.mountPoint(), "--zones", "32").failure(1))
        .contains("read-only");
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("mount", "--mkfs", "mem:256M", cli.mountPoint()).ok();
    assertThat(cli.run("grow", cli.mountPoint()).failure(1)).contains("in memory cannot grow");
  }
}
