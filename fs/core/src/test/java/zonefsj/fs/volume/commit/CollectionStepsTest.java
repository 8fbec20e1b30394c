// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.TestThread;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.VolumeOptions.GcOptions;
import zonefsj.fs.volume.reclaim.VolumeCollector;
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
        () -> assertThat(collector.makeRoom(commits.committer())).isTrue(), collector::stop);
  }

  @Test
  void aStopWaitsForOneStepOfACommitThatNeedsAZone() throws Exception {
    assertThatOthersHaveATurn(() -> assertThat(collector.collect()).isTrue(), collector::stop);
  }

  @Test
  void theBackgroundThreadWaitsForOneStepOfACommand() throws Exception {
    assertThatOthersHaveATurn(
        () -> collector.collectAll(commits.committer(), 100, () -> true, ProgressListener.NONE),
        () -> assertThat(collector.doWork()).isTrue());
  }

  /** Else each of them would move a victim, for room that the first one has made. */
  @Test
  void threadsThatWaitShareAVictim() throws Exception {
    assertThatOthersHaveATurn(
        () -> assertThat(collector.collect()).isTrue(),
        () -> {
          // It performs the second step, and all others.
          assertThat(collector.collect()).isTrue();
        });
    assertThat(collector.snapshot().lastVictims()).hasSize(1);
  }

  @Test
  void aReportSaysWhatAVictimCost() throws Exception {
    assertThat(collector.collect()).isTrue();
    VictimReport report = collector.snapshot().lastVictims().get(0);
    assertThat(report.hasEnded()).isTrue();
    assertThat(report.reason()).contains("% live, ").endsWith(" by mdc");
    assertThat(report.movedBytes()).isEqualTo(report.liveBytes()).isPositive();
    assertThat(report.freedBytes()).isGreaterThan(report.movedBytes());
  }

  @Test
  void nobodyWaitsForTheCommitOfAWriterThatWaitsForRoom() throws Exception {
    while (collector.collect()) {
      assertThat(collector.snapshot().lastVictims()).hasSizeLessThan(10);
    }
    List<Boolean> ended = new ArrayList<>();
    volume.put(9, 1);
    volume.index.beforeApply =
        () -> ended.add(new TestThread("stops", collector::stop).endsWithoutWaiting());
    collector.makeRoom(commits.committer());
    assertThat(ended).isNotEmpty().doesNotContain(false);
    assertThat(volume.applied(9)).isEqualTo(1);
  }
}
