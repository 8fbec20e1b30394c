// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A filesystem that goes to a dump, and from there to another drive. */
final class ZoneDumpTest {
  private static final List<String> SHAPE =
      List.of(
          "--size", "128M", "--zone-size", "2M", "--zone-capacity", "1536K", "--conventional", "1");

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private Path create(String name) throws Exception {
    Path image = cli.path(name);
    List<Object> words = new ArrayList<>(List.of("create", image));
    words.addAll(SHAPE);
    cli.run(words.toArray()).ok();
    return image;
  }

  private void write() throws IOException {
    Random random = new Random(7);
    Path directory = Files.createDirectories(cli.mountPoint().resolve("a/b"));
    for (int file = 0; file < 60; file++) {
      byte[] bytes = new byte[random.nextInt(600_000)];
      random.nextBytes(bytes);
      Files.write(directory.resolve("f" + file), bytes);
      if (file % 5 == 4) {
        Files.delete(directory.resolve("f" + (file - 3)));
      }
    }
  }

  /** The files of a mount, each with a hash of its bytes. */
  private Map<String, Integer> files() throws IOException {
    Map<String, Integer> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(cli.mountPoint())) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(
            cli.mountPoint().relativize(file).toString(),
            Arrays.hashCode(Files.readAllBytes(file)));
      }
    }
    return files;
  }

  private void assertHolds(String spec, Map<String, Integer> wanted) throws Exception {
    assertThat(cli.run("fsck", "--data", spec).ok().out()).contains("clean");
    cli.run("mount", spec, cli.mountPoint()).ok();
    assertThat(files()).isEqualTo(wanted);
    cli.run("scrub", cli.mountPoint()).ok();
    cli.run("umount", cli.mountPoint()).ok();
  }

  @Test
  void aFilesystemComesBackFromADump() throws Exception {
    Path image = create("d.img");
    cli.run("mkfs", image).ok();
    cli.run("mount", image, cli.mountPoint()).ok();
    write();
    Path dump = cli.path("d.dump");
    assertThat(cli.run("zone", "dump", image, dump).failure(1))
        .contains("is mounted at " + cli.mountPoint());
    Map<String, Integer> files = files();
    assertThat(files).hasSize(48);
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("zone", "dump", image, dump).ok();
    Path copy = Files.copy(dump, cli.path("copy.img"));
    assertHolds(copy.toString(), files);
    Path back = create("back.img");
    cli.run("zone", "restore", dump, back).ok();
    assertHolds(back.toString(), files);
  }

  /** Of a mirror of two drives to one of two others, whose members must agree. */
  @Test
  void aMirrorIsDumpedAndRestoredAsOneDrive() throws Exception {
    String mirror = "mirror(" + create("a.img") + "," + create("b.img") + ")";
    cli.run("mkfs", mirror).ok();
    cli.run("mount", mirror, cli.mountPoint()).ok();
    write();
    Map<String, Integer> files = files();
    cli.run("umount", cli.mountPoint()).ok();
    Path dump = cli.path("d.dump");
    cli.run("zone", "dump", mirror, dump).ok();
    String other = "mirror(" + create("c.img") + "," + create("d.img") + ")";
    cli.run("mkfs", other).ok();
    assertThat(cli.run("zone", "restore", dump, other).failure(1)).contains("--force");
    cli.run("zone", "restore", dump, other, "--force").ok();
    assertHolds(other, files);
    assertHolds(dump.toString(), files);
  }
}
