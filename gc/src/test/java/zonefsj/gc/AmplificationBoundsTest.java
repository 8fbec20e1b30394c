// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bounds are the published ones. */
class AmplificationBoundsTest {
  private static final double ROUNDED = 0.005;

  @ParameterizedTest
  @CsvSource({"0.5, 1.26", "0.7, 1.88", "0.8, 2.69", "0.9, 5.18"})
  void uniformOverwritesCostWhatTheClosedFormSays(double utilization, double amplification) {
    assertThat(AmplificationBounds.uniform(utilization)).isCloseTo(amplification, within(ROUNDED));
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
