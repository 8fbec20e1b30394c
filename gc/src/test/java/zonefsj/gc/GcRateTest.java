// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the collector moves is paid for at the rate that holds now, by a clock that nobody sets. */
class GcRateTest {
  private static final long MOVED_BYTES = 10_000_000;
  private static final int RATE = 1_000_000;

  private CollectorDrive drive;
  private GarbageCollector collector;

  /** A scan moves some, and some stays. */
  private static final class FoundByScan extends CollectorDrive.Untold {
    @Override
    RelocationResult scan(IntPredicate zones) {
      return new RelocationResult(MOVED_BYTES, 0);
    }
  }

  @BeforeEach
  void fillTwoZones() throws IOException {
    drive = new CollectorDrive();
    drive.fillLive(2);
    collector = drive.collector(new FoundByScan(), CollectorDrive.ZONES, RATE);
  }

  @AfterEach
  void closeDrive() throws IOException {
    drive.close();
  }

  /** Works until it has moved something and has another victim; returns whether it goes on. */
  private boolean goesOnAfterMoving() throws IOException {
    while (collector.bytesMoved() == 0) {
      assertThat(collector.doWork()).isTrue();
    }
    assertThat(collector.doWork()).as("it has chosen the next victim").isTrue();
    return collector.doWork();
  }

  @Test
  void waitsUntilWhatWasMovedIsPaid() throws IOException {
    assertThat(goesOnAfterMoving()).isFalse();
    drive.elapsedMillis.addAndGet(1000 * MOVED_BYTES / RATE - 1);
    assertThat(collector.doWork()).isFalse();
    drive.elapsedMillis.incrementAndGet();
    assertThat(collector.doWork()).isTrue();
  }

  @Test
  void aNewRateForgetsWhatWasOwed() throws IOException {
    assertThat(goesOnAfterMoving()).isFalse();
    collector.settings(CollectorDrive.settings(CollectorDrive.ZONES, RATE));
    assertThat(collector.doWork()).as("it is the same rate").isFalse();
    collector.settings(CollectorDrive.settings(CollectorDrive.ZONES, 2 * RATE));
    assertThat(collector.doWork()).isTrue();
  }

  @Test
  void whatCouldNotWaitLeavesLittleDebt() {
    GcPace pace = new GcPace(drive.elapsedMillis::get);
    for (int step = 0; step < 1000; step++) {
      pace.moved(RATE, RATE);
    }
    assertThat(pace.isOwing()).isTrue();
    drive.elapsedMillis.addAndGet(2000);
    assertThat(pace.isOwing()).isFalse();
  }

  @Test
  void norForAnOrdinaryVictimThatWaits() throws IOException {
    drive.fillLive(1);
    assertThat(goesOnAfterMoving()).isFalse();
    drive.ram.setReadOnly(2);
    drive.allocator().markFailed(drive.ram.report(2, 1).get(0));
    assertThat(collector.doWork()).as("it ends the ordinary victim").isTrue();
  }

  @Test
  void aFailedZoneDoesNotWaitForTheRate() throws IOException {
    assertThat(goesOnAfterMoving()).isFalse();
    collector.abandon(new ExtentOwner.NoSpaceForRelocationException("the test"));
    drive.ram.setReadOnly(1);
    drive.allocator().markFailed(drive.ram.report(1, 1).get(0));
    assertThat(collector.doWork()).as("it has chosen the failed zone").isTrue();
    assertThat(collector.doWork()).isTrue();
  }
}
