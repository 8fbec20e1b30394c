// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.fs.volume.state.VolumeHealth;

@Timeout(60)
class ThreadTerminationTest {
  private static final long MINUTE_MILLIS = 60_000;

  private final VolumeHealth health = new VolumeHealth(InstantSource.fixed(Instant.EPOCH), "");
  private final CountDownLatch driveGoesOn = new CountDownLatch(1);
  private final AtomicLong elapsedMillis = new AtomicLong();
  private final ExecutorService writers = Executors.newSingleThreadExecutor();
  private final Thread writer = new Thread(this::write);
  private int minutesOfDrive = Integer.MAX_VALUE;

  /** A minute passes at each look at the clock, and the drive takes some of them. */
  private final ThreadTermination end =
      new ThreadTermination(
          health,
          () -> {
            if (elapsedMillis.get() >= minutesOfDrive * MINUTE_MILLIS) {
              driveGoesOn.countDown();
            }
            return elapsedMillis.addAndGet(MINUTE_MILLIS);
          });

  private void write() {
    try {
      driveGoesOn.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @BeforeEach
  void beginWrites() {
    writers.execute(this::write);
    writers.shutdown();
    writer.start();
  }

  @AfterEach
  void endWrites() {
    driveGoesOn.countDown();
  }

  @Test
  void writesMayTakeAnyTime() throws Exception {
    minutesOfDrive = 5;
    end.await("writers", writers);
    end.await(writer);
    assertThat(elapsedMillis).hasValueGreaterThanOrEqualTo(5 * MINUTE_MILLIS);
    assertThat(writers.isTerminated()).isTrue();
    assertThat(writer.isAlive()).isFalse();
  }

  @Test
  void aThreadIsAwaitedWhateverHasFailed() throws Exception {
    health.turnReadOnly("the test", new IOException("it fails"));
    minutesOfDrive = 5;
    end.await(writer);
    assertThat(writer.isAlive()).isFalse();
  }

  @Test
  void writesOfAVolumeThatHasFailedAreLeftAfterAMinute() {
    health.turnReadOnly("the test", new IOException("it fails"));
    assertThatThrownBy(() -> end.await("writers", writers))
        .hasMessage("the drive does not finish its writes");
  }
}
