// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What must not be mounted, or not so: refused with words, and nothing is changed by the attempt.
 */
final class BadInputTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @BeforeEach
  void format() throws Exception {
    cli.format();
  }

  private String refused(String options) throws Exception {
    byte[] before = Files.readAllBytes(cli.image());
    String words = cli.run("mount", cli.image(), cli.mountPoint(), "-o", options).failure(1);
    assertThat(cli.isMounted()).isFalse();
    assertThat(Files.readAllBytes(cli.image())).isEqualTo(before);
    return words;
  }

  @Test
  void anIndexIsNotPutWhereSomethingElseIs() throws Exception {
    Path home = Files.createDirectory(cli.path("home"));
    Path file = Files.writeString(home.resolve("precious"), "words");
    assertThat(refused("meta=" + home))
        .contains("meta=" + home + " holds something else than an index (precious)");
    assertThat(file).hasContent("words");
    assertThat(refused("meta=" + file)).contains("is not a directory");
    assertThat(refused("meta=" + cli.mountPoint().resolve("index")))
        .contains("it cannot be on the filesystem that needs it");
    assertThat(refused("meta=/")).contains("the root directory cannot hold an index");
    assertThat(refused("meta=/proc")).contains("meta=/proc is a mount point");
  }

  /** A mount removes what a killed one left beside its index. */
  @ParameterizedTest
  @CsvSource({"new", "native", "checkpoint-7", "aside-1"})
  void whatLiesBesideAnIndexIsNotRemoved(String suffix) throws Exception {
    Path other = Files.createDirectory(cli.path("index." + suffix));
    Path file = Files.writeString(other.resolve("precious"), "words");
    assertThat(refused("meta=" + cli.path("index")))
        .contains(other + " holds something else than an index (precious)");
    assertThat(file).hasContent("words");
  }

  @Test
  void whatCommandsNeedIsNotCovered() throws Exception {
    Path above = Objects.requireNonNull(cli.mountPoint().getParent());
    String words = cli.run("mount", cli.image(), above, "-o", "nonempty").failure(1);
    assertThat(words).contains("is below " + above + ": it cannot be on the filesystem that needs");
  }

  @Test
  void anIndexMayBeWhereOneIsOrNothingIs() throws Exception {
    String options = "meta=" + Files.createDirectory(cli.path("index"));
    for (int i = 0; i < 2; i++) {
      cli.run("mount", cli.image(), cli.mountPoint(), "-o", options).ok();
      cli.run("umount", cli.mountPoint()).ok();
    }
    assertThat(cli.path("index.aside-1")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dirty=1000G|are more than half of this machine's memory",
        "cache=7E,dirty=7E|are more than half of this machine's memory",
        "gc_reserve=33|gc_reserve=33: the drive has 64 zones, give at most half of them"
      })
  void whatTheMachineOrTheDriveHasNotIsRefused(String options, String words) throws Exception {
    assertThat(refused(options)).contains(words);
  }

  @Test
  void moreMemoryThanUsualIsGivenToTheDaemon() throws Exception {
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "dirty=300M,cache=100M").ok();
    Files.write(cli.mountPoint().resolve("f"), new byte[20 << 20]);
    cli.run("umount", cli.mountPoint()).ok();
  }

  /** The shipped heap is 256 MiB. */
  @Test
  void aDriveInMemoryIsGivenItsMemory() throws Exception {
    cli.run("mount", "mem:512M", cli.mountPoint()).ok();
    byte[] piece = new byte[1 << 20];
    for (int file = 0; file < 300; file++) {
      Arrays.fill(piece, (byte) file);
      Files.write(cli.mountPoint().resolve("f" + file), piece);
    }
    assertThat(Files.readAllBytes(cli.mountPoint().resolve("f7"))).containsOnly(7);
    cli.run("umount", cli.mountPoint()).ok();
    CommandFixture.Outcome refused = cli.run("mount", "mem:1000G", cli.mountPoint());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err())
        .contains("zonefs-j: mem:1000G: a drive with 1000 GiB in memory does not leave")
        .contains("make it or its cache smaller");
  }

  /** 512 GiB of lines in a sparse file take 320 MiB of heap, which no command has by itself. */
  @Test
  void aLargeCacheInAFileIsGivenItsHeap() throws Exception {
    String cache = "cache(" + cli.path("lines") + "," + cli.image() + ",size=";
    cli.run("mount", cache + "512G)", cli.mountPoint()).ok();
    Files.writeString(cli.mountPoint().resolve("f"), "content");
    assertThat(cli.run("grow", cli.mountPoint(), cache + "1024G)").failure(1))
        .contains("a larger cache takes another mount");
    assertThat(cli.mountPoint().resolve("f")).hasContent("content");
    cli.run("umount", cli.mountPoint()).ok();
  }

  @Test
  void inTheForegroundTheMemoryHasToBeThere() throws Exception {
    CommandFixture.Outcome outcome =
        cli.run("mount", "-f", cli.image(), cli.mountPoint(), "-o", "dirty=1G");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err())
        .contains(
            "zonefs-j: cache=, dirty= or the drive need more memory than this process may use")
        .contains("ZONEFSJ_JAVA_OPTS='-Xmx1200m -XX:MaxDirectMemorySize=1280m'");
  }

  @Test
  void anImageThatWasCutShortIsNotMounted() throws Exception {
    try (RandomAccessFile image = new RandomAccessFile(cli.image().toFile(), "rw")) {
      image.setLength(image.length() - 4096);
    }
    assertThat(refused("rw")).contains(cli.image() + ": the image is truncated");
  }

  @Test
  void anImageWithADamagedHeadIsNotTakenForADrive() throws Exception {
    assertThat(cli.run("mkfs", cli.image()).failure(1)).contains("--force");
    try (RandomAccessFile image = new RandomAccessFile(cli.image().toFile(), "rw")) {
      image.seek(0);
      image.write("garbage".getBytes(StandardCharsets.US_ASCII));
    }
    assertThat(refused("ro")).contains("is not a zonefs-j image");
  }

  @Test
  void aLabelThatIsTooLongIsRefused() throws Exception {
    assertThat(cli.run("mkfs", cli.image(), "--force", "--label", "x".repeat(65)).failure(1))
        .contains(cli.image() + ": the label is longer than 64 bytes");
  }
}
