// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.fs.TestThread;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.ColumnFamily;

/** Before an image staged data move to zones in many commits, and others commit in between. */
@Timeout(60)
class StagedDataAtCheckpointTest {
  private static final String OTHER = "other";
  private static final int PIECES_A_COMMIT = 200;
  private static final int PIECE_BYTES = 4;

  private final CommitVolume volume = new CommitVolume();
  private final CommitVolume.Commits commits = volume.commits(ErrorPolicy.REMOUNT_READ_ONLY);
  private final Committer committer = commits.committer();
  private final CheckpointScheduler scheduler = commits.checkpoints();
  private int files = 100;

  StagedDataAtCheckpointTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  /** Stages pieces that do not adjoin, with few bytes of the journal for each. */
  private void stage(int pieces) throws IOException {
    scheduler.takeInBackground(() -> {});
    for (int staged = 0; staged < pieces; staged += PIECES_A_COMMIT) {
      files++;
      for (int piece = 0; piece < PIECES_A_COMMIT; piece++) {
        volume.write(files, 4096 + 10L * piece, PIECE_BYTES);
      }
      committer.commit();
    }
    assertThat(volume.keys(ColumnFamily.STAGED)).isGreaterThanOrEqualTo(pieces);
  }

  private boolean isStaged(long inode) throws IOException {
    List<Extent> extents = volume.extents(inode);
    assertThat(extents).isNotEmpty();
    return extents.stream().anyMatch(extent -> extent.inline() != null);
  }

  /** The commit of a thread that comes during the first move, in the turn after it. */
  @Test
  void aCommitWaitsForOneMoveOnly() throws Exception {
    stage(5 * PIECES_A_COMMIT);
    AtomicInteger moves = new AtomicInteger();
    List<TestThread> others = new ArrayList<>();
    List<Boolean> hadATurn = new ArrayList<>();
    volume.index.beforeApply =
        () -> {
          switch (moves.incrementAndGet()) {
            case 1 -> {
              volume.write(50, 4096, 1000);
              TestThread next = new TestThread(OTHER, committer::commit);
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
    scheduler.take();
    others.get(0).finish();
    assertThat(hadATurn).containsExactly(true);
    assertThat(moves.get()).as("it takes several moves").isGreaterThan(2);
    assertThat(isStaged(50)).as("else moving might not end").isFalse();
    assertThat(volume.keys(ColumnFamily.STAGED)).isZero();
    volume.index.beforeApply = () -> {};
    volume.write(51, 4096, 1000);
    committer.commit();
    assertThat(isStaged(51)).as("staging goes on").isTrue();
  }

  /** The zones for the journal are counted, and the records that move staged data count, too. */
  @Test
  void movesLeaveTheJournalItsRoom() throws IOException {
    long limit = volume.plan.journalLimitBytes();
    while (volume.journal.lengthBytes() <= limit) {
      stage(PIECES_A_COMMIT);
    }
    int before = volume.keys(ColumnFamily.STAGED);
    long[] longest = {0};
    volume.index.beforeApply =
        () -> longest[0] = Math.max(longest[0], volume.journal.lengthBytes());
    scheduler.take();
    assertThat(longest[0]).isLessThanOrEqualTo(limit + limit / 4);
    int after = volume.keys(ColumnFamily.STAGED);
    assertThat(after).as("some are moved, some are not").isBetween(1, before - 1);
    assertThat(volume.journal.lengthBytes())
        .as("a segment that finds no room for another in its zone stays")
        .isLessThan(Math.min(limit, CommitVolume.ZONE_BYTES));
    volume.write(50, 4096, 1000);
    committer.commit();
    assertThat(isStaged(50)).as("before the rest is moved").isFalse();
    for (int takes = 0; volume.keys(ColumnFamily.STAGED) > 0; takes++) {
      assertThat(takes).isLessThan(10);
      scheduler.take();
    }
    assertThat(volume.space.stagingIsPaused()).isFalse();
  }
}
