// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The formulas of the victim policies, on tables. */
class StandardVictimPolicyTest {
  private static ZoneStatistics zone(double utilization, double ageSeconds, double updateRate) {
    return new ZoneStatistics(
        0, 1000, (long) (1000 * utilization), (long) (ageSeconds * 1000), updateRate);
  }

  @ParameterizedTest
  @CsvSource({
    "0.5, 0, 1, 0.5, 0.3333, 0.5",
    "0.5, 9, 1, 0.5, 3.3333, 0.5",
    "0.5, 0, 4, 0.5, 0.3333, 0.125",
    "0.9, 0, 1, 0.1, 0.0526, 0.0111",
    "0.9, 99, 0.01, 0.1, 5.2632, 1.1111",
  })
  void scoresAZone(
      double utilization,
      double ageSeconds,
      double updateRate,
      double greedy,
      double costBenefit,
      double minimumDecliningCost) {
    ZoneStatistics zone = zone(utilization, ageSeconds, updateRate);
    assertThat(StandardVictimPolicy.GREEDY.score(zone)).isCloseTo(greedy, within(1e-4));
    assertThat(StandardVictimPolicy.COST_BENEFIT.score(zone)).isCloseTo(costBenefit, within(1e-4));
    assertThat(StandardVictimPolicy.MDC.score(zone)).isCloseTo(minimumDecliningCost, within(1e-4));
  }

  @ParameterizedTest
  @CsvSource({"0.1, 0.2", "0.5, 0.51", "0.96, 0.97", "0, 0.001"})
  void withoutSkewMinimumDecliningCostIsGreedy(double emptier, double fuller) {
    assertThat(StandardVictimPolicy.MDC.score(zone(emptier, 0, 1)))
        .isGreaterThan(StandardVictimPolicy.MDC.score(zone(fuller, 1000, 1)));
  }

  @ParameterizedTest
  @CsvSource({"0.5, 8, 0.8, 0.1", "0.6, 20, 0.9, 0.05"})
  void aHotZoneWaitsThoughAColdOneIsFuller(
      double hot, double hotRate, double cold, double coldRate) {
    assertThat(StandardVictimPolicy.MDC.score(zone(cold, 0, coldRate)))
        .isGreaterThan(StandardVictimPolicy.MDC.score(zone(hot, 0, hotRate)));
  }
}
