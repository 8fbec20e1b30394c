// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.TestThread;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;

/** What a batch says it holds, and what it counts for. */
class BatchTest {
  private static final int THREADS = 4;
  private static final int STEPS = 5_000;
  private static final int KEYS = 50;

  private final Batch batch = new Batch(1);

  @Test
  void accessTimesAndContentThatMovesAreNoChangesOfFiles() {
    batch.putAccessTime(Keys.inode(1), new byte[1]);
    batch.file(2);
    batch.put(ColumnFamily.META, Keys.NEXT_INODE, new byte[1]);
    assertThat(batch.isEmpty()).isFalse();
    assertThat(batch.changesFiles()).isFalse();
    batch.put(ColumnFamily.INODES, Keys.inode(2), new byte[1]);
    assertThat(batch.changesFiles()).isTrue();
  }

  @Test
  void itsAgeIsThatOfTheFirstChange() {
    assertThat(batch.ageNanos()).isZero();
    batch.put(ColumnFamily.INODES, Keys.inode(1), new byte[1]);
    long age = batch.ageNanos();
    assertThat(age).isNotNegative();
    batch.delete(ColumnFamily.INODES, Keys.inode(1));
    assertThat(batch.ageNanos()).isGreaterThanOrEqualTo(age);
  }

  /** A file that is written at again and again has one inode record. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void aKeyCountsOnceHoweverOftenItChanges(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<Integer, byte @Nullable []> expected = new HashMap<>();
    for (int step = 0; step < STEPS; step++) {
      int key = random.nextInt(KEYS);
      if (random.nextInt(3) == 0) {
        batch.delete(ColumnFamily.INODES, Keys.inode(key));
        expected.put(key, null);
      } else {
        byte[] value = new byte[random.nextInt(40)];
        batch.put(ColumnFamily.INODES, Keys.inode(key), value);
        expected.put(key, value);
      }
    }
    Batch plain = new Batch(2);
    expected.forEach(
        (key, value) -> {
          if (value == null) {
            plain.delete(ColumnFamily.INODES, Keys.inode(key));
          } else {
            plain.put(ColumnFamily.INODES, Keys.inode(key), value);
          }
        });
    assertThat(batch.metadataBytes())
        .as("bytes of %d keys, seed %d", expected.size(), seed)
        .isEqualTo(plain.metadataBytes());
    expected.forEach(
        (key, value) -> {
          byte[] found = Objects.requireNonNull(batch.of(ColumnFamily.INODES).get(Keys.inode(key)));
          assertThat(found).isEqualTo(value == null ? Batch.DELETED : value);
          assertThat(Batch.isDeleted(found))
              .as("key %d, seed %d", key, seed)
              .isEqualTo(value == null);
        });
  }

  @Test
  void manyThreadsCountAKeyOnce() throws Exception {
    List<TestThread> threads = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      int length = 10 * thread;
      threads.add(
          new TestThread(
              "thread " + thread,
              () -> {
                for (int step = 0; step < STEPS; step++) {
                  batch.put(ColumnFamily.INODES, Keys.inode(step % 3), new byte[length]);
                  batch.placed(step % 3, 1);
                  batch.reserve(1);
                }
              }));
    }
    for (TestThread thread : threads) {
      thread.finish();
    }
    for (int key = 0; key < 3; key++) {
      batch.put(ColumnFamily.INODES, Keys.inode(key), new byte[1]);
    }
    Batch plain = new Batch(2);
    for (int key = 0; key < 3; key++) {
      plain.put(ColumnFamily.INODES, Keys.inode(key), new byte[1]);
    }
    assertThat(batch.metadataBytes()).isEqualTo(plain.metadataBytes());
    assertThat(batch.reservedBytes()).isEqualTo((long) THREADS * STEPS);
    assertThat(batch.placedBytes().values().stream().mapToLong(bytes -> bytes.get()).sum())
        .isEqualTo((long) THREADS * STEPS);
  }

  @Test
  void anEmptyValueIsNoDeletedKey() {
    batch.put(ColumnFamily.XATTRS, Keys.xattr(1, new byte[] {'a'}), new byte[0]);
    batch.delete(ColumnFamily.XATTRS, Keys.xattr(1, new byte[] {'b'}));
    batch.put(ColumnFamily.XATTRS, Keys.xattr(1, new byte[] {'c'}), Batch.DELETED);
    assertThat(batch.of(ColumnFamily.XATTRS).values().stream().map(Batch::isDeleted))
        .containsExactly(false, true, false);
  }

  static Stream<Consumer<Batch>> changes() {
    return Stream.of(
        batch -> batch.put(ColumnFamily.META, new byte[1], new byte[1]),
        batch -> batch.delete(ColumnFamily.META, new byte[1]),
        batch -> batch.dropAttributes(1),
        batch -> batch.file(1));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void anyChangeIsWorthACommit(Consumer<Batch> change) {
    assertThat(batch.fileIfAny(1)).isNull();
    batch.reserve(0);
    assertThat(batch.isEmpty()).isTrue();
    change.accept(batch);
    assertThat(batch.isEmpty()).isFalse();
    long bytes = batch.metadataBytes();
    assertThat(bytes).isPositive();
    change.accept(batch);
    assertThat(batch.metadataBytes()).isEqualTo(bytes);
  }

  @Test
  void piecesOfAFileCountAsLongAsTheyAreThere() {
    DirtyMemory memory = new DirtyMemory(1 << 20, 1 << 20, batch::metadataBytes, () -> false);
    batch.file(1);
    long empty = batch.metadataBytes();
    for (int piece = 0; piece < 10; piece++) {
      batch.file(1).write(100L * piece, ByteBuffer.allocate(10), memory, (run, at) -> {});
    }
    assertThat(batch.metadataBytes()).isGreaterThan(empty + 10 * 100);
    batch.file(1).delete(memory);
    assertThat(batch.metadataBytes()).isEqualTo(empty);
  }

  @Test
  void aCommitWaitsForEveryWriteThatHasBegun() throws Exception {
    batch.awaitWrites();
    batch.beginWrite();
    batch.beginWrite();
    TestThread committer = new TestThread("committer", batch::awaitWrites);
    committer.awaitWaiting();
    batch.endWrite();
    // It wakes up for a moment, and has to find that one write is left.
    committer.awaitWaiting();
    assertThat(committer.isAlive()).isTrue();
    batch.endWrite();
    committer.finish();
  }
}
