// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The skew is that of the zones. */
class UpdateSkewTest {
  private static final double UTILIZATION = 0.8;

  @ParameterizedTest
  @CsvSource({"10, 90", "20, 80", "1, 50"})
  void hotAndColdZonesAreToldApart(int hotPercent, int writePercent) {
    UpdateSkew.Sum sum = new UpdateSkew.Sum();
    for (int zone = 0; zone < 100; zone++) {
      double rate =
          zone < hotPercent
              ? (double) writePercent / hotPercent
              : (100.0 - writePercent) / (100 - hotPercent);
      sum.add(1 << 20, rate);
    }
    UpdateSkew skew = sum.estimate();
    assertThat(skew.hotData()).isCloseTo(hotPercent / 100.0, within(1e-9));
    assertThat(skew.hotWrites()).isCloseTo(writePercent / 100.0, within(1e-9));
    assertThat(skew.isEvident()).isTrue();
    assertThat(skew.bound(UTILIZATION))
        .isEqualTo(AmplificationBounds.splitPools(UTILIZATION, skew.hotWrites(), skew.hotData()));
  }

  @Test
  void whatChangesEvenlyHasNoSkew() {
    UpdateSkew.Sum sum = new UpdateSkew.Sum();
    assertThat(sum.estimate()).isEqualTo(UpdateSkew.NONE);
    for (int zone = 0; zone < 100; zone++) {
      sum.add(1 << 20, zone % 2 == 0 ? 0.95 : 1.05);
    }
    UpdateSkew skew = sum.estimate();
    assertThat(skew.isEvident()).isFalse();
    assertThat(skew.bound(UTILIZATION)).isEqualTo(AmplificationBounds.uniform(UTILIZATION));
  }

  /** A mount begins with the rate 1 for all. */
  @Test
  void zonesOfTheMeanRateHaveNoSkew() {
    UpdateSkew.Sum sum = new UpdateSkew.Sum();
    sum.add(1 << 20, 1);
    sum.add(0, 5);
    assertThat(sum.estimate()).isEqualTo(UpdateSkew.NONE);
  }
}
