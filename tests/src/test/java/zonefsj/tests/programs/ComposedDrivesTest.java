// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The kinds of drives on real mounts, by the commands of DRIVES.md. {@link MirrorTest} has the
 * mirror, the tests of grow and shrink the growing drives.
 */
final class ComposedDrivesTest {
  private static final String SIZE = "512M";

  @RegisterExtension private final Sandbox sandbox = new Sandbox(false);

  private Path image(String name) throws Exception {
    Path image = sandbox.home().resolve(name);
    sandbox.createImage(image, SIZE);
    return image;
  }

  private void format(String drive) throws Exception {
    sandbox.use(drive);
    sandbox.zonefsj("mkfs", drive).orFail();
  }

  private void mount(String drive) throws Exception {
    sandbox.use(drive);
    sandbox.mount();
  }

  private String tree() {
    return sandbox.mountPoint().resolve("tree").toString();
  }

  private void writeTree(int seed) throws Exception {
    sandbox.python("tree.py", tree(), Integer.toString(seed));
  }

  private String manifest() throws Exception {
    return sandbox.python("manifest.py", tree());
  }

  private void deleteTree() throws Exception {
    sandbox.run(List.of("rm", "-r", tree())).orFail();
  }

  private String statusText() throws Exception {
    return sandbox.zonefsj("status", sandbox.mountPoint().toString()).orFail();
  }

  private String hash(Path file) throws Exception {
    return sandbox.run(List.of("sha256sum", file.toString())).orFail();
  }

  /** Reads past the page cache of the kernel. */
  private void readLarge() throws Exception {
    sandbox
        .run(List.of("dd", "if=" + tree() + "/large", "of=/dev/null", "bs=64K", "iflag=direct"))
        .orFail();
  }

  /** Writes a tree, and finds it again after a remount, a check and a kill. */
  private String assertKeeps(String drive) throws Exception {
    mount(drive);
    writeTree(1);
    String before = manifest();
    sandbox.umount();
    sandbox.fsck();
    sandbox.mount();
    assertThat(manifest()).isEqualTo(before);
    sandbox.run(List.of("sync", "--file-system", tree())).orFail();
    sandbox.killDaemon();
    sandbox.run(List.of("umount", "-i", sandbox.mountPoint().toString())).orFail();
    sandbox.mount();
    assertThat(manifest()).isEqualTo(before);
    return before;
  }

  @Test
  void memoryIsGoneAtTheEnd() throws Exception {
    sandbox
        .zonefsj("mount", "--mkfs", "mem:1G,zone=16M,capacity=12M", sandbox.mountPoint().toString())
        .orFail();
    writeTree(1);
    assertThat(statusText()).contains("mem(1G,").contains("index        in memory");
    sandbox.umount();
    sandbox
        .zonefsj("mount", "mem:1G,zone=16M,capacity=12M", sandbox.mountPoint().toString())
        .orFail();
    assertThat(sandbox.mountPoint()).isEmptyDirectory();
  }

  @Test
  void aLayerInMemoryChangesNothingBelow() throws Exception {
    Path image = image("a.img");
    format(image.toString());
    sandbox.mount();
    writeTree(1);
    String before = manifest();
    sandbox.umount();
    String content = hash(image);
    mount("memdiff:" + image);
    assertThat(manifest()).isEqualTo(before);
    deleteTree();
    writeTree(2);
    assertThat(manifest()).isNotEqualTo(before);
    sandbox.umount();
    assertThat(hash(image)).isEqualTo(content);
    mount("memdiff:" + image);
    assertThat(manifest()).isEqualTo(before);
  }

  @Test
  void aLayerInAFileIsDroppedOrCommitted() throws Exception {
    Path image = image("a.img");
    Path file = sandbox.home().resolve("layer");
    assertDropsAndCommits(image, "diff(" + file + "," + image + ")");
    assertThat(file).doesNotExist();
  }

  @Test
  void aLayerOnADriveIsDroppedOrCommitted() throws Exception {
    Path image = image("a.img");
    Path top = sandbox.home().resolve("top.img");
    sandbox.createImage(top, "1G");
    String layer = "diff(file:" + top + "," + image + ")";
    assertThat(sandbox.zonefsj("mount", layer, sandbox.mountPoint().toString()).errors())
        .contains("keeps no layer; 'zonefs-j layer create' begins one");
    assertDropsAndCommits(image, layer);
    assertThat(sandbox.zonefsj("layer", "drop", layer).errors()).contains("keeps no layer");
  }

  private void assertDropsAndCommits(Path image, String layer) throws Exception {
    format(image.toString());
    sandbox.mount();
    writeTree(1);
    String first = manifest();
    sandbox.umount();
    String content = hash(image);
    sandbox.zonefsj("layer", "create", layer).orFail();
    mount(layer);
    deleteTree();
    writeTree(2);
    String second = manifest();
    sandbox.umount();
    sandbox.mount();
    assertThat(manifest()).as("after a restart").isEqualTo(second);
    sandbox.umount();
    sandbox.fsck();
    sandbox.zonefsj("layer", "drop", layer).orFail();
    assertThat(hash(image)).isEqualTo(content);

    sandbox.zonefsj("layer", "create", layer).orFail();
    mount(layer);
    assertThat(manifest()).as("dropped").isEqualTo(first);
    deleteTree();
    writeTree(3);
    String third = manifest();
    sandbox.umount();
    sandbox.zonefsj("layer", "commit", layer).orFail();
    mount(image.toString());
    assertThat(manifest()).as("committed").isEqualTo(third);
    sandbox.umount();
    sandbox.fsck();
  }

  @Test
  void aCacheInMemoryIsHit() throws Exception {
    Path image = image("a.img");
    format(image.toString());
    assertIsHit("cache(64M," + image + ")");
  }

  @Test
  void aCacheInAFileIsHit() throws Exception {
    Path image = image("a.img");
    format(image.toString());
    assertIsHit("cache(" + sandbox.home().resolve("cached") + "," + image + ",size=64M)");
  }

  @Test
  void aCacheOnADriveIsHit() throws Exception {
    Path image = image("a.img");
    format(image.toString());
    Path top = image("top.img");
    assertIsHit("cache(file:" + top + "," + image + ",size=64M)");
  }

  private void assertIsHit(String drive) throws Exception {
    String before = assertKeeps(drive);
    readLarge();
    int hits = hits();
    readLarge();
    assertThat(hits()).isGreaterThan(hits);
    deleteTree();
    writeTree(2);
    String after = manifest();
    assertThat(after).isNotEqualTo(before);
    sandbox.umount();
    sandbox.mount();
    assertThat(manifest()).isEqualTo(after);
    sandbox.umount();
    mount(sandbox.home().resolve("a.img").toString());
    assertThat(manifest()).as("written through").isEqualTo(after);
  }

  private int hits() throws Exception {
    String words = statusText();
    return Integer.parseInt(words.replaceAll("(?s).*?([0-9]+) hits, .*", "$1"));
  }

  @Test
  void aStripeThatLacksAPartIsRefused() throws Exception {
    Path first = image("a.img");
    Path second = image("b.img");
    String drive = "striped(" + first + "," + second + ",chunk=64K)";
    format(drive);
    String before = assertKeeps(drive);
    sandbox.umount();
    Path away = Files.move(second, sandbox.home().resolve("away.img"));
    Child.Result refused = sandbox.tryMount(drive, sandbox.mountPoint(), sandbox.index());
    assertThat(refused.exitCode()).isEqualTo(32);
    assertThat(refused.errors()).contains(second.toString()).doesNotContain("\tat ");
    Files.move(away, second);
    // The order does not matter.
    mount("striped(" + second + "," + first + ",chunk=64K)");
    assertThat(manifest()).isEqualTo(before);
  }

  @Test
  void aConcatenationGrowsByADriveAndGivesItBack() throws Exception {
    String two = "concat(" + image("a.img") + "," + image("b.img") + ")";
    format(two);
    String before = assertKeeps(two);
    long small = sandbox.mountPoint().toFile().getTotalSpace();
    Path more = sandbox.home().resolve("c.img");
    sandbox.createImage(more, "3G");
    String three = two.replace(")", "," + more + ")");
    String point = sandbox.mountPoint().toString();
    sandbox.zonefsj("grow", point, three).orFail();
    assertThat(sandbox.mountPoint().toFile().getTotalSpace()).isGreaterThan(small * 39 / 10);
    sandbox.use(three);
    sandbox.umount();
    sandbox.mount();
    assertThat(manifest()).isEqualTo(before);
    sandbox.zonefsj("shrink", point, "--zones", "64").orFail();
    sandbox.umount();
    mount(two);
    assertThat(manifest()).isEqualTo(before);
    assertThat(sandbox.mountPoint().toFile().getTotalSpace()).isEqualTo(small);
  }

  @Test
  void anEncryptedDriveNeedsItsKey() throws Exception {
    Path image = image("a.img");
    Path key = sandbox.home().resolve("drive.key");
    Path passphrase = sandbox.home().resolve("drive.key.pass");
    writePrivate(passphrase, "before\n");
    sandbox
        .zonefsj("key", "create", key.toString(), "--new-passphrase-file", "" + passphrase)
        .orFail();
    String drive = "crypt(" + key + "," + image + ")";
    format(drive);
    String before = assertKeeps(drive);
    sandbox.umount();

    Path next = sandbox.home().resolve("next");
    writePrivate(next, "after\n");
    sandbox
        .zonefsj("key", "change", key.toString(), "--new-passphrase-file", next.toString())
        .orFail();
    Child.Result refused = sandbox.tryMount(drive, sandbox.mountPoint(), sandbox.index());
    assertThat(refused.exitCode()).isEqualTo(32);
    assertThat(refused.errors()).contains("passphrase");
    Files.delete(passphrase);
    writePrivate(passphrase, "after\n");
    sandbox.mount();
    assertThat(manifest()).isEqualTo(before);
    sandbox.umount();

    Path other = sandbox.home().resolve("other.key");
    sandbox.zonefsj("key", "create", other.toString()).orFail();
    Child.Result stranger =
        sandbox.tryMount(
            "crypt(" + other + "," + image + ")", sandbox.mountPoint(), sandbox.index());
    assertThat(stranger.exitCode()).isEqualTo(32);
    assertThat(stranger.errors()).contains("no zonefs-j filesystem");
  }

  private static void writePrivate(Path file, String words) throws Exception {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, words);
  }

  @Test
  void aSlowDriveIsOneAllTheSame() throws Exception {
    Path image = image("a.img");
    format(image.toString());
    assertKeeps("delay(1," + image + ")");
    assertThat(statusText()).contains("delay");
  }
}
