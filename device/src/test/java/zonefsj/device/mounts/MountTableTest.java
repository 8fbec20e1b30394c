// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mounts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of mountinfo as the kernel writes them, and as it never does. */
class MountTableTest {
  private static List<MountTableEntry> parse(String content) {
    return MountTable.parse(content.getBytes(StandardCharsets.UTF_8)).entries();
  }

  /** For a content whose characters are single bytes. */
  private static List<MountTableEntry> parseBytes(String content) {
    return MountTable.parse(content.getBytes(StandardCharsets.ISO_8859_1)).entries();
  }

  private static String mountPoint(String escaped) {
    return parse("7 1 0:7 / " + escaped + " rw - tmpfs none rw\n").get(0).mountPoint();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "shared:1 ", "shared:1 master:2 ", "shared:1 master:2 propagate_from:3 x "})
  void anyNumberOfOptionalFieldsIsSkipped(String optional) {
    assertThat(parse("42 27 259:5 /dir /mnt rw,noexec " + optional + "- ext4 /dev/sda rw,x=y\n"))
        .containsExactly(
            new MountTableEntry(
                42, "259:5", "/dir", "/mnt", "rw,noexec", "ext4", "/dev/sda", "rw,x=y"));
  }

  @Test
  void theMinorNumberIsPartOfTheDevice() {
    assertThat(parse("7 1 0:123 / /m rw - fuse x rw").get(0).minor()).isEqualTo("123");
  }

  @Test
  void escapesAreDecodedInEveryName() {
    MountTableEntry mount =
        parse("7 1 0:7 /a\\040b /m\\011n rw - x\\040y /dev/a\\043b\\134c rw").get(0);
    assertThat(mount.root()).isEqualTo("/a b");
    assertThat(mount.mountPoint()).isEqualTo("/m\tn");
    assertThat(mount.type()).isEqualTo("x y");
    assertThat(mount.source()).isEqualTo("/dev/a#b\\c");
  }

  @Test
  void optionsKeepTheirEscapes() {
    MountTableEntry mount =
        parse("7 1 0:7 / /m rw,a\\054b - overlay o rw,lowerdir=/ä\\040b").get(0);
    assertThat(mount.options()).isEqualTo("rw,a\\054b");
    assertThat(mount.superOptions()).isEqualTo("rw,lowerdir=/ä\\040b");
  }

  @ParameterizedTest
  @CsvSource({
    "/m\\134040, /m\\040", // an escaped backslash before digits
    "/m\\99x\\, /m\\99x\\",
    "/m\\04, /m\\04",
    "/m\\408, /m\\408",
    "/m\\777, /m\\777",
    "/m\\303\\244, /mä",
    "/mä, /mä"
  })
  void onlyWholeOctalBytesAreEscapes(String escaped, String name) {
    assertThat(mountPoint(escaped)).isEqualTo(name);
  }

  @Test
  void aNameMayContainANewlineASeparatorAndACarriageReturn() {
    assertThat(mountPoint("/m\\0128\\0401\\0400:8")).isEqualTo("/m\n8 1 0:8");
    assertThat(mountPoint("/m\\040-\\040x")).isEqualTo("/m - x");
    assertThat(mountPoint("/m\r/n")).isEqualTo("/m\r/n");
  }

  @Test
  void theFirstDashAfterTheFixedFieldsIsTheSeparator() {
    assertThat(parse("7 1 0:7 - - - shared:1 - tmpfs - -\n"))
        .containsExactly(new MountTableEntry(7, "0:7", "-", "-", "-", "tmpfs", "-", "-"));
  }

  @Test
  void bytesThatAreNotUtf8HideNoOtherMount() {
    List<MountTableEntry> mounts =
        parseBytes(
            "7 1 0:7 / /m\u00e4 rw - tmpfs n\u00ff rw\n8 1 0:8 / /m\u00c3\\244 rw - tmpfs n rw\n");
    assertThat(mounts).extracting(MountTableEntry::id).containsExactly(7, 8);
    assertThat(mounts.get(0).mountPoint()).isEqualTo("/m\ufffd");
    assertThat(mounts.get(0).source()).isEqualTo("n\ufffd");
    assertThat(mounts.get(1).mountPoint()).as("one character, half escaped").isEqualTo("/mä");
  }

  @Test
  void superOptionsAndTheSourceMayBeEmpty() {
    assertThat(parse("7 1 0:7 / /m rw - tmpfs none").get(0).superOptions()).isEmpty();
    MountTableEntry mount = parse("7 1 0:7 / /m rw - tmpfs  rw").get(0);
    assertThat(mount.source()).isEmpty();
    assertThat(mount.superOptions()).isEqualTo("rw");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "- - -",
        "1 2 3",
        "1 2 3 4 5 6",
        "1 2 3 4 5 6 -",
        "1 2 3 4 5 6 - ext4",
        "1 2 3 4 5 6 shared:1 ext4 /dev/sda rw",
        "1 2 3 4 5 - ext4 /dev/sda rw",
        "a b c d e f - g h i",
        "99999999999 27 0:1 / /m rw - t s o"
      })
  void aMalformedLineIsSkipped(String line) {
    assertThat(parse(line + "\n7 1 0:7 / /m rw - tmpfs none rw\n"))
        .extracting(MountTableEntry::id)
        .containsExactly(7);
  }

  @Test
  void theTopmostMountIsTheOneAtItsDirectory() {
    MountTable mounts =
        MountTable.parse(
            "7 1 0:7 / /m rw - tmpfs a rw\n8 1 0:8 / /m rw - tmpfs b rw\n9 1 0:9 / /m/n rw - t c rw"
                .getBytes(StandardCharsets.UTF_8));
    assertThat(mounts.at(Path.of("/m")).map(MountTableEntry::id)).contains(8);
    assertThat(mounts.at(Path.of("/"))).isEmpty();
  }

  @Test
  void aFileIsRead(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("mountinfo"), "7 1 0:7 / /m rw - t c rw\n");
    assertThat(MountTable.read(file).entries()).hasSize(1);
  }

  @Test
  void theTableOfThisProcessIsUnderstood() throws IOException {
    assertThat(MountTable.read().at(Path.of("/proc")).map(MountTableEntry::type)).contains("proc");
    byte[] content = Files.readAllBytes(Path.of("/proc/self/mountinfo"));
    long lines =
        new String(content, StandardCharsets.ISO_8859_1).chars().filter(c -> c == '\n').count();
    assertThat(MountTable.parse(content).entries()).hasSize((int) lines);
  }
}
