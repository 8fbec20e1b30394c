// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.TestThread;

/** Operations on the same inodes exclude each other, and never wait for each other for ever. */
class InodeLocksTest {
  private static final int INODES = 12;
  private static final int THREADS = 4;
  private static final int SETS = 3_000;
  private static final int MOST_IN_A_SET = 4;

  private final InodeLocks locks = new InodeLocks();

  /** Two inodes whose locks are not the same one. */
  private long[] twoStripes(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long first = random.nextLong(1, 1L << 40);
    long second = first;
    while (locks.of(second) == locks.of(first)) {
      second = random.nextLong(1, 1L << 40);
    }
    return new long[] {first, second};
  }

  /** Each waits for the first of the two; then neither may have what the other takes next. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void setsAreLockedInOneOrderHoweverTheyAreNamed(long seed) throws Exception {
    long[] inodes = twoStripes(seed);
    for (long held : inodes) {
      InodeLocks.Held before = locks.lock(held);
      TestThread one = new TestThread("one", () -> locks.lock(inodes[0], inodes[1]).close());
      one.awaitWaiting();
      TestThread other = new TestThread("other", () -> locks.lock(inodes[1], inodes[0]).close());
      other.awaitWaiting();
      before.close();
      one.finish();
      other.finish();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void randomSetsExcludeEachOther(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    int[] changes = new int[INODES];
    List<TestThread> threads = new ArrayList<>();
    int expected = 0;
    for (int thread = 0; thread < THREADS; thread++) {
      List<long[]> sets = new ArrayList<>();
      for (int set = 0; set < SETS; set++) {
        // The same inode is often named twice.
        sets.add(random.longs(1 + random.nextInt(MOST_IN_A_SET), 0, INODES).toArray());
        expected += sets.get(set).length;
      }
      threads.add(
          new TestThread(
              "seed " + seed + ", thread " + thread,
              () -> {
                for (long[] set : sets) {
                  try (InodeLocks.Held held = locks.lock(set)) {
                    assertThat(held).isNotNull();
                    for (long inode : set) {
                      changes[(int) inode]++;
                    }
                  }
                }
              }));
    }
    for (TestThread thread : threads) {
      thread.finish();
    }
    int sum = 0;
    for (int inode = 0; inode < INODES; inode++) {
      sum += changes[inode];
      assertThat(locks.of(inode).isWriteLocked()).isFalse();
    }
    assertThat(sum).as("changes, seed %d", seed).isEqualTo(expected);
  }

  /** The collector waits so for readers, who hold the lock of one inode. */
  @Test
  void aSetWaitsForAReaderOfOneOfItsInodes() throws Exception {
    long[] inodes = twoStripes(1);
    ReentrantReadWriteLock lock = locks.of(inodes[1]);
    TestThread writer;
    lock.readLock().lock();
    try {
      writer = new TestThread("writer", () -> locks.lock(inodes).close());
      writer.awaitWaiting();
    } finally {
      lock.readLock().unlock();
    }
    writer.finish();
  }

  @Test
  void oneInodeNamedTwiceIsFreeAfterOneClose() throws Exception {
    InodeLocks.Held held = locks.lock(5, 9, 5, 5);
    assertThat(locks.of(5).isWriteLockedByCurrentThread()).isTrue();
    held.close();
    assertThat(locks.of(5).isWriteLocked()).isFalse();
    assertThat(locks.of(9).isWriteLocked()).isFalse();
  }

  /** Numbers are given one after the other: those must not share their locks. */
  @Test
  void inodesThatFollowEachOtherHaveLocksOfTheirOwn() {
    long distinct =
        LongStream.range(1, 513)
            .mapToObj(locks::of)
            .mapToInt(System::identityHashCode)
            .distinct()
            .count();
    assertThat(distinct).isGreaterThan(400);
  }
}
