// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.HostException;
import zonefsj.fs.TestThread;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.commit.CommitVolume.Event;
import zonefsj.fs.volume.stored.BatchRecord;

/** A record is durable, then in the index; after a failure that counts nothing is any more. */
class CommitLogTest {
  private final CommitVolume volume = new CommitVolume();
  private final CommitLog log = volume.log;

  CommitLogTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  private static BatchRecord record(long inode, int value) {
    BatchRecord.Builder builder = new BatchRecord.Builder();
    builder.put(ColumnFamily.INODES, Keys.inode(inode), new byte[] {(byte) value});
    return builder.build();
  }

  private void commit(long inode, int value) throws IOException {
    log.commitBy(() -> log.commitRecord(record(inode, value), "a record could not be committed"));
  }

  private void assertThatNothingIsCommittedAnyMore() {
    assertThat(volume.health.isReadOnly()).isTrue();
    int before = volume.events.size();
    long commits = log.commits();
    assertThatThrownBy(() -> commit(99, 9)).isInstanceOf(IOException.class);
    assertThatThrownBy(log::checkHealthy).isInstanceOf(IOException.class);
    assertThat(volume.events).hasSize(before);
    assertThat(log.commits()).isEqualTo(commits);
  }

  @Test
  void aRecordIsAppliedOnlyWhenItIsDurable() throws IOException {
    volume.index.beforeApply =
        () -> {
          assertThat(volume.events).endsWith(Event.WRITE, Event.FLUSH);
          assertThat(volume.journal.flushed()).isEqualTo(volume.journal.end());
        };
    for (int value = 0; value < 5; value++) {
      commit(7, value);
      assertThat(volume.applied(7)).isEqualTo(value);
      assertThat(volume.buffered.mark())
          .contains(
              new AppliedPosition(
                  CommitVolume.FILESYSTEM,
                  volume.journal.flushed().sequence(),
                  volume.journal.flushed().chain()));
    }
    assertThat(log.commits()).isEqualTo(5);
  }

  @Test
  void aFailedFlushIsFinal() {
    volume.faults.fail(DeviceOperation.FLUSH, 1, Reason.FLUSH_FAILED);
    assertThatThrownBy(() -> commit(7, 1)).isInstanceOf(IOException.class);
    assertThat(volume.events).doesNotContain(Event.APPLY, Event.FLUSH);
    assertThatNothingIsCommittedAnyMore();
  }

  @Test
  void aFlushWithoutARecordIsFinalToo() {
    volume.faults.fail(DeviceOperation.FLUSH, 1, Reason.FLUSH_FAILED);
    assertThatThrownBy(log::flush).isInstanceOf(IOException.class);
    assertThatNothingIsCommittedAnyMore();
  }

  /** What was acknowledged is not taken back: the next mount replays it. */
  @Test
  void anIndexThatFailsEndsAllChangesButNotTheCommit() throws IOException {
    volume.index.beforeApply =
        () -> {
          throw new IOException("the index is broken");
        };
    commit(7, 1);
    assertThat(log.commits()).isEqualTo(1);
    assertThat(volume.events).containsExactly(Event.WRITE, Event.FLUSH);
    volume.index.beforeApply = () -> {};
    assertThatNothingIsCommittedAnyMore();
  }

  @Test
  void aStepThatNobodyUnderstandsEndsAllChanges() throws Exception {
    assertThatThrownBy(
            () ->
                log.runExclusively(
                    () -> {
                      throw new IllegalStateException("impossible");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("impossible");
    // The lock is free again.
    TestThread other =
        new TestThread("other", () -> log.runExclusively(() -> assertThat(log).isNotNull()));
    other.finish();
    assertThatNothingIsCommittedAnyMore();
  }

  /** A failure of a step alone is for its caller to judge: another zone may do. */
  @Test
  void aStepThatFailsEndsNothing() throws IOException {
    assertThatThrownBy(
            () ->
                log.runExclusively(
                    () -> {
                      throw new IOException("no zone");
                    }))
        .hasMessage("no zone");
    assertThat(volume.health.isReadOnly()).isFalse();
    commit(7, 1);
    assertThat(volume.applied(7)).isEqualTo(1);
  }

  @Test
  void halfAChangeEndsAllCommits() {
    log.failIncompleteChange();
    assertThatNothingIsCommittedAnyMore();
  }

  @Test
  void aThreadThatBreaksDownEndsAllCommits() {
    log.breakDown("the collector", new IllegalStateException("impossible"));
    assertThat(volume.health.readOnlyReason()).contains("the collector");
    assertThatNothingIsCommittedAnyMore();
  }

  /** The first failure that a pulled drive causes says less than that it was pulled. */
  @Test
  void aDriveThatIsGoneIsTheReasonOfWhatFailedBefore() {
    volume.faults.fail(DeviceOperation.FLUSH, 1, Reason.FLUSH_FAILED);
    assertThatThrownBy(() -> commit(7, 1)).isInstanceOf(IOException.class);
    int before = volume.health.errors().size();
    log.mediumIsLost("/dev/x was removed");
    log.mediumIsLost("/dev/x was removed");
    assertThat(volume.health.readOnlyReason()).isEqualTo("/dev/x was removed");
    assertThat(volume.health.errors())
        .hasSize(before + 1)
        .last(InstanceOfAssertFactories.STRING)
        .contains("/dev/x was removed: unmount, bring the drive back, and mount it again");
    assertThatThrownBy(log::checkHealthy).hasMessageContaining("read-only: /dev/x was removed");
    assertThatNothingIsCommittedAnyMore();
  }

  @Test
  void whoWaitsForMemoryHearsThatNoCommitWillCome() throws Exception {
    volume.write(1, 0, 1 << 20);
    for (int file = 2; volume.memory.pendingBytes() <= volume.memory.limitBytes(); file++) {
      volume.write(file, 0, 1 << 20);
    }
    TestThread writer =
        new TestThread("writer", () -> assertThat(volume.memory.awaitMemory(() -> {})).isFalse());
    writer.awaitWaiting();
    log.failIncompleteChange();
    writer.finish();
  }

  @Test
  void commitsExcludeEachOther() throws Exception {
    int[] inside = {0};
    List<TestThread> threads = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      int inode = thread;
      threads.add(
          new TestThread(
              "committer " + thread,
              () -> {
                for (int value = 0; value < 50; value++) {
                  int now = value;
                  log.commitBy(
                      () -> {
                        assertThat(inside[0]++).isZero();
                        log.commitRecord(record(inode, now), "a record could not be committed");
                        inside[0]--;
                      });
                }
              }));
    }
    for (TestThread thread : threads) {
      thread.finish();
    }
    assertThat(log.commits()).isEqualTo(200);
    for (int inode = 0; inode < 4; inode++) {
      assertThat(volume.applied(inode)).isEqualTo(49);
    }
  }

  // ---- proofs

  @Test
  void aProofIsWrittenOnceAndIsDurableBeforeTheIndexStandsThere() throws IOException {
    commit(7, 1);
    volume.events.clear();
    volume.index.beforeApply =
        () -> assertThat(volume.events).containsExactly(Event.WRITE, Event.FLUSH);
    log.prove();
    log.prove();
    assertThat(volume.events).containsExactly(Event.WRITE, Event.FLUSH, Event.APPLY);
    assertThat(volume.journal.isProven()).isTrue();
    assertThat(volume.index.mark().orElseThrow().sequence())
        .isEqualTo(volume.journal.end().sequence());
  }

  @Test
  void afterAFailureNothingIsProven() throws IOException {
    commit(7, 1);
    log.failIncompleteChange();
    volume.events.clear();
    log.prove();
    assertThat(volume.events).isEmpty();
  }

  // ---- a host that takes nothing

  @Test
  void whatTheHostDoesNotTakeIsHandedOnLater() throws IOException {
    volume.index.beforeApply =
        () -> {
          throw new HostException("the host's disk is full");
        };
    commit(7, 1);
    commit(8, 2);
    assertThat(volume.health.isReadOnly()).isFalse();
    assertThat(volume.applied(7)).isEqualTo(1);
    assertThat(volume.events).doesNotContain(Event.APPLY);
    volume.index.beforeApply = () -> {};
    log.drainToIndex();
    assertThat(volume.events).as("asked before a second has passed").doesNotContain(Event.APPLY);
    volume.elapsedMillis += 1_000;
    log.drainToIndex();
    assertThat(volume.events).contains(Event.APPLY);
    assertThat(volume.backpressure.buffered()).isEmpty();
    assertThat(volume.index.get(ColumnFamily.INODES, Keys.inode(8))).containsExactly(2);
  }
}
