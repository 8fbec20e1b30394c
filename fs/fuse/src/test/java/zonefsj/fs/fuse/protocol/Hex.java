// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Locale;

/** Bytes as a text of hex digits, field by field; what follows a {@code #} is a comment. */
final class Hex {
  private Hex() {}

  static byte[] bytes(String text) {
    StringBuilder digits = new StringBuilder();
    text.lines().forEach(line -> digits.append(line.replaceAll("#.*", "").replaceAll("\\s", "")));
    return HexFormat.of().parseHex(digits.toString().toLowerCase(Locale.ROOT));
  }

  /**
   * In the byte order of the machine, which is little-endian wherever golden bytes are compared.
   */
  static ByteBuffer buffer(String text) {
    return ByteBuffer.wrap(bytes(text)).order(ByteOrder.LITTLE_ENDIAN);
  }

  static void assertSame(ByteBuffer actual, String golden) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteBuffer view = actual.duplicate();
    while (view.hasRemaining()) {
      bytes.write(view.get());
    }
    HexFormat format = HexFormat.ofDelimiter(" ");
    assertThat(format.formatHex(bytes.toByteArray())).isEqualTo(format.formatHex(bytes(golden)));
  }
}
