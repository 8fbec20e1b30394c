// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonParser;

/**
 * An index on the host belongs to one history of a drive: layers and restored images have others.
 */
final class IndexOfLayerTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private Path file() {
    return cli.mountPoint().resolve("file");
  }

  /** Mounts, writes the file twice with a sync after each, and unmounts. */
  private void write(String text, Object... mount) throws Exception {
    cli.run(mount).ok();
    for (int round = 0; round < 2; round++) {
      Files.writeString(file(), text);
      cli.run("sync", cli.mountPoint()).ok();
    }
    cli.run("umount", cli.mountPoint()).ok();
  }

  /** Mounts the drive, which has lost nothing; nor was anything refused until now. */
  private void assertWhole(String text, Object... mount) throws Exception {
    assertMounts(text, mount);
    assertThat(logs()).doesNotContain("damage").doesNotContain("ERROR");
  }

  private void assertMounts(String text, Object... mount) throws Exception {
    cli.run(mount).ok();
    assertThat(file()).hasContent(text);
    Json.JsonObject status =
        (Json.JsonObject)
            JsonParser.parse(cli.run("status", "--json", cli.mountPoint()).ok().out());
    assertThat(status.texts("errors")).isEmpty();
    cli.run("umount", cli.mountPoint()).ok();
  }

  private String logs() throws Exception {
    return cli.shell("cat log/*");
  }

  private List<String> indexes() throws Exception {
    try (Stream<Path> all = Files.walk(cli.path("state"))) {
      return all.filter(path -> path.endsWith("CURRENT"))
          .map(path -> path.getName(path.getNameCount() - 2).toString())
          .filter(name -> !name.contains(".aside-"))
          .toList();
    }
  }

  @Test
  void aLayerHasItsOwnIndexWhichADropRemoves() throws Exception {
    cli.format();
    String layer = "diff(" + cli.path("layer") + "," + cli.image() + ")";
    write("base", "mount", cli.image(), cli.mountPoint());
    write("layer", "mount", layer, cli.mountPoint());
    assertThat(indexes()).hasSize(2).anyMatch(name -> name.contains(".layer-"));
    assertWhole("layer", "mount", layer, cli.mountPoint());
    // The drive below is where its own index has left it.
    assertWhole("base", "mount", cli.image(), cli.mountPoint());
    cli.run("layer", "drop", layer).ok();
    assertThat(indexes()).hasSize(1).noneMatch(name -> name.contains(".layer-"));
    assertWhole("base", "mount", cli.image(), cli.mountPoint());
    assertThat(logs()).doesNotContain("set aside");
    write("merged", "mount", layer, cli.mountPoint());
    cli.run("layer", "commit", layer).ok();
    assertThat(indexes()).hasSize(1);
    assertWhole("merged", "mount", cli.image(), cli.mountPoint());
  }

  /** The directory that is given is that of the drive below. */
  @Test
  void aGivenIndexStaysThatOfTheDriveBelow() throws Exception {
    cli.format();
    String meta = "meta=" + cli.path("index");
    String layer = "diff(" + cli.path("layer") + "," + cli.image() + ")";
    write("base", "mount", cli.image(), cli.mountPoint(), "-o", meta);
    write("memory", "mount", "memdiff(" + cli.image() + ")", cli.mountPoint(), "-o", meta);
    try (Stream<Path> beside = Files.list(cli.path("."))) {
      assertThat(beside).noneMatch(place -> place.toString().endsWith(".temporary"));
    }
    write("layer", "mount", layer, cli.mountPoint(), "-o", meta);
    assertWhole("base", "mount", cli.image(), cli.mountPoint(), "-o", meta);
    assertThat(logs()).doesNotContain("set aside");
  }

  /** The index of the host knows that the missing member is newer. */
  @Test
  void aLookAtAnOlderMemberLeavesTheProofOfTheNewerOne() throws Exception {
    Path older = cli.path("older");
    Path newer = cli.path("newer");
    Path away = cli.path("away");
    for (Path image : List.of(older, newer)) {
      cli.run("create", image, "--size", "64M", "--zone-size", "1M").ok();
    }
    String mirror = "mirror(" + older + "," + newer + ")";
    cli.run("mkfs", mirror).ok();
    write("both", "mount", mirror, cli.mountPoint());
    Files.move(older, away);
    write("newer alone", "mount", mirror, cli.mountPoint());
    Files.move(newer, cli.path("gone"));
    Files.move(away, older);
    cli.run("mount", mirror, cli.mountPoint()).failure(1);
    assertMounts("both", "mount", mirror, cli.mountPoint(), "-o", "ro");
    cli.run("mount", mirror, cli.mountPoint()).failure(1);
    Files.move(cli.path("gone"), newer);
    assertMounts("newer alone", "mount", mirror, cli.mountPoint());
  }

  @Test
  void twoLayersInMemoryWithOneGivenIndexDoNotMeet() throws Exception {
    cli.format();
    Path other = cli.path("other.img");
    cli.run("create", other, "--size", "64M", "--zone-size", "1M").ok();
    cli.run("mkfs", other).ok();
    String meta = "meta=" + cli.path("index");
    Path second = Files.createDirectory(cli.path("second"));
    cli.run("mount", "memdiff(" + cli.image() + ")", cli.mountPoint(), "-o", meta).ok();
    cli.run("mount", "memdiff(" + other + ")", second, "-o", meta).ok();
    for (Path mounted : List.of(cli.mountPoint(), second)) {
      Files.writeString(mounted.resolve("file"), "text");
      cli.run("sync", mounted).ok();
      cli.run("umount", mounted).ok();
    }
  }

  @Test
  void theIndexOfAKilledLayerInMemoryIsNotThatOfTheDriveBelow() throws Exception {
    cli.format();
    write("base", "mount", cli.image(), cli.mountPoint());
    cli.run("mount", "memdiff(" + cli.image() + ")", cli.mountPoint()).ok();
    Files.writeString(file(), "memory");
    cli.run("sync", cli.mountPoint()).ok();
    cli.killDaemon();
    cli.shell("umount -i mnt");
    assertWhole("base", "mount", cli.image(), cli.mountPoint());
    assertWhole("base", "mount", "memdiff(" + cli.image() + ")", cli.mountPoint());
    assertThat(indexes()).hasSize(1);
  }

  @Test
  void anImageThatWasRestoredIsOlderAndNotDamaged() throws Exception {
    cli.format();
    write("old", "mount", cli.image(), cli.mountPoint());
    cli.shell("cp --sparse=always drive.img backup.img");
    write("new", "mount", cli.image(), cli.mountPoint());
    cli.shell("cp --sparse=always backup.img drive.img");
    assertWhole("old", "mount", cli.image(), cli.mountPoint());
    assertThat(logs())
        .contains("where it was unmounted: it is an older copy, or was restored from one");
    // A copy in another place, by turns with the original.
    write("copy", "mount", cli.path("backup.img"), cli.mountPoint());
    assertWhole("old", "mount", cli.image(), cli.mountPoint());
    assertWhole("copy", "mount", cli.path("backup.img"), cli.mountPoint());
  }

  /** Nothing tells a copy of a live drive from one that lost its last commits. */
  @Test
  void anImageThatWasCopiedWhileMountedMayHaveLostCommits() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    Files.writeString(file(), "old");
    cli.run("sync", cli.mountPoint()).ok();
    cli.shell("cp --sparse=always drive.img backup.img");
    Files.writeString(file(), "new");
    cli.run("umount", cli.mountPoint()).ok();
    cli.shell("cp --sparse=always backup.img drive.img");
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(file()).hasContent("old");
    assertThat(cli.run("status", cli.mountPoint()).ok().out())
        .contains("was restored from one, its last commits are lost")
        .doesNotContain("damaged");
  }
}
