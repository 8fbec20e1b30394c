// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The addresses of {@code metrics=}. */
final class MetricsAddressTest {
  @ParameterizedTest
  @CsvSource({
    ":9800, 127.0.0.1:9800",
    "9800, 127.0.0.1:9800",
    "127.0.0.1:0, 127.0.0.1:0",
    "localhost:1, localhost:1",
    "[::1]:65535, [::1]:65535",
    "unix:/run//zonefs-j/../m.sock, unix:/run/m.sock"
  })
  void eachHasOneText(String value, String text) throws UsageError {
    MetricsAddress address = MetricsAddress.parse(value);
    assertThat(address).isNotNull();
    assertThat(address == null ? "" : address.text()).isEqualTo(text);
    assertThat(MetricsAddress.parse(text)).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "::1:80",
        "a b:80",
        ":65536",
        ":-1",
        "unix:",
        "unix:relative",
        "unix:/",
        "on"
      })
  void anythingElseIsRefused(String value) {
    assertThatThrownBy(() -> MetricsAddress.parse(value))
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith("metrics=" + value);
  }

  @ParameterizedTest
  @ValueSource(strings = "off")
  void offIsNone(String value) throws UsageError {
    assertThat(MetricsAddress.parse(value)).isNull();
  }
}
