// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 s",
    "59.4, 59 s",
    "59.6, 1 min 0 s",
    "3599, 59 min 59 s",
    "3600, 1 h 0 min",
    "86399, 23 h 59 min",
    "86400, 1 d 0 h",
    "792000, 9 d 4 h"
  })
  void aDurationHasItsTwoLargestUnits(double seconds, String text) {
    assertThat(DurationText.of(seconds)).isEqualTo(text);
  }
}
