// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Bytes are shown as hexdump -C of util-linux does; the expected text is from there. */
final class HexDumpTest {
  /** A dump of several pieces, one after another. */
  private static String of(long positionBytes, byte[]... pieces) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    HexDump dump =
        new HexDump(new PrintStream(out, true, StandardCharsets.US_ASCII), positionBytes);
    for (byte[] piece : pieces) {
      dump.put(ByteBuffer.wrap(piece));
    }
    dump.end();
    return out.toString(StandardCharsets.US_ASCII);
  }

  @Test
  void aShortLastLineIsFilledUp() {
    assertThat(of(0, "Hello, zones!\n\u007f~\0xyz".getBytes(StandardCharsets.ISO_8859_1)))
        .isEqualTo(
            """
            00000000  48 65 6c 6c 6f 2c 20 7a  6f 6e 65 73 21 0a 7f 7e  |Hello, zones!..~|
            00000010  00 78 79 7a                                       |.xyz|
            00000014
            """);
  }

  @Test
  void equalLinesAreOneAsterisk() {
    byte[] bytes = new byte[16 * 6 + 3];
    bytes[16 * 4] = (byte) 0xff;
    assertThat(of(0, bytes))
        .isEqualTo(
            """
            00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
            *
            00000040  ff 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
            00000050  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
            00000060  00 00 00                                          |...|
            00000063
            """);
  }

  @Test
  void piecesMakeNoDifferenceAndPositionsMayBeLarge() {
    byte[] bytes = new byte[100];
    bytes[50] = 'x';
    String whole = of(0xffff_fff0L, bytes);
    assertThat(whole).startsWith("fffffff0  00").contains("\n*\n100000020  ");
    for (int cut = 0; cut <= 100; cut++) {
      byte[] first = java.util.Arrays.copyOf(bytes, cut);
      byte[] second = java.util.Arrays.copyOfRange(bytes, cut, 100);
      assertThat(of(0xffff_fff0L, first, second)).isEqualTo(whole);
    }
  }

  @Test
  void nothingIsOnlyItsPosition() {
    assertThat(of(42)).isEqualTo("0000002a\n");
  }
}
