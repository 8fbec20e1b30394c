// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A name in a message stays on its line, and says which file is meant. */
final class PrintableNameTest {
  @Test
  void textIsLeftAsItIs() {
    for (String name : new String[] {"file", "a b", "ünïcödé/文件", "\uD83D\uDCBE", "'\"$*", ""}) {
      assertThat(printed(name)).isEqualTo(name);
    }
  }

  @Test
  void whatIsNoTextIsWrittenByteByByte() {
    assertThat(printed("a\nb")).isEqualTo("a\\x0ab");
    assertThat(printed("\u001b[2J\u007f")).isEqualTo("\\x1b[2J\\x7f");
    assertThat(printed("a\\x0ab")).as("looks escaped").isEqualTo("a\\x5cx0ab");
    assertThat(printed("\u0085")).as("a line end of Unicode").isEqualTo("\\xc2\\x85");
    assertThat(printed("a\u2028b\u2029")).isEqualTo("a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9");
    assertThat(printed("exe.\u202egpj")).as("turned around").isEqualTo("exe.\\xe2\\x80\\xaegpj");
    assertThat(PrintableName.of(new byte[] {'c', (byte) 0xe9})).isEqualTo("c\\xe9");
  }

  private static String printed(String name) {
    return PrintableName.of(name.getBytes(StandardCharsets.UTF_8));
  }
}
