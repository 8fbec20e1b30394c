// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.cli.Commands.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What udev learns of a drive from {@code mount-scripts/zonefs-j-probe}. */
final class ProbeTest {
  private static final Path PROBE =
      Path.of(System.getProperty("zonefsj.root", ".."), "mount-scripts/zonefs-j-probe")
          .toAbsolutePath();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private Path image = Path.of("");

  @BeforeEach
  void nameImage() {
    image = directory.resolve("d.img");
  }

  /** The properties, by name; empty if there is no filesystem. */
  private Map<String, String> probe() throws IOException, InterruptedException {
    Path out = directory.resolve("out");
    int code =
        new ProcessBuilder(PROBE.toString(), image.toString())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start()
            .waitFor();
    String text = Files.readString(out, StandardCharsets.ISO_8859_1);
    assertThat(code).as(text).isEqualTo(text.isEmpty() ? 1 : 0);
    Map<String, String> found = new TreeMap<>();
    for (String line : text.lines().toList()) {
      if (!line.isEmpty()) {
        found.put(line.replaceFirst("=.*", ""), line.replaceFirst("[^=]*=", ""));
      }
    }
    return found;
  }

  private void format(String label, String... zones) {
    Object[] create = new Object[zones.length + 4];
    System.arraycopy(new Object[] {"create", image, "--size", "256M"}, 0, create, 0, 4);
    System.arraycopy(zones, 0, create, 4, zones.length);
    run(create).ok();
    run("mkfs", image, "--label", label).ok();
  }

  private String uuid() {
    return run("info", image).ok().replaceFirst("(?s).*filesystem ([0-9a-f-]{36}).*", "$1");
  }

  @Test
  void aFilesystemHasItsTypeItsUuidAndItsLabel() throws Exception {
    format("data");
    assertThat(probe())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "ID_FS_USAGE", "filesystem",
                "ID_FS_TYPE", "zonefs-j",
                "ID_FS_VERSION", "1",
                "ID_FS_UUID", uuid(),
                "ID_FS_UUID_ENC", uuid(),
                "ID_FS_LABEL", "data",
                "ID_FS_LABEL_ENC", "data"));
    run("mkfs", image, "--force").ok();
    assertThat(probe()).containsEntry("ID_FS_UUID", uuid()).doesNotContainKey("ID_FS_LABEL");
  }

  /** In a ring of conventional zones, too, more often than it has slots. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void theNewestEntryCounts(int conventional) throws Exception {
    format("first", "--conventional", Integer.toString(conventional));
    for (int round = 0; round < 66; round++) {
      run("tune", image, "--label", "label" + round).ok();
    }
    assertThat(probe()).containsEntry("ID_FS_LABEL", "label65").containsEntry("ID_FS_UUID", uuid());
    String before = uuid();
    run("tune", image, "--new-uuid").ok();
    assertThat(uuid()).isNotEqualTo(before);
    assertThat(probe()).containsEntry("ID_FS_UUID", uuid());
  }

  /** Also where the zones of the log were finished before they had all their slots. */
  @Test
  void aFullZoneIsSearched() throws Exception {
    format("first");
    run("tune", image, "--label", "last").ok();
    run("zone", "finish", image, "0", "--force").ok();
    run("zone", "finish", image, "1", "--force").ok();
    assertThat(probe()).containsEntry("ID_FS_LABEL", "last");
  }

  /** A label is any text; a name below /dev is not. */
  @Test
  void aLabelIsEscaped() throws Exception {
    format("../a \"b\" $(c)\\x41'é");
    assertThat(probe())
        .containsEntry("ID_FS_LABEL", ".._a _b_ __c__x41_\u00c3\u00a9")
        .containsEntry(
            "ID_FS_LABEL_ENC",
            "..\\x2fa\\x20\\x22b\\x22\\x20\\x24\\x28c\\x29\\x5cx41\\x27\u00c3\u00a9");
  }

  @Test
  void whatIsNoFilesystemHasNoProperties() throws Exception {
    Files.write(image, new byte[1 << 20]);
    assertThat(probe()).isEmpty();
    Files.delete(image);
    run("create", image, "--size", "256M").ok();
    assertThat(probe()).isEmpty();
    run("mkfs", image).ok();
    assertThat(probe()).isNotEmpty();
    // One wrong byte in each header, in the UUID: the log has two of them in each of its zones, and
    // the head of the journal one.
    long first = 0;
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(128);
      first = Long.reverseBytes(file.readLong());
      for (int entry = 0; entry < 5; entry++) {
        long at = first + entry / 2 * (4L << 20) + entry % 2 * (16L << 10) + 10;
        file.seek(at);
        int old = file.read();
        file.seek(at);
        file.write(old ^ 1);
      }
    }
    assertThat(first).isPositive();
    assertThat(probe()).isEmpty();
  }

  /** Impossible numbers end in no filesystem, without a message and in time. */
  @Test
  void anyHeaderOfAnImageIsTakenOrNot() throws Exception {
    format("data");
    byte[] header;
    try (InputStream in = Files.newInputStream(image)) {
      header = in.readNBytes(4096);
    }
    for (int offset : new int[] {68, 72, 79, 96, 128, 135}) {
      try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
        file.seek(offset);
        file.write(0xff);
      }
      assertThat(probe().getOrDefault("ID_FS_TYPE", "zonefs-j")).isEqualTo("zonefs-j");
      try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
        file.seek(offset);
        file.write(header[offset]);
      }
    }
  }

  /** The filesystem of several drives begins on the first, which is no filesystem alone. */
  @Test
  void aPartOfADriveIsNoFilesystem() throws Exception {
    Path second = directory.resolve("second.img");
    run("create", image, "--size", "256M").ok();
    run("create", second, "--size", "256M").ok();
    run("mkfs", "concat(" + image + "," + second + ")").ok();
    assertThat(probe()).isEmpty();
  }
}
