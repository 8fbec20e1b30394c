// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The check by the command: its words and the exit codes of fsck(8). */
final class FsckTest {
  private static final String NEEDLE = "the words of a file that is going to be damaged";

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @BeforeEach
  void writeFiles() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    Files.createDirectory(cli.mountPoint().resolve("d"));
    Files.writeString(cli.mountPoint().resolve("d/f"), NEEDLE.repeat(100_000));
    cli.run("umount", cli.mountPoint()).ok();
  }

  @Test
  void aDriveInOrderIsClean() throws Exception {
    assertThat(cli.run("fsck", cli.image()).ok().out())
        .isEqualTo("clean: 1 files, 2 directories\n");
    assertThat(cli.run("fsck", "--data", cli.image()).ok().out())
        .isEqualTo("clean: 1 files, 2 directories, 4.48 MiB verified\n");
  }

  /** A slip of the hand resets the superblock log; the journal leads to everything. */
  @Test
  void aLostSuperblockLogIsFoundAndWrittenAnew() throws Exception {
    cli.run("zone", "reset", "--force", cli.image(), 0, 1).ok();
    CommandFixture.Outcome found = cli.run("fsck", cli.image());
    assertThat(found.exitCode()).isEqualTo(4);
    assertThat(found.out())
        .contains("the superblock log holds no entry")
        .contains("1 errors: 1 files, 2 directories");
    assertThat(cli.run("mkfs", cli.image()).failure(1)).contains("holds zonefs-j filesystem");
    CommandFixture.Outcome repaired = cli.run("fsck", "--repair", cli.image());
    assertThat(repaired.exitCode()).isEqualTo(1);
    assertThat(repaired.out())
        .contains("repaired: wrote the superblock log anew")
        .contains("after the repair:\nclean: 1 files");
    assertThat(cli.run("info", cli.image()).ok().out()).contains("zonefs-j filesystem");
    assertThat(cli.run("fsck", "--data", cli.image()).ok().out()).startsWith("clean: 1 files");
  }

  @Test
  void damagedDataIsFoundWhenDataIsRead() throws Exception {
    damage(cli.image());
    assertThat(cli.run("fsck", cli.image()).exitCode()).isZero();
    CommandFixture.Outcome found = cli.run("fsck", "--data", cli.image());
    assertThat(found.exitCode()).isEqualTo(4);
    assertThat(found.err()).isEmpty();
    assertThat(found.out()).contains("/d/f").contains("1 errors: 1 files, 2 directories");
    assertThat(found.out().lines()).hasSize(2);
  }

  @Test
  void damagedDataAreGivenUpOnDemand() throws Exception {
    damage(cli.image());
    CommandFixture.Outcome repaired = cli.run("fsck", "--repair", "--data", cli.image());
    assertThat(repaired.exitCode()).isEqualTo(1);
    assertThat(repaired.out())
        .contains("1 errors: 1 files, 2 directories")
        .contains("repaired: mended extents")
        .contains("after the repair:\nlost data; file /d/f, offset ")
        .contains("clean: 1 files, 2 directories");
    assertThat(cli.run("fsck", "--data", cli.image()).ok().out())
        .startsWith("lost data; file /d/f");
    assertThat(cli.run("fsck", "--repair", cli.image()).ok().out())
        .contains("clean")
        .doesNotContain("repaired");
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(cli.run("fsck", "--repair", cli.image()).failure(8)).contains("the image is in use");
    cli.run("umount", cli.mountPoint()).ok();
  }

  private static void damage(Path image) throws Exception {
    byte[] bytes = Files.readAllBytes(image);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(NEEDLE + NEEDLE);
    assertThat(at).isPositive();
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(at);
      file.write(~bytes[at]);
    }
  }

  @Test
  void whatCannotBeCheckedIsToldApart() throws Exception {
    assertThat(cli.run("fsck").failure(16)).contains("missing required parameter: 'SPEC'");
    assertThat(cli.run("fsck", "--reapir", cli.image()).failure(16)).contains("'--reapir'");
    assertThat(cli.run("fsck", cli.path("absent")).failure(8)).contains("no such file");
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(cli.run("fsck", cli.image()).failure(8)).contains("the image is in use");
    Path empty = cli.path("empty.img");
    cli.run("create", empty, "--size", "64M").ok();
    assertThat(cli.run("fsck", empty).failure(8)).contains("holds no zonefs-j filesystem");
  }
}
