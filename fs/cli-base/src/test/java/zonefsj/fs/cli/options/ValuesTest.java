// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.VolumeOptions.GcPolicy;

/** Values of options: sizes, rates, durations, percentages, choices. */
final class ValuesTest {
  private static final Duration LEAST = Duration.ofMillis(100);
  private static final Duration MOST = Duration.ofHours(1);

  @ParameterizedTest
  @CsvSource({"5, 5000", "0.5, 500", "5s, 5000", "2m, 120000", "1h, 3600000", "0.1, 100"})
  void durationsAreSeconds(String text, long millis) throws UsageError {
    assertThat(OptionValues.duration("commit", text, LEAST, MOST))
        .isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "-1",
        "0.05",
        "2h",
        "1e3",
        "5 s",
        "five",
        "9999999999",
        "1.",
        ".5",
        "1,5",
        "NaN"
      })
  void whatIsNoDurationWithinTheLimitsIsRefusedWithThem(String text) {
    assertThatThrownBy(() -> OptionValues.duration("commit", text, LEAST, MOST))
        .isInstanceOf(UsageError.class)
        .hasMessage("commit=" + text + ": give seconds, from 0.1 to 3600");
  }

  @ParameterizedTest
  @CsvSource({"1M, 1048576", "10M/s, 10485760", "0, 0", "0/s, 0", "5MiB/s, 5242880"})
  void ratesAreSizesPerSecond(String text, long bytes) throws UsageError {
    assertThat(OptionValues.rate("gc_rate", text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/s", "10Mx", "-1M", "10M/h", "99999999999G", "1.5G"})
  void whatIsNoRateIsRefused(String text) {
    assertThatThrownBy(() -> OptionValues.rate("gc_rate", text))
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith("gc_rate: '");
  }

  @Test
  void aSizeBelowTheLeastIsRefusedWithIt() throws UsageError {
    assertThat(OptionValues.size("dirty", "4M", 4 << 20)).isEqualTo(4 << 20);
    assertThatThrownBy(() -> OptionValues.size("dirty", "3M", 4 << 20))
        .hasMessage("dirty=3M: give at least 4M");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10|10",
        "10/s|10",
        "65535|65535",
      })
  void aRateWithoutAUnitIsRefusedWithTheLeastAndTheUnit(String text, String number) {
    assertThatThrownBy(() -> OptionValues.rate("--rate", text))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            "--rate=%s: give at least 64K a second, or 0 for no limit (%s without a unit is bytes;"
                + " for mebibytes write %sM)",
            text, number, number);
  }

  @Test
  void aSmallRateWithAUnitNeedsNoOther() throws UsageError {
    assertThat(OptionValues.rate("gc_rate", "64K/s")).isEqualTo(64 << 10);
    assertThatThrownBy(() -> OptionValues.rate("gc_rate", "63K"))
        .hasMessage("gc_rate=63K: give at least 64K a second, or 0 for no limit");
  }

  @Test
  void aSizeWithoutAUnitIsRefusedWithTheUnit() {
    assertThatThrownBy(() -> OptionValues.size("cache", "32", 1 << 20))
        .hasMessage(
            "cache=32: give at least 1M (32 without a unit is bytes; for mebibytes write 32M)");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "20, 20", "100, 100", "35%, 35"})
  void percentagesMayHaveTheirSign(String text, int percent) throws UsageError {
    assertThat(OptionValues.percent("gc_start", text)).isEqualTo(percent);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "%", "101", "-1", "2.5", "1000", "x"})
  void whatIsNoPercentageIsRefused(String text) {
    assertThatThrownBy(() -> OptionValues.percent("gc_start", text))
        .hasMessage("gc_start=" + text + ": give a percentage from 0 to 100");
  }

  @Test
  void choicesAreNamedInWords() throws UsageError {
    assertThat(OptionValues.choice("gc_policy", "cost-benefit", GcPolicy.class))
        .isEqualTo(GcPolicy.COST_BENEFIT);
    assertThatThrownBy(() -> OptionValues.choice("gc_policy", "fast", GcPolicy.class))
        .hasMessage("gc_policy=fast: give auto or greedy or cost-benefit or mdc");
  }

  @Test
  void numbersHaveLimits() throws UsageError {
    assertThat(OptionValues.number("gc_reserve", "7", 0, 10)).isEqualTo(7);
    assertThatThrownBy(() -> OptionValues.number("gc_reserve", "11", 0, 10))
        .hasMessage("gc_reserve=11: give a whole number from 0 to 10");
  }

  @ParameterizedTest
  @CsvSource({"5000, 5", "100, 0.1", "3600000, 3600", "10000, 10", "0, 0"})
  void secondsAreWrittenAsTheyAreRead(long millis, String text) {
    assertThat(OptionValues.seconds(Duration.ofMillis(millis))).isEqualTo(text);
  }
}
