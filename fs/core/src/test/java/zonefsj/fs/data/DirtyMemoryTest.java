// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.TestThread;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.BatchGate;

/** What is pending is bounded in bytes of memory, however small the writes are. */
class DirtyMemoryTest {
  private static final long LIMIT_BYTES = 2 << 20;

  /** What a piece takes in the heap besides its bytes: entry, key, piece, run, buffer. */
  private static final int PIECE_HEAP_BYTES = 270;

  private final BatchGate gate = new BatchGate();
  private final DirtyMemory memory =
      new DirtyMemory(LIMIT_BYTES, LIMIT_BYTES, gate::pendingMetadataBytes, () -> false);
  private int commits;

  private void commit() {
    Batch batch = gate.<Integer>seal(() -> 0).batch();
    for (FileDelta delta : batch.files().values()) {
      for (Interval piece : delta.intervals()) {
        WriteBuffer buffer = piece.buffer();
        if (buffer != null) {
          buffer.storedInline(memory);
        }
      }
    }
    gate.applied();
    commits++;
  }

  private long intervals() {
    return gate.layers().open().files().values().stream()
        .mapToLong(delta -> delta.intervals().size())
        .sum();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 40, 64, 65, 1000})
  void scatteredWritesWaitBeforeTheirPiecesTakeMoreThanTheLimit(int length) throws Exception {
    SplittableRandom random = new SplittableRandom(length);
    for (int write = 0; write < 50_000; write++) {
      memory.awaitMemory(this::commit);
      Batch batch = gate.enter();
      batch
          .file(1 + random.nextInt(3))
          .write(
              2L * length * random.nextInt(1_000_000),
              ByteBuffer.allocate(length),
              memory,
              (buffer, at) -> {});
      gate.exit();
      assertThat(memory.pendingBytes())
          .isLessThanOrEqualTo(LIMIT_BYTES + memory.pendingBytesOf(length));
      assertThat(intervals() * (PIECE_HEAP_BYTES + length)).isLessThan(LIMIT_BYTES);
    }
    assertThat(commits).isPositive();
    commit();
    assertThat(memory.pendingBytes()).isZero();
    assertThat(memory.highestPendingBytes()).isBetween(LIMIT_BYTES / 2, LIMIT_BYTES);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void holesAndPartsOfRunsCountToo(boolean inOneRun) throws Exception {
    for (int piece = 0; piece < 20_000; piece++) {
      memory.awaitMemory(this::commit);
      Batch batch = gate.enter();
      FileDelta delta = batch.file(1);
      if (inOneRun && delta.intervals().isEmpty()) {
        delta.write(0, ByteBuffer.allocate(100_000), memory, (buffer, at) -> {});
      }
      delta.punch(piece * 4L, piece * 4L + 1, memory);
      gate.exit();
      assertThat(memory.pendingBytes())
          .isLessThanOrEqualTo(LIMIT_BYTES + memory.pendingBytesOf(100_000));
      assertThat(intervals() * PIECE_HEAP_BYTES).isLessThan(LIMIT_BYTES);
    }
    assertThat(commits).isPositive();
  }

  /** The record of a commit must fit what the journal has left, on the smallest drive, too. */
  @ParameterizedTest
  @ValueSource(longs = {32 << 10, 1 << 20, 64 << 20})
  void metadataWaitBeforeTheyAreMoreThanTheJournalTakes(long metadataBytes) throws Exception {
    DirtyMemory bounded =
        new DirtyMemory(LIMIT_BYTES, metadataBytes, gate::pendingMetadataBytes, () -> false);
    long most = 0;
    for (int name = 0; name < 20_000; name++) {
      bounded.awaitMemory(this::commit);
      gate.enter().put(ColumnFamily.INODES, Keys.inode(name), new byte[100]);
      gate.exit();
      most = Math.max(most, gate.pendingMetadataBytes());
    }
    assertThat(commits).isPositive();
    long expected = Math.min(metadataBytes, LIMIT_BYTES / DirtyMemory.METADATA_WEIGHT);
    assertThat(most).isBetween(expected / 4, expected + 1000);
  }

  @Test
  void anotherLimitCountsAtOnce() throws Exception {
    DirtyMemory memory = new DirtyMemory(8 << 20, 8 << 20, () -> 0, () -> false);
    ByteBuffer buffer = memory.acquire(DirtyMemory.LARGE_BYTES);
    assertThat(memory.isShort()).isFalse();
    memory.changeLimit(1 << 19);
    assertThat(memory.isShort()).isTrue();
    assertThat(memory.hasMemory(() -> {})).isFalse();
    TestThread waiter = new TestThread("waiter", () -> memory.awaitMemory(() -> {}));
    waiter.awaitWaiting();
    memory.changeLimit(64 << 20);
    waiter.finish();
    assertThat(memory.limitBytes()).isEqualTo(64 << 20);
    memory.release(buffer);
    memory.changeLimit(1 << 20);
    // What the pool held beyond half of the limit is gone: this one is new.
    assertThat(memory.acquire(DirtyMemory.LARGE_BYTES)).isNotSameAs(buffer);
  }

  /**
   * The commit that was asked for gives memory back, and others take it before the waiter looks.
   */
  @Test
  void whoWaitsAsksForACommitAgain() throws Exception {
    DirtyMemory small = new DirtyMemory(1 << 20, 1 << 20, () -> 0, () -> false);
    AtomicInteger asked = new AtomicInteger();
    CountDownLatch again = new CountDownLatch(2);
    List<ByteBuffer> taken = Collections.synchronizedList(new ArrayList<>());
    taken.add(small.acquire(2 << 20));
    taken.add(small.acquire(2 << 20));
    TestThread waiter =
        new TestThread(
            "waiter",
            () ->
                assertThat(
                        small.awaitMemory(
                            () -> {
                              assertThat(Thread.holdsLock(small)).isFalse();
                              small.release(taken.remove(0));
                              if (asked.incrementAndGet() == 1) {
                                taken.add(small.acquire(2 << 20));
                              }
                              again.countDown();
                            }))
                    .isTrue());
    assertThat(again.await(20, TimeUnit.SECONDS)).as("asked again").isTrue();
    waiter.finish();
    assertThat(asked.get()).isBetween(2, 3);
  }
}
