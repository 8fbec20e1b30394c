// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Mounts of a drive whose key has a passphrase. */
final class EncryptedMountTest {
  private static final String PASSPHRASE = "correct horse";

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private String spec = "";

  /** Formats the drive; no file holds the passphrase where it is looked for. */
  @BeforeEach
  void format() throws Exception {
    Path key = cli.path("k");
    Path passphrase = cli.path("secret");
    Files.createFile(
        passphrase,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(passphrase, PASSPHRASE + "\n");
    spec = "crypt(" + key + "," + cli.image() + ")";
    cli.run("key", "create", key, "--new-passphrase-file", passphrase).ok();
    cli.run("create", cli.image(), "--size", "256M").ok();
    Files.copy(passphrase, cli.path("k.pass"));
    cli.run("mkfs", spec).ok();
    Files.delete(cli.path("k.pass"));
  }

  /** Another user could put a library of his there. */
  @Test
  void nothingIsUnpackedIntoTheWorkingDirectory() throws Exception {
    Files.writeString(cli.path("k.pass"), PASSPHRASE + "\n");
    Files.setPosixFilePermissions(cli.path("k.pass"), PosixFilePermissions.fromString("rw-------"));
    Path work = Files.createDirectory(cli.path("work"));
    FileTime before = FileTime.from(Instant.EPOCH);
    Files.setLastModifiedTime(work, before);
    List<String> words = cli.words("info", spec);
    words.add(1, "-Djava.io.tmpdir=" + cli.path("missing"));
    Path said = cli.path("said");
    ProcessBuilder builder = new ProcessBuilder(words);
    cli.environment().forEach(builder.environment()::put);
    Process process =
        builder
            .directory(work.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(() -> read(said)).isZero();
    assertThat(Files.getLastModifiedTime(work)).isEqualTo(before);
  }

  private String mount() {
    return cli.words("mount", spec, cli.mountPoint()).stream()
        .map(word -> "'" + word + "'")
        .collect(Collectors.joining(" "));
  }

  /** Runs the mount at a terminal of its own, where somebody types; gives what it shows. */
  private String mountAtTerminal(String typed, int exitCode)
      throws IOException, InterruptedException {
    Path shown = cli.path("shown");
    ProcessBuilder builder =
        new ProcessBuilder(List.of("script", "-qec", mount(), cli.path("typescript").toString()));
    cli.environment().forEach(builder.environment()::put);
    builder.redirectErrorStream(true).redirectOutput(shown.toFile());
    Process process = builder.start();
    try (OutputStream terminal = process.getOutputStream()) {
      while (!Files.readString(shown).contains("Passphrase of ")) {
        assertThat(process.isAlive()).as(() -> read(shown)).isTrue();
        Thread.sleep(10);
      }
      terminal.write((typed + "\n").getBytes(StandardCharsets.UTF_8));
      terminal.flush();
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(() -> read(shown)).isEqualTo(exitCode);
    return read(shown);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void aTypedPassphraseMountsAndIsNotNeededToGrow() throws Exception {
    assertThat(mountAtTerminal(PASSPHRASE, 0)).doesNotContain(PASSPHRASE);
    Files.writeString(cli.mountPoint().resolve("f"), "content");
    try (RandomAccessFile image = new RandomAccessFile(cli.image().toFile(), "rw")) {
      image.setLength((1L << 20) + (80L << 22));
    }
    assertThat(cli.run("grow", cli.mountPoint()).ok().out()).contains("has 80 zones, and had 64");
    assertThat(cli.mountPoint().resolve("f")).hasContent("content");
    cli.run("umount", cli.mountPoint()).ok();
  }

  /** It would close the drive, and could not open it again. */
  @Test
  void withoutTheKeyFileAMountDoesNotGrow() throws Exception {
    mountAtTerminal(PASSPHRASE, 0);
    Files.writeString(cli.mountPoint().resolve("f"), "content");
    Files.move(cli.path("k"), cli.path("away"));
    assertThat(cli.run("grow", cli.mountPoint()).failure(1))
        .contains("there is no such key file")
        .contains("the filesystem goes on");
    assertThat(cli.mountPoint().resolve("f")).hasContent("content");
    Files.writeString(cli.mountPoint().resolve("g"), "more");
    cli.run("sync", cli.mountPoint()).ok();
    cli.run("umount", cli.mountPoint()).ok();
  }

  /** The drive of the missing key is a missing member. */
  @Test
  void aMirrorOfEncryptedDrivesDoesWithoutOneKey() throws Exception {
    Path other = cli.path("other");
    Path image = cli.path("second");
    cli.run("key", "create", other).ok();
    cli.run("create", image, "--size", "256M").ok();
    String encrypted = spec;
    spec = "mirror(" + encrypted + ",crypt(" + other + "," + image + "))";
    Files.copy(cli.path("secret"), cli.path("k.pass"));
    cli.run("mkfs", "--force", spec).ok();
    Files.delete(cli.path("k.pass"));
    Files.delete(other);
    mountAtTerminal(PASSPHRASE, 0);
    Files.writeString(cli.mountPoint().resolve("f"), "content");
    assertThat(cli.run("status", cli.mountPoint()).ok().out()).contains("missing");
    cli.run("umount", cli.mountPoint()).ok();
  }

  @Test
  void aWrongPassphraseIsToldAtOnce() throws Exception {
    assertThat(mountAtTerminal("wrong", 1)).contains("k: wrong passphrase");
    assertThat(cli.isMounted()).isFalse();
    // No daemon was started.
    assertThat(cli.path("log")).doesNotExist();
  }

  @Test
  void withoutATerminalNobodyIsAsked() throws Exception {
    assertThat(cli.run("mount", spec, cli.mountPoint()).failure(1))
        .contains("its passphrase is needed, and nobody can be asked");
  }

  @Test
  void theFileOfTheVariableMayBeNamedFromHere() throws Exception {
    cli.shell("ZONEFSJ_PASSPHRASE_FILE=secret " + mount());
    assertThat(cli.isMounted()).isTrue();
    cli.run("umount", cli.mountPoint()).ok();
  }
}
