// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** The estimate of how often the data of a zone are replaced. */
class UpdateRateTest {
  private static final long ZONE_BYTES = 1 << 20;

  /** Zone 0 is looked at; the other one makes the live data of the drive. */
  private final ZoneUsage usage = new ZoneUsage(2);

  /** Data of 16 zones are live. */
  private void place() {
    usage.addPlaced(0, ZONE_BYTES, 0);
    usage.setLiveBytes(0, ZONE_BYTES);
    usage.setLiveBytes(1, 15 * ZONE_BYTES);
  }

  /** Applications write as much as is live, several times; the zone loses some of its data. */
  private void pass(double turnovers, double liveShare) {
    usage.countWritten((long) (turnovers * 16 * ZONE_BYTES));
    usage.setLiveBytes(0, (long) (liveShare * ZONE_BYTES));
    usage.setLiveBytes(1, 16 * ZONE_BYTES - usage.liveBytes(0));
  }

  @Test
  void isTheMeanWithoutObservations() {
    assertThat(usage.updateRate(0)).isEqualTo(1);
    place();
    assertThat(usage.updateRate(0)).isEqualTo(1);
  }

  @Test
  void isTheMeanForDataThatDieAtTheMeanRate() {
    place();
    pass(0.5, Math.exp(-0.5));
    assertThat(usage.updateRate(0)).isCloseTo(1, within(0.05));
  }

  @Test
  void findsHotData() {
    place();
    pass(0.1, Math.exp(-0.8));
    assertThat(usage.updateRate(0)).isCloseTo(8, Percentage.withPercentage(20));
  }

  @Test
  void findsColdData() {
    place();
    pass(3, 1);
    assertThat(usage.updateRate(0)).isLessThan(0.01);
  }

  @Test
  void bytesThatAreNotCommittedYetAreNotDead() {
    usage.addPlaced(0, ZONE_BYTES, 0);
    usage.addPending(0, ZONE_BYTES);
    usage.setLiveBytes(1, ZONE_BYTES);
    assertThat(usage.updateRate(0)).isEqualTo(1);
  }

  @Test
  void onlyTheTimeSinceTheWriteCounts() {
    usage.countWritten(100 * ZONE_BYTES);
    place();
    assertThat(usage.updateRate(0)).isEqualTo(1);
    usage.forgetPlaced(0);
    usage.setLiveBytes(0, 0);
    usage.countWritten(100 * ZONE_BYTES);
    usage.addPlaced(0, ZONE_BYTES, 0);
    usage.setLiveBytes(0, ZONE_BYTES);
    assertThat(usage.updateRate(0)).isEqualTo(1);
  }
}
