// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/** Who waits for the collector does not wait for the resets of a whole drive. */
class ManyEmptiedZonesTest {
  private static final int EMPTIED = 100;
  private static final int FREE = 4;

  private final AtomicInteger proofs = new AtomicInteger();
  private CollectorDrive drive;
  private GarbageCollector collector;

  @BeforeEach
  void emptyManyZones() throws IOException {
    drive = new CollectorDrive(EMPTIED + FREE);
    drive.fillLive(EMPTIED);
    for (int zone = 0; zone < EMPTIED; zone++) {
      drive.usage().setLiveBytes(zone, 0);
    }
    collector = collector(proofs::incrementAndGet);
  }

  @AfterEach
  void closeDrive() throws IOException {
    drive.close();
  }

  /** What the owner does before it proves the commits. */
  @FunctionalInterface
  private interface BeforeProof {
    void run() throws IOException;
  }

  private GarbageCollector collector(BeforeProof beforeProof) {
    return drive.collector(
        new CollectorDrive.Untold() {
          @Override
          public boolean proveCommits() throws IOException {
            beforeProof.run();
            return true;
          }
        },
        0,
        0);
  }

  private long resets() {
    return drive.device.begun(DeviceOperation.RESET);
  }

  /** Repeats a step that is true as long as there is more to do. */
  private void resetAll(StepResult step) throws IOException {
    long before = resets();
    while (step.isMore()) {
      assertThat(resets()).isBetween(before + 1, before + EmptiedZones.ZONES_A_STEP);
      before = resets();
    }
    assertThat(drive.allocator().freeZones()).isEqualTo(EMPTIED + FREE);
    assertThat(resets()).isEqualTo(EMPTIED);
  }

  @FunctionalInterface
  private interface StepResult {
    boolean isMore() throws IOException;
  }

  @Test
  void aWaitingThreadGetsAFewZonesAtOnce() throws IOException {
    assertThat(CollectorDrive.collectOne(collector)).isTrue();
    assertThat(resets()).isEqualTo(EmptiedZones.ZONES_A_STEP);
    resetAll(() -> CollectorDrive.collectOne(collector));
  }

  @Test
  void aMountResetsAFewZonesAtOnce() throws IOException {
    collector.resetEmptied();
    assertThat(resets()).isEqualTo(EmptiedZones.ZONES_A_STEP);
    resetAll(collector::resetEmptied);
  }

  @Test
  void oneProofIsForAllZonesOfAStep() throws IOException {
    resetAll(collector::doWork);
    assertThat(proofs).hasValue(1 + (EMPTIED - 1) / EmptiedZones.ZONES_A_STEP);
  }

  @Test
  void nothingIsResetAfterAStop() throws IOException {
    drive.beforeReset =
        () -> {
          if (resets() == 3) {
            collector.stop();
          }
        };
    assertThat(collector.resetEmptied()).isFalse();
    assertThat(resets()).isEqualTo(3);
    assertThat(collector.doWork()).isFalse();
    assertThat(resets()).isEqualTo(3);
    assertThat(CollectorDrive.collectOne(collector)).as("a commit still gets zones").isTrue();
    assertThat(resets()).isEqualTo(3 + EmptiedZones.ZONES_A_STEP);
    resetAll(() -> CollectorDrive.collectOne(collector));
  }

  @Test
  void zonesWaitForAProofThatFailed() throws IOException {
    collector =
        collector(
            () -> {
              if (proofs.incrementAndGet() == 1) {
                throw new IOException("the drive fails");
              }
            });
    assertThatThrownBy(collector::resetEmptied).hasMessage("the drive fails");
    assertThat(resets()).isZero();
    resetAll(collector::resetEmptied);
  }

  /** The proof came before the commit that emptied it. */
  @Test
  void aZoneThatWasUsedAfterItWasChosenIsNotResetYet() throws IOException {
    resetAll(collector::doWork);
    try (ZoneHandle part = drive.allocator().allocate(ZoneStream.COLD).orElseThrow()) {
      part.append(ByteBuffer.allocate(4096));
    }
    AtomicInteger used = new AtomicInteger(-1);
    collector =
        collector(
            () -> {
              if (used.get() < 0) {
                useAgain(used);
              }
            });
    assertThat(collector.resetEmptied()).isFalse();
    assertThat(drive.allocator().state(used.get()).use()).isEqualTo(Use.PARTIAL);
    collector.resetEmptied();
    assertThat(drive.allocator().state(used.get()).use()).isEqualTo(Use.FREE);
  }

  private void useAgain(AtomicInteger used) throws IOException {
    try (ZoneHandle again = drive.allocator().resume(ZoneStream.COLD).orElseThrow()) {
      again.append(ByteBuffer.allocate(4096));
      used.set(again.zone());
    }
    drive.usage().setLiveBytes(used.get(), 10);
    drive.usage().setLiveBytes(used.get(), 0);
  }
}
