// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WriterPaceTest {
  private static final int BLOCK = 4096;
  private static final long STEP_BYTES = 1 << 20;
  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Near the end of the numbers of {@link System#nanoTime}, which may wrap around. */
  private static final long BEGIN = Long.MAX_VALUE - STEP_NANOS;

  private final WriterPace pace = new WriterPace();

  @Test
  void nobodyWaitsBeforeTheFirstStep() {
    assertThat(pace.nanosToWait(BLOCK, STEP_BYTES, BEGIN)).isZero();
  }

  @Test
  void nobodyWaitsForStepsThatMoveNothing() {
    pace.moved(0, STEP_NANOS);
    assertThat(pace.nanosToWait(BLOCK, STEP_BYTES, BEGIN)).isZero();
  }

  @Test
  void aWriterWaitsAsLongAsItsBytesTake() {
    pace.moved(STEP_BYTES, STEP_NANOS);
    assertThat(pace.nanosToWait(BLOCK, STEP_BYTES / 4.0, BEGIN)).isEqualTo(STEP_NANOS / 4);
  }

  @Test
  void theNextWriterWaitsForBoth() {
    pace.moved(STEP_BYTES, STEP_NANOS);
    pace.nanosToWait(BLOCK, STEP_BYTES / 4.0, BEGIN);
    assertThat(pace.nanosToWait(BLOCK, STEP_BYTES / 4.0, BEGIN)).isEqualTo(STEP_NANOS / 2);
  }

  @Test
  void timeBetweenWritesCounts() {
    pace.moved(STEP_BYTES, STEP_NANOS);
    pace.nanosToWait(BLOCK, STEP_BYTES / 4.0, BEGIN);
    assertThat(pace.nanosToWait(BLOCK, STEP_BYTES / 4.0, BEGIN + STEP_NANOS / 4))
        .isEqualTo(STEP_NANOS / 4);
    assertThat(pace.nanosToWait(BLOCK, STEP_BYTES / 4.0, BEGIN + 10 * STEP_NANOS))
        .isEqualTo(STEP_NANOS / 4);
  }

  @Test
  void shortWaitsAddUp() {
    pace.moved(STEP_BYTES, STEP_NANOS);
    double bytes = STEP_BYTES / 400.0;
    assertThat(pace.nanosToWait(BLOCK, bytes, BEGIN)).isZero();
    assertThat(pace.nanosToWait(BLOCK, bytes, BEGIN)).isEqualTo(STEP_NANOS / 200);
  }

  @Test
  void aWaitHasALimit() {
    pace.moved(STEP_BYTES, STEP_NANOS);
    assertThat(pace.nanosToWait(BLOCK, 1e12, BEGIN)).isEqualTo(WriterPace.LONGEST_NANOS);
    assertThat(pace.nanosToWait(BLOCK, 1e12, BEGIN)).isEqualTo(WriterPace.LONGEST_NANOS);
  }

  @Test
  void theNewestStepsCount() {
    pace.moved(STEP_BYTES, STEP_NANOS);
    for (int step = 0; step < 200; step++) {
      pace.moved(STEP_BYTES, STEP_NANOS / 10);
    }
    assertThat(pace.nanosToWait(BLOCK, STEP_BYTES / 4.0, BEGIN))
        .isBetween(STEP_NANOS / 41, STEP_NANOS / 39);
  }

  /** They write for seconds what the collector frees in seconds. */
  @Test
  void manyLargeWritesAreGrantedWhatIsFreed() {
    pace.moved(STEP_BYTES, STEP_NANOS);
    long wait = 0;
    for (int writer = 0; writer < 10; writer++) {
      wait = pace.nanosToWait(1 << 20, 2 * STEP_BYTES, BEGIN);
    }
    assertThat(wait).isEqualTo(20 * STEP_NANOS);
    assertThat(pace.nanosToWait(1 << 20, 2 * STEP_BYTES, BEGIN))
        .isEqualTo(WriterPace.LONGEST_OF_LARGE_NANOS);
  }

  @Test
  void aSmallWriteBehindLargeOnesDoesNotShortenTheWaitOfTheNext() {
    pace.moved(STEP_BYTES, STEP_NANOS);
    pace.nanosToWait(1 << 20, 10 * STEP_BYTES, BEGIN);
    assertThat(pace.nanosToWait(BLOCK, STEP_BYTES / 256.0, BEGIN))
        .isEqualTo(WriterPace.LONGEST_NANOS);
    assertThat(pace.nanosToWait(1 << 20, STEP_BYTES, BEGIN)).isEqualTo(11 * STEP_NANOS);
  }
}
