// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Commits may empty a victim before the collector is done with it. */
class ResetVictimTest {
  private static final int VICTIM = 0;

  /** The zone may be written again at once, by whoever takes it. */
  @Test
  void aVictimThatIsResetIsNoVictimAnyMore() throws IOException {
    try (CollectorDrive drive = new CollectorDrive()) {
      drive.fillLive(1);
      GarbageCollector collector =
          drive.collector(new CollectorDrive.Untold(), CollectorDrive.ZONES, 0);
      assertThat(collector.doWork()).as("it is chosen").isTrue();
      assertThat(collector.victimsEnded()).isZero();
      drive.usage().setLiveBytes(VICTIM, 0);
      assertThat(collector.doWork()).isTrue();
      assertThat(collector.zonesReset()).isEqualTo(1);
      assertThat(collector.victimsEnded()).isEqualTo(1);
      assertThat(collector.snapshot().lastVictims())
          .singleElement()
          .satisfies(victim -> assertThat(victim.zone()).isEqualTo(VICTIM))
          .satisfies(victim -> assertThat(victim.hasEnded()).isTrue());
      assertThat(collector.doWork()).as("nothing is left to do").isFalse();
    }
  }
}
