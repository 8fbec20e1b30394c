// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.TestThread;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.volume.commit.CommitVolume.Event;
import zonefsj.zonemgr.ZoneStream;

/** The one order of a commit, and what becomes of a batch that cannot be committed. */
class CommitterTest {
  /** More than goes into a journal record. */
  private static final int DATA_BYTES = 100 << 10;

  private final CommitVolume volume = new CommitVolume();
  private final CommitVolume.Commits commits = volume.commits(ErrorPolicy.CONTINUE);
  private final Committer committer = commits.committer();

  CommitterTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  @Test
  void dataThenRecordThenOneFlushThenTheIndex() throws IOException {
    volume.write(5, 0, DATA_BYTES);
    committer.commit();
    assertThat(volume.events).containsExactly(Event.WRITE, Event.WRITE, Event.FLUSH, Event.APPLY);
    assertThat(volume.log.commits()).isEqualTo(1);
  }

  @Test
  void withoutAChangeNothingIsWritten() throws IOException {
    committer.commit();
    volume.put(5, 1);
    committer.commit();
    int events = volume.events.size();
    committer.commit();
    assertThat(volume.events).hasSize(events);
    assertThat(volume.gate.layers().sealed()).isNull();
  }

  @Test
  void whatIsAppliedWaitsNoMore() throws IOException {
    volume.write(5, 0, DATA_BYTES);
    assertThat(volume.space.reservedBytes()).isEqualTo(DATA_BYTES);
    committer.commit();
    int zone = volume.zoneOf(volume.extents(5).get(0));
    assertThat(volume.space.reservedBytes()).isZero();
    assertThat(volume.memory.pendingBytes()).isZero();
    assertThat(volume.usage.pendingBytes(zone)).isZero();
    assertThat(volume.usage.liveBytes(zone)).isEqualTo(DATA_BYTES);
    assertThat(volume.usage.extents()).isEqualTo(volume.extents(5).size());
    assertThat(volume.gate.layers().sealed()).isNull();
  }

  // ---- group commit

  /** All who come while one commits need one more commit, not one each. */
  @Test
  void whoComesDuringACommitSharesTheNextOne() throws Exception {
    CountDownLatch applying = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    volume.index.beforeApply =
        () -> {
          applying.countDown();
          try {
            goOn.await();
          } catch (InterruptedException interrupted) {
            throw new IOException(interrupted);
          }
        };
    volume.put(1, 1);
    List<TestThread> threads = new ArrayList<>();
    threads.add(new TestThread("first", committer::commit));
    applying.await();
    for (int thread = 2; thread <= 5; thread++) {
      volume.put(thread, 1);
      int inode = thread;
      TestThread next =
          new TestThread(
              "committer " + thread,
              () -> {
                committer.commit();
                assertThat(volume.applied(inode)).isEqualTo(1);
              });
      next.awaitWaiting();
      threads.add(next);
    }
    goOn.countDown();
    for (TestThread thread : threads) {
      thread.finish();
    }
    assertThat(volume.log.commits()).isEqualTo(2);
  }

  // ---- no zone

  @Test
  void withoutAZoneOneIsFreedAndTheBatchIsTriedAgain() throws IOException {
    volume.takeAllZones(false);
    int reserve = volume.allocator.freeZones();
    int[] freed = {0};
    volume.freeAZone =
        () -> {
          freed[0]++;
          assertThat(volume.events).as("nothing of the batch is in the journal").isEmpty();
          return volume.giveZoneBack();
        };
    volume.write(5, 0, DATA_BYTES);
    volume.events.clear();
    committer.commit();
    assertThat(freed[0]).isEqualTo(1);
    assertThat(volume.allocator.freeZones()).as("the reserve").isEqualTo(reserve);
    assertThat(volume.extents(5)).isNotEmpty();
  }

  @Test
  void ifNoZoneCanBeFreedTheReserveOfTheCollectorIsUsed() throws IOException {
    volume.takeAllZones(false);
    int reserve = volume.allocator.freeZones();
    volume.write(5, 0, DATA_BYTES);
    committer.commit();
    assertThat(volume.allocator.freeZones()).isEqualTo(reserve - 1);
    assertThat(volume.extents(5)).isNotEmpty();
    assertThat(volume.health.isReadOnly()).isFalse();
  }

  /** A collector that moves and gains nothing must not keep a commit for ever. */
  @Test
  void afterSomeTriesInVainTheReserveIsUsed() throws IOException {
    volume.takeAllZones(false);
    int[] tries = {0};
    volume.freeAZone =
        () -> {
          assertThat(++tries[0]).isLessThan(100);
          return true;
        };
    volume.write(5, 0, DATA_BYTES);
    committer.commit();
    assertThat(tries[0]).isEqualTo(15);
    assertThat(volume.extents(5)).isNotEmpty();
  }

  @Test
  void aBatchThatIsGivenUpIsKeptAndTriedFirst() throws Exception {
    volume.takeAllZones(true);
    volume.write(5, 0, DATA_BYTES);
    volume.put(7, 1);
    Batch batch = volume.gate.layers().open();
    assertThatThrownBy(committer::commit).isInstanceOf(ChunkWriter.NoZoneException.class);
    assertThat(volume.health.isReadOnly()).isFalse();
    assertThat(volume.health.errors()).hasSize(1);
    assertThat(volume.gate.layers().sealed()).isSameAs(batch);
    assertThat(volume.log.commits()).isZero();
    // The later value of a key wins, so the older batch has to come first.
    volume.put(7, 2);
    List<Integer> applied = new ArrayList<>();
    volume.giveZoneBack();
    volume.index.beforeApply = () -> applied.add(volume.applied(7));
    committer.commit();
    assertThat(applied).containsExactly(-1, 1);
    assertThat(volume.applied(7)).isEqualTo(2);
    assertThat(volume.extents(5)).isNotEmpty();
    assertThat(volume.log.commits()).isEqualTo(2);
    assertThat(volume.space.reservedBytes()).isZero();
  }

  /** As long as commits are given up a writer that waits for one gets an answer. */
  @Test
  void writersDoNotWaitForCommitsThatAreGivenUp() throws Exception {
    volume.takeAllZones(true);
    for (int file = 5; volume.memory.pendingBytes() <= volume.memory.limitBytes(); file++) {
      volume.write(file, 0, 200 << 10);
    }
    assertThatThrownBy(committer::commit).isInstanceOf(ChunkWriter.NoZoneException.class);
    assertThat(volume.memory.awaitMemory(() -> {})).isFalse();
    while (volume.giveZoneBack()) {
      assertThat(volume.allocator.freeZones()).isPositive();
    }
    committer.commit();
    assertThat(volume.memory.awaitMemory(() -> {})).isTrue();
    // Above the limit again a writer waits: commits are expected now.
    for (int file = 5; volume.memory.pendingBytes() <= volume.memory.limitBytes(); file++) {
      volume.write(file, 0, 200 << 10);
    }
    TestThread writer = new TestThread("writer", () -> volume.memory.awaitMemory(() -> {}));
    writer.awaitWaiting();
    volume.log.failIncompleteChange();
    writer.finish();
  }

  @Test
  void theCheckpointCommitsWhatWasGivenUpFirst() throws IOException {
    volume.takeAllZones(true);
    volume.write(5, 0, DATA_BYTES);
    assertThatThrownBy(committer::commit).isInstanceOf(ChunkWriter.NoZoneException.class);
    assertThatThrownBy(() -> volume.log.runExclusively(commits.batches()::commitUnplaced))
        .isInstanceOf(ChunkWriter.NoZoneException.class);
    // It leaves the reserve of the collector alone.
    for (int zone = 0; zone <= volume.plan.collectorZones(); zone++) {
      assertThat(volume.log.commits()).isZero();
      volume.giveZoneBack();
    }
    volume.log.runExclusively(commits.batches()::commitUnplaced);
    volume.log.runExclusively(commits.batches()::commitUnplaced);
    assertThat(volume.log.commits()).isEqualTo(1);
    assertThat(volume.extents(5)).isNotEmpty();
  }

  @Test
  void otherwiseABatchThatCannotBePlacedEndsAllChanges() throws IOException {
    Committer strict = volume.committer(ErrorPolicy.REMOUNT_READ_ONLY);
    volume.takeAllZones(true);
    volume.write(5, 0, DATA_BYTES);
    assertThatThrownBy(strict::commit).isInstanceOf(ChunkWriter.NoZoneException.class);
    assertThat(volume.health.isReadOnly()).isTrue();
    volume.giveZoneBack();
    assertThatThrownBy(strict::commit).isInstanceOf(IOException.class);
    assertThat(volume.log.commits()).isZero();
  }

  /** Another thread may commit a batch as soon as the commit that found no zone ends. */
  @Test
  void aBatchThatAnotherThreadCommitsMeanwhileHasNotFailed() throws Exception {
    List<TestThread> others = new ArrayList<>();
    List<Committer> any = new ArrayList<>();
    any.add(
        volume
            .commits(
                () -> {
                  // The commit decides what becomes of the batch; zones are free again by now.
                  if (others.isEmpty()) {
                    while (volume.giveZoneBack()) {
                      assertThat(volume.allocator.freeZones()).isPositive();
                    }
                    TestThread other =
                        new TestThread(
                            "other committer",
                            () -> {
                              try {
                                any.get(0).commit();
                              } catch (IOException ended) {
                                assertThat(volume.log.commits()).isZero();
                              }
                            });
                    others.add(other);
                    other.endsWithoutWaiting();
                  }
                  return ErrorPolicy.REMOUNT_READ_ONLY;
                })
            .committer());
    volume.takeAllZones(true);
    volume.write(5, 0, DATA_BYTES);
    assertThatThrownBy(any.get(0)::commit).isInstanceOf(ChunkWriter.NoZoneException.class);
    others.get(0).finish();
    assertThat(volume.health.isReadOnly()).isTrue();
    assertThat(volume.log.commits()).as("batches that are durable, and reported as lost").isZero();
    assertThat(volume.extents(5)).isEmpty();
  }

  // ---- failures

  @ParameterizedTest
  @EnumSource(ErrorPolicy.class)
  void aFailedFlushIsFinalWhateverThePolicy(ErrorPolicy errors) throws IOException {
    Committer any = volume.committer(errors);
    volume.put(5, 1);
    volume.faults.fail(DeviceOperation.FLUSH, 1, Reason.FLUSH_FAILED);
    assertThatThrownBy(any::commit).isInstanceOf(IOException.class);
    assertThat(volume.health.isReadOnly()).isTrue();
    assertThat(volume.applied(5)).isEqualTo(-1);
    assertThatThrownBy(any::commit).isInstanceOf(IOException.class);
    assertThat(volume.applied(5)).isEqualTo(-1);
    assertThat(volume.events).doesNotContain(Event.FLUSH, Event.APPLY);
  }

  /** The batch counts a cut, not what it leaves of data that are in the index. */
  @Test
  void whatALongRecordLeavesOfStagedDataGoesToZones() throws IOException {
    int length = 3000;
    int longest = 16 << 10;
    try (CommitVolume small = new CommitVolume(2 << 20, longest)) {
      Committer any = small.committer(ErrorPolicy.CONTINUE);
      for (int inode = 10; inode < 40; inode++) {
        small.write(inode, 0, length);
        any.commit();
      }
      assertThat(StagedDataMover.bytesIn(small.buffered)).isEqualTo(30L * length);
      long before = small.journal.lengthBytes();
      for (int inode = 10; inode < 40; inode++) {
        small.write(inode, length / 2, 1);
      }
      any.commit();
      assertThat(small.journal.lengthBytes() - before).isLessThan(longest + 4096);
      assertThat(StagedDataMover.bytesIn(small.buffered)).isLessThan(longest);
      long placed = 0;
      for (int inode = 10; inode < 40; inode++) {
        int bytes = 0;
        for (Extent extent : small.extents(inode)) {
          assertThat(extent.start()).isEqualTo(bytes);
          bytes += extent.length();
          placed += extent.placed() == null ? 0 : extent.length();
        }
        assertThat(bytes).isEqualTo(length);
      }
      assertThat(placed).isPositive().isEqualTo(small.usage.totalLiveBytes());
      for (int zone = 0; zone < CommitVolume.ZONES; zone++) {
        assertThat(small.usage.pendingBytes(zone)).isZero();
      }
    }
  }

  /** The zone costs its data only: everything else of the batch is durable. */
  @Test
  void aFileIsNotedWhoseZoneGoesOfflineBeforeTheFlush() throws IOException {
    volume.write(5, 0, DATA_BYTES);
    committer.commit();
    volume.write(5, DATA_BYTES, 10);
    volume.write(6, 0, DATA_BYTES);
    volume.beforeWrite =
        zone -> {
          if (volume.allocator.state(zone).stream() == ZoneStream.JOURNAL) {
            Objects.requireNonNull(volume.gate.layers().sealed())
                .placedBytes()
                .keySet()
                .forEach(this::turnOffline);
          }
        };
    committer.commit();
    assertThat(volume.health.isReadOnly()).isFalse();
    assertThat(volume.lostWrites.tell(6, 1, () -> 1)).isTrue();
    assertThat(volume.extents(6)).isNotEmpty();
    volume.beforeWrite = zone -> {};
    volume.chunks.closeZones(zone -> true);
    volume.write(7, 0, DATA_BYTES);
    committer.commit();
    assertThat(volume.lostWrites.tell(7, 1, () -> 1)).isFalse();
  }

  private void turnOffline(int zone) {
    volume.allocator.markFailed(
        new ZoneDescriptor(
            zone,
            ZoneType.SEQUENTIAL_REQUIRED,
            ZoneCondition.OFFLINE,
            zone * CommitVolume.ZONE_BYTES,
            CommitVolume.ZONE_BYTES,
            CommitVolume.ZONE_BYTES,
            0));
  }

  @Test
  void nothingButAnAccessTimeMayBeLost() throws IOException {
    volume.faults.fail(DeviceOperation.FLUSH, 1, Reason.FLUSH_FAILED);
    volume.gate.enter().putAccessTime(Keys.inode(5), new byte[1]);
    volume.gate.exit();
    assertThat(committer.lostChanges()).isEmpty();
    assertThatThrownBy(committer::commit).isInstanceOf(IOException.class);
    assertThat(committer.lostChanges().orElseThrow().isCertain()).isFalse();
    volume.put(5, 1);
    assertThat(committer.lostChanges().orElseThrow().isCertain()).isTrue();
  }

  /** Whoever asked for the commit got what he asked for; reads find the batch as before. */
  @Test
  void anIndexThatFailsLeavesTheBatchInSight() throws IOException {
    volume.put(5, 1);
    volume.index.beforeApply =
        () -> {
          throw new IOException("the index is broken");
        };
    committer.commit();
    assertThat(volume.health.isReadOnly()).isTrue();
    assertThat(volume.log.commits()).isEqualTo(1);
    assertThat(volume.gate.layers().sealed()).isNotNull();
    volume.put(6, 1);
    assertThatThrownBy(committer::commit).isInstanceOf(IOException.class);
    assertThat(volume.log.commits()).isEqualTo(1);
  }

  /** The seal waits for the operation; what it left half-way must not become durable then. */
  @Test
  void halfAnOperationIsNotCommittedByASealThatWaitedForIt() throws Exception {
    volume.put(4, 1);
    TestThread operation =
        new TestThread(
            "operation",
            () -> {
              volume.gate.enter();
              TestThread commit =
                  new TestThread(
                      "committer",
                      () -> assertThatThrownBy(committer::commit).isInstanceOf(IOException.class));
              commit.awaitWaiting();
              volume.put(5, 1);
              volume.log.failIncompleteChange();
              volume.gate.exit();
              commit.finish();
            });
    operation.finish();
    assertThat(volume.events).isEmpty();
    assertThat(volume.log.commits()).isZero();
  }

  @Test
  void aCommitWaitsForRunsThatAreStreamingOut() throws Exception {
    volume.put(5, 1);
    Batch batch = volume.gate.layers().open();
    batch.beginWrite();
    TestThread commit = new TestThread("committer", committer::commit);
    commit.awaitWaiting();
    assertThat(volume.gate.layers().sealed()).isSameAs(batch);
    assertThat(volume.events).isEmpty();
    batch.endWrite();
    commit.finish();
    assertThat(volume.applied(5)).isEqualTo(1);
  }

  @Test
  void anInterruptedCommitEndsAllChanges() throws Exception {
    volume.put(5, 1);
    volume.gate.layers().open().beginWrite();
    TestThread commit =
        new TestThread(
            "committer",
            () -> {
              assertThatThrownBy(committer::commit).isInstanceOf(IOException.class);
              assertThat(Thread.currentThread().isInterrupted()).isTrue();
            });
    commit.awaitWaiting();
    commit.interrupt();
    commit.finish();
    assertThat(volume.health.isReadOnly()).isTrue();
    assertThat(volume.events).isEmpty();
  }
}
