// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.DeviceException;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.zonemgr.BlockChecksums;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;

class ChunkWriterTest {
  @Test
  void aHeadIsCountedWithItsOwnSummaryAtTheEndOfTheStaging() throws IOException {
    for (int small = 120; small < 145; small++) {
      int[] lengths = new int[small + 2];
      Arrays.fill(lengths, 100);
      lengths[0] = (2 << 20) - (140 << 10);
      lengths[small + 1] = 140 << 10;
      try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(16, 8 << 20))) {
        drive.write(DataStream.HOT, ChunkDrive.sources(small, lengths));
      }
    }
  }

  @Test
  void aHeadIsCountedWithItsOwnSummaryAtTheEndOfAZone() throws IOException {
    for (int small = 120; small < 145; small++) {
      int[] lengths = new int[small + 2];
      Arrays.fill(lengths, 100);
      lengths[0] = 900 << 10;
      lengths[small + 1] = 300 << 10;
      try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(64, 1 << 20))) {
        drive.write(DataStream.HOT, ChunkDrive.sources(small, lengths));
        assertThat(drive.writtenZones()).isEqualTo(2);
        assertThat(Arrays.stream(drive.paddingBytes()).max().orElse(0)).isLessThanOrEqualTo(4096);
      }
    }
  }

  private static int zoneOf(ChunkDrive drive, List<List<PhysicalExtent>> placed) {
    List<PhysicalExtent> last = placed.get(placed.size() - 1);
    return drive.device.geometry().zoneOf(last.get(last.size() - 1).positionBytes());
  }

  @Test
  void movedDataOfDifferentRatesLieInDifferentZones() throws IOException {
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(128, 128 << 10))) {
      drive.allocator.setReserves(2, 0, 0);
      int hot = zoneOf(drive, drive.write(DataStream.GC_HOT, ChunkDrive.sources(1, 4096)));
      int cold = zoneOf(drive, drive.write(DataStream.GC_COLD, ChunkDrive.sources(2, 4096)));
      assertThat(hot).isNotEqualTo(cold);
      assertThat(drive.allocator.state(hot).stream()).isEqualTo(ZoneStream.GC);
      assertThat(drive.allocator.state(cold).stream()).isEqualTo(ZoneStream.GC);
    }
  }

  @Test
  void whoeverAsksForLostDataWaitsUntilAFailedZoneHasBeenReported() throws Exception {
    assertLossIsSeen(1);
  }

  /** The end of a torn frame is written before the zone is in use again. */
  @Test
  void whoeverAsksForLostDataWaitsForAZoneThatIsResumed() throws Exception {
    assertLossIsSeen(2);
  }

  /**
   * A flush in between has succeeded, and must not count for what the zone has lost.
   *
   * @param losing which of the failed writes loses data; those before are torn
   */
  private static void assertLossIsSeen(int losing) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(20, 128 << 10))) {
      int zone = zoneOf(drive, drive.write(DataStream.HOT, ChunkDrive.sources(1, 4096)));
      CountDownLatch reported = new CountDownLatch(1);
      CountDownLatch answer = new CountDownLatch(1);
      int[] reports = {0};
      drive.beforeReport =
          () -> {
            if (++reports[0] != losing) {
              return;
            }
            reported.countDown();
            try {
              answer.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          };
      for (int write = 1; write < losing; write++) {
        drive.script.on(DeviceOperation.WRITE, write, new Fault.Tear(1));
      }
      drive.script.on(DeviceOperation.WRITE, losing, new Fault.LoseTail(1000));
      Future<?> writer =
          threads.submit(() -> drive.write(DataStream.HOT, ChunkDrive.sources(2, 4096)));
      assertThat(reported.await(30, TimeUnit.SECONDS)).isTrue();
      Future<?> committer =
          threads.submit(
              () -> {
                drive.writer.checkNoneIsLost(Set.of(zone));
                return null;
              });
      try {
        // Either it waits, or it ends with what it believes now.
        committer.get(300, TimeUnit.MILLISECONDS);
      } catch (TimeoutException waits) {
        assertThat(committer).isNotDone();
      } finally {
        answer.countDown();
      }
      assertThatThrownBy(committer::get).hasCauseInstanceOf(DeviceException.class);
      writer.get();
    } finally {
      threads.shutdownNow();
    }
  }

  /** Nobody knows what a zone has that cannot be reported. */
  @Test
  void whatCannotBeReportedAfterAFailedWriteCountsAsLost() throws IOException {
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(20, 128 << 10))) {
      int zone = zoneOf(drive, drive.write(DataStream.HOT, ChunkDrive.sources(1, 4096)));
      drive.script.fail(DeviceOperation.WRITE, 1, DeviceException.Reason.MEDIA);
      for (int report = 1; report <= 3; report++) {
        drive.script.fail(DeviceOperation.REPORT, report, DeviceException.Reason.MEDIA);
      }
      drive.write(DataStream.HOT, ChunkDrive.sources(2, 4096));
      assertThatThrownBy(() -> drive.writer.checkNoneIsLost(Set.of(zone)))
          .isInstanceOf(DeviceException.class);
    }
  }

  @Test
  void aReportThatFailsOnceIsRepeated() throws IOException {
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(20, 128 << 10))) {
      int zone = zoneOf(drive, drive.write(DataStream.HOT, ChunkDrive.sources(1, 4096)));
      drive.script.fail(DeviceOperation.WRITE, 1, DeviceException.Reason.MEDIA);
      drive.script.fail(DeviceOperation.REPORT, 1, DeviceException.Reason.MEDIA);
      drive.write(DataStream.HOT, ChunkDrive.sources(2, 4096));
      drive.writer.checkNoneIsLost(Set.of(zone));
    }
  }

  @Test
  void onASmallDriveAllMovedDataShareAZone() throws IOException {
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(127, 128 << 10))) {
      drive.allocator.setReserves(2, 0, 0);
      int hot = zoneOf(drive, drive.write(DataStream.GC_HOT, ChunkDrive.sources(1, 4096)));
      assertThat(zoneOf(drive, drive.write(DataStream.GC_COLD, ChunkDrive.sources(2, 4096))))
          .isEqualTo(hot);
    }
  }

  @Test
  void theLastRoomOfTheCollectorServesBothItsStreams() throws IOException {
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(128, 128 << 10))) {
      drive.allocator.setReserves(2, 0, 0);
      int cold = zoneOf(drive, drive.write(DataStream.GC_COLD, ChunkDrive.sources(1, 4096)));
      drive.write(DataStream.GC_HOT, ChunkDrive.sources(2, 4096));
      assertThat(drive.allocator.allocate(ZoneStream.GC)).as("the reserve is used up").isEmpty();
      assertThat(zoneOf(drive, drive.write(DataStream.GC_HOT, ChunkDrive.sources(3, 150_000))))
          .isEqualTo(cold);
    }
  }

  /** It keeps its active resource until it is reset, and its data are not committed yet. */
  @Test
  void aZoneThatCannotBeFinishedDoesNotTakeTheLastActiveZone() throws IOException {
    EmulatedGeometry geometry =
        EmulatedGeometry.builder(20 * (128 << 10))
            .zoneSizeBytes(128 << 10)
            .maxActiveZones(ZoneAllocator.minActiveZones(1))
            .build();
    try (ChunkDrive drive = new ChunkDrive(geometry)) {
      drive.allocator.setReserves(2, 0, 0);
      List<ZoneHandle> others = new ArrayList<>();
      while (others.size() < ZoneAllocator.minActiveZones(1) - 2) {
        others.add(drive.allocator.allocate(ZoneStream.JOURNAL).orElseThrow());
      }
      drive.write(DataStream.GC_COLD, ChunkDrive.sources(1, 4096));
      drive.write(DataStream.HOT, ChunkDrive.sources(2, 4096));
      drive.script.fail(DeviceOperation.WRITE, 1, DeviceException.Reason.MEDIA);
      drive.script.fail(DeviceOperation.WRITE, 2, DeviceException.Reason.MEDIA);
      drive.script.fail(DeviceOperation.FINISH, 1, DeviceException.Reason.MEDIA);
      drive.script.fail(DeviceOperation.FINISH, 2, DeviceException.Reason.MEDIA);
      assertThatThrownBy(() -> drive.write(DataStream.HOT, ChunkDrive.sources(3, 4096)))
          .isInstanceOf(ChunkWriter.NoZoneException.class);
      List<List<PhysicalExtent>> placed = new ArrayList<>();
      drive.writer.write(
          DataStream.HOT, ChunkDrive.sources(3, 4096), (zone, bytes) -> {}, true, placed);
      assertThat(placed).hasSize(1);
      for (ZoneHandle handle : others) {
        handle.close();
      }
    }
  }

  @Test
  void whatAFailedAppendHeldIsNotForgottenWhenTheOtherStreamHasTheLastRoom() throws IOException {
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(2, 128 << 10))) {
      drive.write(DataStream.COLD, ChunkDrive.sources(1, 4096));
      drive.write(DataStream.HOT, ChunkDrive.sources(2, 4096));
      drive.script.fail(DeviceOperation.WRITE, 1, DeviceException.Reason.MEDIA);
      drive.write(DataStream.HOT, ChunkDrive.sources(3, 20_000, 30_000));
    }
  }

  @Test
  void severalZonesMayFailInARow() throws IOException {
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(16, 128 << 10))) {
      drive.script.on(DeviceOperation.WRITE, 1, new Fault.Tear(3));
      for (int write = 2; write <= 7; write++) {
        drive.script.fail(DeviceOperation.WRITE, write, DeviceException.Reason.MEDIA);
      }
      drive.write(DataStream.COLD, ChunkDrive.sources(1, 300_000, 7, 40_000));
    }
  }

  /** The torn chunk's header and summary are whole: its length must not hide what follows. */
  @Test
  void aWalkFindsWhatFollowsATornChunk() throws IOException {
    int[] lengths = new int[20];
    Arrays.fill(lengths, 3000);
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(16, 1 << 20))) {
      drive.script.on(DeviceOperation.WRITE, 1, new Fault.Tear(1));
      drive.write(DataStream.COLD, ChunkDrive.sources(1, lengths));
      assertThat(drive.writtenZones()).isEqualTo(1);
      // The torn one, and the one that holds the data.
      assertThat(drive.chunks(0)).hasSize(2);
      drive.write(DataStream.COLD, ChunkDrive.sources(2, lengths));
      assertThat(drive.chunks(0)).hasSize(3);
    }
  }

  /** A zone that failed to be filled is in nobody's hand, and would never be collected. */
  @Test
  void aShortZoneThatFailsToBeFilledIsFilledAllTheSame() throws IOException {
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(4, 1 << 20))) {
      drive.write(DataStream.HOT, ChunkDrive.sources(1, 1_000_000));
      drive.script.fail(DeviceOperation.WRITE, 1, DeviceException.Reason.MEDIA);
      assertThat(drive.writer.fillShortZones(512 << 10)).isTrue();
      assertThat(drive.allocator.state(0).use()).isEqualTo(ZoneState.Use.FILLED);
      assertThat(drive.writer.fillShortZones(512 << 10)).isFalse();
    }
  }

  @Test
  void aDriveThatTakesNothingIsNotTriedForEver() throws IOException {
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(16, 128 << 10))) {
      drive.script.failFrom(DeviceOperation.WRITE, 1, DeviceException.Reason.MEDIA);
      assertThatThrownBy(() -> drive.write(DataStream.COLD, ChunkDrive.sources(1, 300_000)))
          .isInstanceOf(DeviceException.class);
      assertThat(drive.device.begun(DeviceOperation.WRITE)).isEqualTo(16);
    }
  }

  @Test
  @Timeout(60)
  void aWriteThatDoesNotReturnHoldsUpNoClose() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch mayReturn = new CountDownLatch(1);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(16, 128 << 10))) {
      // The listener hears of a write before its zone may be used again.
      Future<?> write =
          threads.submit(
              () ->
                  drive.writer.write(
                      DataStream.HOT,
                      ChunkDrive.sources(1, 4096),
                      (zone, bytes) -> {
                        begun.countDown();
                        awaitQuietly(mayReturn);
                      }));
      begun.await();
      assertThatThrownBy(drive.writer::close)
          .isInstanceOf(IOException.class)
          .hasMessage("a write that has begun does not return");
      mayReturn.countDown();
      write.get();
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void aBufferThatIsPlacedInPartIsRefused() {
    DirtyMemory memory = new DirtyMemory(1 << 20, 1 << 20, () -> 0, () -> false);
    WriteBuffer buffer = WriteBuffer.inMemory(memory.acquire(100));
    ByteBuffer bytes = ByteBuffer.allocate(100);
    buffer.append(bytes.duplicate(), memory);
    PhysicalExtent part = PhysicalExtent.whole(0, 99, BlockChecksums.of(bytes.limit(99)));
    assertThatThrownBy(() -> buffer.place(List.of(part), memory))
        .isInstanceOf(IllegalStateException.class);
    assertThat(buffer.isPlaced()).isFalse();
  }

  @Test
  void zonesWithARestShorterThanAUnitAreFilledOneAfterTheOther() throws IOException {
    try (ChunkDrive drive = new ChunkDrive(ChunkDrive.zones(16, (100 << 10) + 512, 512))) {
      for (int write = 0; write < 10; write++) {
        drive.write(DataStream.HOT, ChunkDrive.sources(write, 70_000, 1, 4096));
      }
      assertThat(drive.writtenZones()).isEqualTo(9);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
