// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.stored.BatchRecord;

/** A host that takes nothing holds changes back before memory or journal are full. */
class IndexBackpressureTest {
  private static final int VALUE_BYTES = 1_000;

  private final CommitVolume volume = new CommitVolume();
  private final IndexBackpressure backpressure = volume.backpressure;
  private long inode;

  IndexBackpressureTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  private void hostIsFull(boolean isFull) {
    volume.index.beforeApply =
        () -> {
          if (isFull) {
            throw new HostException("the host's disk is full");
          }
        };
  }

  private void commit(int bytes) throws IOException {
    BatchRecord.Builder builder = new BatchRecord.Builder();
    builder.put(ColumnFamily.INODES, Keys.inode(++inode), new byte[bytes]);
    volume.log.commitBy(() -> volume.log.commitRecord(builder.build(), "no commit"));
  }

  private long heldBytes() {
    return backpressure.buffered().orElseThrow().bytes();
  }

  private void fillJournal() throws IOException {
    while (volume.journal.lengthBytes() <= volume.plan.journalLimitBytes() * 9 / 8) {
      assertThat(volume.health.isPaused())
          .as("with %s bytes", volume.journal.lengthBytes())
          .isFalse();
      commit(64 << 10);
    }
  }

  @Test
  void changesAreHeldBackWhileHalfOfTheMemoryIsLeft() throws IOException {
    hostIsFull(true);
    commit(VALUE_BYTES);
    long most = backpressure.buffered().orElseThrow().mostBytes();
    assertThat(volume.health.isPaused()).isFalse();
    while (!volume.health.isPaused()) {
      assertThat(heldBytes()).isLessThanOrEqualTo(most / 2);
      commit(VALUE_BYTES);
    }
    assertThat(heldBytes()).isBetween(most / 2, most / 2 + 2 * VALUE_BYTES);
    // What was let in before has its room.
    commit(VALUE_BYTES);
    assertThat(volume.health.isReadOnly()).isFalse();
  }

  @Test
  void theyAreLetInWhenTheHostHasTakenAll() throws IOException {
    hostIsFull(true);
    while (!volume.health.isPaused()) {
      commit(VALUE_BYTES);
    }
    assertThatThrownBy(backpressure::drainNow).isInstanceOf(HostException.class);
    assertThat(volume.health.isPaused()).isTrue();
    hostIsFull(false);
    backpressure.drainIfDue();
    assertThat(volume.health.isPaused()).as("the host is asked once a second").isTrue();
    volume.elapsedMillis += 1_000;
    backpressure.drainIfDue();
    assertThat(volume.health.isPaused()).isFalse();
    assertThat(volume.health.hasResumed()).isTrue();
    assertThat(backpressure.buffered()).isEmpty();
  }

  @Test
  void itIsToldOnceThatChangesWaitAndOnceThatTheyDoNot() throws IOException {
    hostIsFull(true);
    commit(1);
    commit(1);
    commit(1);
    assertThat(volume.health.errors()).hasSize(1);
    assertThat(volume.health.errors().get(0)).contains("they wait in memory");
    hostIsFull(false);
    backpressure.drainNow();
    commit(1);
    assertThat(volume.health.errors()).hasSize(2);
  }

  /** A change more than there is memory for: the mount ends rather than forgets it. */
  @Test
  void whatNoMemoryIsLeftForEndsAllChanges() throws IOException {
    hostIsFull(true);
    commit(1);
    commit(1 << 20);
    assertThat(volume.health.isReadOnly()).isTrue();
    assertThat(volume.health.readOnlyReason()).isEqualTo(IndexBackpressure.REASON);
  }

  @Test
  void withoutImagesTheJournalGrowsByAnEighth() throws IOException {
    backpressure.imageFailed(new HostException("the host's disk is full"));
    fillJournal();
    assertThat(volume.health.isPaused()).isTrue();
    backpressure.imageTaken();
    assertThat(volume.health.isPaused()).isFalse();
  }

  @Test
  void aLongJournalAloneIsNoReasonToHoldChangesBack() throws IOException {
    fillJournal();
    commit(1);
    assertThat(volume.health.isPaused()).isFalse();
    backpressure.imageFailed(new HostException("the host's disk is full"));
    assertThat(volume.health.isPaused()).isTrue();
  }

  @Test
  void bothReasonsHaveToEnd() throws IOException {
    fillJournal();
    backpressure.imageFailed(new HostException("the host's disk is full"));
    hostIsFull(true);
    commit(1);
    hostIsFull(false);
    backpressure.drainNow();
    assertThat(volume.health.isPaused()).as("there is no image yet").isTrue();
    hostIsFull(true);
    commit(1);
    backpressure.imageTaken();
    assertThat(volume.health.isPaused()).as("changes wait").isTrue();
    hostIsFull(false);
    backpressure.drainNow();
    assertThat(volume.health.isPaused()).isFalse();
  }

  /** Changes that were let in then would soon be held back again, and with a longer journal. */
  @Test
  void aPauseGoesOnAsLongAsThereIsNoImage() throws IOException {
    hostIsFull(true);
    while (!volume.health.isPaused()) {
      commit(VALUE_BYTES);
    }
    backpressure.imageFailed(new HostException("the host's disk is full"));
    hostIsFull(false);
    backpressure.drainNow();
    assertThat(volume.journal.lengthBytes()).isLessThan(volume.plan.journalLimitBytes());
    assertThat(volume.health.isPaused()).isTrue();
    backpressure.imageTaken();
    assertThat(volume.health.isPaused()).isFalse();
  }

  @Test
  void anImageThatFailsAgainIsNotToldAgain() {
    backpressure.imageFailed(new HostException("full"));
    backpressure.imageFailed(new HostException("full"));
    assertThat(volume.health.errors()).hasSize(1);
    assertThat(backpressure.imageHasFailed()).isTrue();
    backpressure.imageTaken();
    assertThat(backpressure.imageHasFailed()).isFalse();
  }
}
