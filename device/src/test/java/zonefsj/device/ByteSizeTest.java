// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "1,1",
    "4096,4096",
    "4K,4096",
    "4k,4096",
    "16M,16777216",
    "12MiB,12582912",
    "12MB,12582912",
    "4G,4294967296",
    "2T,2199023255552",
    "1P,1125899906842624",
    "5B,5",
    "7E,8070450532247928832",
    "' 8 M ',8388608"
  })
  void parses(String text, long bytes) {
    assertThat(ByteSize.parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "M",
        "-1",
        "1.5G",
        "4X",
        "4MM",
        "0x10",
        "ten",
        "4 G B",
        "8E",
        "16E",
        "9223372036854775808",
        "99999999999999999999K"
      })
  void refusesWithWords(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("size");
  }

  @Test
  void formatsSoThatItParsesAgain() {
    assertThat(ByteSize.format(0)).isEqualTo("0");
    assertThat(ByteSize.format(1000)).isEqualTo("1000");
    assertThat(ByteSize.format(48L << 20)).isEqualTo("48M");
    assertThat(ByteSize.format(1536L << 20)).isEqualTo("1536M");
    assertThat(ByteSize.format(4L << 30)).isEqualTo("4G");
    for (long bytes = 1; bytes > 0; bytes *= 3) {
      assertThat(ByteSize.parse(ByteSize.format(bytes))).isEqualTo(bytes);
    }
    for (int shift = 0; shift < 63; shift++) {
      assertThat(ByteSize.parse(ByteSize.format(1L << shift))).isEqualTo(1L << shift);
    }
  }

  @Test
  void approximatesForTheEye() {
    assertThat(ByteSize.approximate(0)).isEqualTo("0 B");
    assertThat(ByteSize.approximate(1023)).isEqualTo("1023 B");
    assertThat(ByteSize.approximate(1024)).isEqualTo("1.00 KiB");
    assertThat(ByteSize.approximate(3_994_319_585L)).isEqualTo("3.72 GiB");
    assertThat(ByteSize.approximate((1L << 20) - 1)).isEqualTo("1.00 MiB");
    assertThat(ByteSize.approximate(100L << 30)).isEqualTo("100 GiB");
    assertThat(ByteSize.approximate(Long.MAX_VALUE)).isEqualTo("8.00 EiB");
  }
}
