// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bounds are the published ones. */
class AmplificationBoundsTest {
  private static final double ROUNDED = 0.005;

  @ParameterizedTest
  @CsvSource({"0.5, 1.26", "0.7, 1.88", "0.8, 2.69", "0.9, 5.18"})
  void uniformOverwritesCostWhatTheClosedFormSays(double utilization, double amplification) {
    assertThat(AmplificationBounds.uniform(utilization)).isCloseTo(amplification, within(ROUNDED));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999, 0.9999, 0.99999})
  void theVictimsLiveShareSolvesTheEquation(double utilization) {
    double live = 1 - 1 / AmplificationBounds.uniform(utilization);
    assertThat((live - 1) / Math.log(live)).isCloseTo(utilization, within(1e-7));
  }

  @Test
  void theEndsAreNumbers() {
    assertThat(AmplificationBounds.uniform(1e-6)).isEqualTo(1);
    assertThat(AmplificationBounds.uniform(1)).isFinite().isGreaterThan(1e6);
    assertThat(AmplificationBounds.splitPools(0.8, 1, 0.1)).isFinite().isGreaterThanOrEqualTo(1);
    assertThat(AmplificationBounds.splitPools(1 - 1e-12, 0.9, 0.1)).isFinite();
  }

  @ParameterizedTest
  @CsvSource({
    "0.8, 0.9, 0.1, 1.48",
    "0.9, 0.9, 0.1, 2.34",
    "0.8, 0.8, 0.2, 2.00",
    "0.9, 0.8, 0.2, 3.57"
  })
  void poolsOfHotAndColdDataCostLess(
      double utilization, double hotWrites, double hotData, double amplification) {
    assertThat(AmplificationBounds.splitPools(utilization, hotWrites, hotData))
        .isCloseTo(amplification, within(ROUNDED));
  }

  @ParameterizedTest
  @CsvSource({"0.1", "0.5", "0.95"})
  void withoutSkewPoolsGainNothing(double utilization) {
    assertThat(AmplificationBounds.splitPools(utilization, 0.3, 0.3))
        .isCloseTo(AmplificationBounds.uniform(utilization), within(1e-6));
  }
}
