// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Durations are counted in the class of their length. */
final class LatencyHistogramTest {
  private final LatencyHistogram histogram = new LatencyHistogram();

  @ParameterizedTest
  @CsvSource({
    "-5, 0",
    "0, 0",
    "1000, 0",
    "1001, 1",
    "2000, 1",
    "2001, 2",
    "4000, 2",
    "4001, 3",
    "67108864000, 26",
    "67108864001, 27",
    "9223372036854775807, 27"
  })
  void aDurationIsInTheFirstClassThatTakesIt(long nanos, int number) {
    histogram.record(nanos);
    LatencyCounts counts = histogram.counts();
    assertThat(counts.inClass(number)).isEqualTo(1);
    assertThat(counts.total()).isEqualTo(1);
    assertThat(counts.totalNanos()).isEqualTo(Math.max(0, nanos));
    if (number < LatencyHistogram.CLASSES_BELOW_LAST) {
      assertThat(nanos).isLessThanOrEqualTo(LatencyHistogram.limitNanos(number));
    }
  }

  @Test
  void aQuantileIsAtMostTwiceTooLong() {
    for (int micros = 1; micros <= 1000; micros++) {
      histogram.record(micros * 1000L);
    }
    LatencyCounts counts = histogram.counts();
    assertThat(counts.quantileNanos(0.5)).isCloseTo(500_000, within(20_000L));
    assertThat(counts.quantileNanos(0.99)).isBetween(900_000L, 1_024_000L);
    assertThat(counts.quantileNanos(0)).isLessThanOrEqualTo(1000);
    assertThat(counts.quantileNanos(1)).isBetween(1_000_000L, 1_024_000L);
  }

  @Test
  void countsAreAddedAndSubtracted() {
    histogram.record(1000);
    LatencyCounts earlier = histogram.counts();
    histogram.record(2_000_000);
    LatencyCounts later = histogram.counts().minus(earlier);
    assertThat(later.total()).isEqualTo(1);
    assertThat(later.totalNanos()).isEqualTo(2_000_000);
    assertThat(later.quantileNanos(0.99)).isBetween(1_000_000L, 2_048_000L);
    LatencyCounts both = later.plus(earlier);
    assertThat(both.total()).isEqualTo(2);
    assertThat(both.totalNanos()).isEqualTo(2_001_000);
  }

  @Test
  void nothingTakesNoTime() {
    assertThat(LatencyCounts.NONE.quantileNanos(0.99)).isZero();
    assertThat(LatencyCounts.NONE.total()).isZero();
  }

  @Test
  void whatIsLongerThanAllLimitsIsTheLastLimit() {
    histogram.record(Long.MAX_VALUE);
    assertThat(histogram.counts().quantileNanos(0.5))
        .isEqualTo(LatencyHistogram.limitNanos(LatencyHistogram.CLASSES_BELOW_LAST - 1));
  }
}
