// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.TestThread;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.VolumeOptions.GcOptions;
import zonefsj.fs.data.Extent;
import zonefsj.fs.volume.reclaim.CollectionByCommand;
import zonefsj.fs.volume.reclaim.CollectionForRoom;
import zonefsj.fs.volume.reclaim.CollectionInBackground;
import zonefsj.fs.volume.reclaim.Relocator;
import zonefsj.fs.volume.reclaim.VolumeCollector;
import zonefsj.fs.volume.reclaim.WriterThrottle;
import zonefsj.fs.volume.reclaim.ZoneEmptying;
import zonefsj.gc.ExtentOwner.RelocationRun;
import zonefsj.gc.VictimReport;
import zonefsj.zonemgr.ZoneStream;

/**
 * Whoever collects a whole victim lets others have the collector between two steps, and all go on
 * with one victim.
 */
@Timeout(60)
class CollectionStepsTest {
  private static final long ZONE_BYTES = 8 << 20;
  private static final int PIECE_BYTES = 512 << 10;
  private static final int PIECES = 10;
  private static final String OTHER = "other";

  private final CommitVolume volume = new CommitVolume(16 << 20, 1 << 20, ZONE_BYTES);
  private final CommitVolume.Commits commits = volume.commits(ErrorPolicy.REMOUNT_READ_ONLY);
  private final VolumeCollector collector = volume.collector(commits, GcOptions.DEFAULT);
  private final CollectionInBackground inBackground =
      new CollectionInBackground(collector, volume.health, volume.applicationReads::get);
  private final CollectionForRoom forRoom =
      new CollectionForRoom(collector, volume.space, volume.health);
  private final CollectionByCommand byCommand =
      new CollectionByCommand(
          volume.drive,
          collector,
          new ZoneEmptying(volume.drive, collector),
          new WriterThrottle(collector, inBackground, volume.health));
  private final AtomicInteger moves = new AtomicInteger();

  CollectionStepsTest() throws IOException {}

  /** Two zones of which half is live, so that moving the live data takes several steps. */
  @BeforeEach
  void fillTwoVictims() throws IOException {
    for (long file = 5; file < 7; file++) {
      for (int piece = 0; piece < PIECES; piece++) {
        volume.write(file, (long) piece * PIECE_BYTES, PIECE_BYTES);
        commits.committer().commit();
      }
      volume.chunks.fillShortZones(ZONE_BYTES);
      for (int piece = 0; piece < PIECES; piece += 2) {
        volume.write(file, (long) piece * PIECE_BYTES, PIECE_BYTES);
      }
      commits.committer().commit();
      volume.chunks.fillShortZones(ZONE_BYTES);
    }
  }

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  /** In the first step another comes, and in the second it has had its turn. */
  private void assertThatOthersHaveATurn(TestThread.Step collects, TestThread.Step other)
      throws Exception {
    List<TestThread> others = new ArrayList<>();
    List<Boolean> hadATurn = new ArrayList<>();
    volume.beforeWrite =
        zone -> {
          if (volume.allocator.state(zone).stream() != ZoneStream.GC) {
            return;
          }
          switch (moves.incrementAndGet()) {
            case 1 -> {
              TestThread next = new TestThread(OTHER, other);
              others.add(next);
              next.awaitWaiting();
            }
            case 2 ->
                hadATurn.add(
                    Thread.currentThread().getName().equals(OTHER)
                        || others.get(0).endsWithoutWaiting());
            default -> {}
          }
        };
    TestThread thread = new TestThread("collects", collects);
    thread.finish();
    others.get(0).finish();
    assertThat(hadATurn).containsExactly(true);
  }

  @Test
  void aStopWaitsForOneStepOfAWriterThatWaitsForRoom() throws Exception {
    assertThatOthersHaveATurn(
        () -> assertThat(forRoom.makeRoom(commits.committer())).isTrue(), collector::stop);
  }

  @Test
  void aStopWaitsForOneStepOfACommitThatNeedsAZone() throws Exception {
    assertThatOthersHaveATurn(() -> assertThat(forRoom.collect()).isTrue(), collector::stop);
  }

  @Test
  void theBackgroundThreadWaitsForOneStepOfACommand() throws Exception {
    assertThatOthersHaveATurn(
        () -> byCommand.collectAll(commits.committer(), 100, () -> true, ProgressListener.NONE),
        () -> assertThat(inBackground.doWork()).isTrue());
  }

  /** Else each of them would move a victim, for room that the first one has made. */
  @Test
  void threadsThatWaitShareAVictim() throws Exception {
    assertThatOthersHaveATurn(
        () -> assertThat(forRoom.collect()).isTrue(),
        () -> {
          // It performs the second step, and all others.
          assertThat(forRoom.collect()).isTrue();
        });
    assertThat(collector.snapshot().lastVictims()).hasSize(1);
  }

  @Test
  void theBackgroundThreadLeavesTheDriveToReaders() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    BooleanSupplier once = () -> asked.getAndIncrement() == 0;
    byCommand.collectAll(commits.committer(), 100, once, ProgressListener.NONE);
    volume.beforeWrite = zone -> volume.applicationReads.incrementAndGet();
    long begin = System.nanoTime();
    assertThat(inBackground.doWork()).isTrue();
    assertThat(inBackground.pauseNanos()).isBetween(1L, System.nanoTime() - begin);
    volume.beforeWrite = zone -> {};
    assertThat(inBackground.doWork()).isTrue();
    assertThat(inBackground.pauseNanos()).isZero();
  }

  @Test
  void belowTheUrgentMarkItMakesNoPause() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    BooleanSupplier once = () -> asked.getAndIncrement() == 0;
    byCommand.collectAll(commits.committer(), 100, once, ProgressListener.NONE);
    for (long file = 100; volume.allocator.freeDataZones() > 0; file++) {
      volume.write(file, 0, PIECES * PIECE_BYTES);
      commits.committer().commit();
    }
    volume.beforeWrite = zone -> volume.applicationReads.incrementAndGet();
    assertThat(inBackground.doWork()).isTrue();
    assertThat(volume.applicationReads.get()).isPositive();
    assertThat(inBackground.pauseNanos()).isZero();
  }

  /** Two files that were written in turns lie one behind the other afterwards. */
  @Test
  void whatIsMovedIsInTheOrderOfItsFiles() throws IOException {
    int piece = 64 << 10;
    int pieces = 20;
    volume.chunks.fillShortZones(ZONE_BYTES);
    for (int turn = pieces - 1; turn >= 0; turn--) {
      for (long file = 20; file < 22; file++) {
        volume.write(file, (long) turn * piece, piece);
        commits.committer().commit();
      }
    }
    int zone = volume.zoneOf(volume.extents(20).get(0));
    volume.chunks.fillShortZones(ZONE_BYTES);
    Relocator relocator = volume.relocator(commits);
    RelocationRun run = relocator.relocateByScan(other -> other == zone);
    while (run.hasMore()) {
      run.moveSome();
    }
    relocator.commitRelocations();
    List<Long> positions = new ArrayList<>();
    for (long file = 20; file < 22; file++) {
      for (Extent extent : volume.extents(file)) {
        positions.add(Objects.requireNonNull(extent.placed(), "in a zone").positionBytes());
      }
    }
    assertThat(positions).hasSizeGreaterThanOrEqualTo(2 * pieces).isSorted();
  }

  /** A freeze waits for one step: a writer that collects for its room must begin no other one. */
  @Test
  void aFreezeEndsTheCollectionOfAWriterThatWaits() throws Exception {
    long commits = volume.log.commits();
    AtomicInteger writesFrozen = new AtomicInteger();
    volume.beforeWrite =
        zone -> {
          if (volume.health.isFrozen()) {
            writesFrozen.incrementAndGet();
          } else if (volume.allocator.state(zone).stream() == ZoneStream.GC) {
            volume.health.setFrozen(true);
          }
        };
    assertThat(forRoom.makeRoom(this.commits.committer())).isFalse();
    assertThat(volume.health.isFrozen()).isTrue();
    assertThat(writesFrozen.get()).isZero();
    assertThat(volume.log.commits()).isEqualTo(commits);
    assertThat(forRoom.makeRoom(this.commits.committer())).isFalse();
    assertThat(writesFrozen.get()).as("writes while it is frozen").isZero();
    volume.health.setFrozen(false);
    volume.beforeWrite = zone -> {};
    assertThat(forRoom.makeRoom(this.commits.committer())).isTrue();
  }

  @Test
  void aReportSaysWhatAVictimCost() throws Exception {
    assertThat(forRoom.collect()).isTrue();
    VictimReport report = collector.snapshot().lastVictims().get(0);
    assertThat(report.hasEnded()).isTrue();
    assertThat(report.reason()).contains("% live, ").endsWith(" by mdc");
    assertThat(report.movedBytes()).isEqualTo(report.liveBytes()).isPositive();
    assertThat(report.freedBytes()).isGreaterThan(report.movedBytes());
  }

  @Test
  void nobodyWaitsForTheCommitOfAWriterThatWaitsForRoom() throws Exception {
    while (forRoom.collect()) {
      assertThat(collector.snapshot().lastVictims()).hasSizeLessThan(10);
    }
    List<Boolean> ended = new ArrayList<>();
    volume.put(9, 1);
    volume.index.beforeApply =
        () -> ended.add(new TestThread("stops", collector::stop).endsWithoutWaiting());
    forRoom.makeRoom(commits.committer());
    assertThat(ended).isNotEmpty().doesNotContain(false);
    assertThat(volume.applied(9)).isEqualTo(1);
  }
}
