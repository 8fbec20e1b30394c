// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;
import zonefsj.zonemgr.ZoneStream;

/**
 * The bytes of every structure on the drive are as they were in format version 1. Whoever changes
 * one makes a new format version, or sets a feature flag that older programs do not know, and keeps
 * these.
 */
class GoldenBytesTest {
  private static final String NEW_VERSION =
      "the bytes on the drive changed: that needs a new format version or an incompatible feature"
          + " flag, a line in FORMAT.md, and a reader that still understands the old bytes";

  @ParameterizedTest
  @EnumSource
  void areAsTheyWere(Golden structure) throws IOException {
    String written = hex(withoutPadding(structure.write()));
    assertThat(written).as("%s: %s", structure, NEW_VERSION).isEqualTo(golden(structure));
  }

  @ParameterizedTest
  @EnumSource
  void areStillUnderstood(Golden structure) throws IOException {
    Golden.Reader reader = structure.reader();
    if (reader == null) {
      return;
    }
    byte[] bytes = HexFormat.of().parseHex(golden(structure).replace("\n", ""));
    int length = structure.write().length;
    Object now = reader.read(ByteBuffer.wrap(structure.write()));
    assertThat(now).isNotNull();
    assertThat(reader.read(ByteBuffer.wrap(Arrays.copyOf(bytes, length))))
        .as("%s: %s", structure, NEW_VERSION)
        .usingRecursiveComparison()
        .isEqualTo(now);
  }

  @Test
  void theNumbersOfKindsAreAsTheyWere() {
    String numbers =
        Stream.of(
                Arrays.stream(FrameKind.values()).map(kind -> kind + "=" + kind.number()),
                Arrays.stream(ZoneStream.values()).map(stream -> stream + "=" + stream.number()),
                Arrays.stream(ColumnFamily.values()).map(family -> family + "=" + family.number()))
            .flatMap(all -> all)
            .collect(Collectors.joining(" "));
    assertThat(numbers)
        .as(NEW_VERSION)
        .isEqualTo(
            "ROOT=1 JOURNAL=2 CHUNK=3 CHECKPOINT_PART=4 CHECKPOINT_MANIFEST=5 PADDING=6"
                + " SUPERBLOCK=1 JOURNAL=2 CHECKPOINT=3 HOT=4 COLD=5 GC=6"
                + " META=0 INODES=1 ENTRIES=2 EXTENTS=3 XATTRS=4 PARENTS=5 ZONES=6 ORPHANS=7 STAGED=8");
    assertThat(FrameHeader.FORMAT_VERSION).as("what these bytes belong to").isEqualTo(1);
  }

  /** Frames are padded with zeros, of which the goldens keep none. */
  private static byte[] withoutPadding(byte[] bytes) {
    if (bytes.length < 4096) {
      return bytes;
    }
    int length = bytes.length;
    while (length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    return Arrays.copyOf(bytes, (length + 15) / 16 * 16);
  }

  private static String hex(byte[] bytes) {
    StringBuilder lines = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      lines.append(HexFormat.of().formatHex(bytes, at, Math.min(at + 16, bytes.length)));
      lines.append('\n');
    }
    return lines.toString();
  }

  private static String golden(Golden structure) throws IOException {
    String name = structure.name().toLowerCase(Locale.ROOT).replace('_', '-') + ".hex";
    try (InputStream in = GoldenBytesTest.class.getResourceAsStream(name)) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
