// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import zonefsj.zonemgr.ZoneState.Use;

/** What could not be emptied is tried again, less and less often. */
class ZoneBackoffTest {
  private static final long DAY_MILLIS = 86_400_000;

  private final AtomicLong now = new AtomicLong(5);
  private final ZoneBackoff stuck = new ZoneBackoff(now::get);

  /** How long the zone rests from now on. */
  private long restMillis(int zone) {
    long begun = now.get();
    while (stuck.isBackedOff(zone, Use.FILLED)) {
      now.addAndGet(60_000);
    }
    return now.get() - begun;
  }

  @Test
  void eachRestIsTwiceAsLongUpToADay() {
    long expected = 600_000;
    for (int failures = 0; failures < 12; failures++) {
      stuck.failed(7, Use.FILLED);
      assertThat(stuck.isBackedOff(8, Use.FILLED)).isFalse();
      assertThat(restMillis(7)).isEqualTo(Math.min(expected, DAY_MILLIS));
      expected *= 2;
    }
  }

  @Test
  void aZoneThatWasResetIsAsGoodAsAnyOther() {
    stuck.failed(7, Use.FILLED);
    stuck.failed(7, Use.FILLED);
    stuck.emptied(7);
    assertThat(stuck.isBackedOff(7, Use.FILLED)).isFalse();
    stuck.failed(7, Use.FILLED);
    assertThat(restMillis(7)).isEqualTo(600_000);
  }

  @Test
  void aZoneThatTheDriveGivesUpMeanwhileIsTriedAtOnce() {
    stuck.failed(7, Use.FILLED);
    stuck.failed(7, Use.FILLED);
    assertThat(stuck.isBackedOff(7, Use.READ_ONLY)).isFalse();
    stuck.failed(7, Use.READ_ONLY);
    assertThat(stuck.isBackedOff(7, Use.READ_ONLY)).isTrue();
    assertThat(stuck.isBackedOff(7, Use.OFFLINE)).isFalse();
  }

  @Test
  void aZoneWithoutRoomForWhatItHoldsLetsOthersGoFirst() {
    stuck.deferVictim(7, Use.READ_ONLY);
    assertThat(stuck.isBackedOff(7, Use.READ_ONLY)).isTrue();
    now.addAndGet(ZoneBackoff.DEFER_MILLIS);
    assertThat(stuck.isBackedOff(7, Use.READ_ONLY)).isFalse();
    stuck.failed(7, Use.READ_ONLY);
    now.addAndGet(ZoneBackoff.FIRST_BACKOFF_MILLIS);
    assertThat(stuck.isBackedOff(7, Use.READ_ONLY)).isFalse();
  }
}
