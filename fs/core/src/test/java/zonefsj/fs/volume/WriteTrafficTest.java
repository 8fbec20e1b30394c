// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WriteTrafficTest {
  private static final long TEN_SECONDS = 10_000;

  private final AtomicLong millis = new AtomicLong(5);
  private final AtomicLong applications = new AtomicLong(100);
  private final AtomicLong drive = new AtomicLong(200);
  private final WriteTraffic traffic = new WriteTraffic(millis::get, applications::get, drive::get);

  @Test
  void whatWasWrittenBeforeTheFirstSampleDoesNotCount() {
    applications.set(101);
    drive.set(203);
    millis.set(6);
    assertThat(traffic.recent()).isEqualTo(new WriteSpan(1, 1, 3));
  }

  @Test
  void theTotalIsSinceTheMount() {
    millis.set(25);
    assertThat(traffic.total()).isEqualTo(new WriteSpan(20, 100, 200));
  }

  @Test
  void theSpanReachesTenMinutesBack() {
    for (int sample = 1; sample <= 100; sample++) {
      millis.addAndGet(TEN_SECONDS);
      applications.addAndGet(1);
      drive.addAndGet(2);
      traffic.sampleIfDue();
    }
    assertThat(traffic.recent()).isEqualTo(new WriteSpan(600_000, 60, 120));
  }

  @Test
  void aSampleIsTakenOnlyWhenItIsDue() {
    for (int early = 0; early < 1000; early++) {
      traffic.sampleIfDue();
    }
    millis.addAndGet(TEN_SECONDS - 1);
    traffic.sampleIfDue();
    applications.addAndGet(7);
    assertThat(traffic.recent()).isEqualTo(new WriteSpan(TEN_SECONDS - 1, 7, 0));
  }
}
