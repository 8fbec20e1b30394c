// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;

/** What keeps inodes alive, beside plain maps, and how much of it there may be. */
class OpenFilesTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void tablesSayWhatMapsSay(int seed) {
    Random random = new Random(seed);
    NumberTable table = new NumberTable();
    Map<Long, Long> expected = new HashMap<>();
    for (int step = 0; step < 200_000; step++) {
      // Grows and shrinks by turns.
      int range = step / 50_000 % 2 == 0 ? 20_000 : 300;
      long key = 1L + random.nextInt(range);
      long delta = random.nextInt(7) - 3L;
      long now = Math.max(0, expected.getOrDefault(key, 0L) + delta);
      assertSame(step, table.add(key, delta), now);
      if (now == 0) {
        expected.remove(key);
      } else {
        expected.put(key, now);
      }
      long other = random.nextInt(25_000);
      assertSame(step, table.get(other), expected.getOrDefault(other, 0L));
    }
    Set<Long> keys = new HashSet<>();
    for (int stripe = 0; stripe < NumberTable.STRIPES; stripe++) {
      for (long key : table.keys(stripe, value -> value > 1)) {
        assertThat(keys.add(key)).isTrue();
      }
    }
    expected.values().removeIf(value -> value <= 1);
    assertThat(keys).isEqualTo(expected.keySet());
  }

  /** Called so often that an assertion for each would take most of the time. */
  private static void assertSame(int step, long actual, long expected) {
    if (actual != expected) {
      throw new AssertionError("step " + step + ": " + actual + ", not " + expected);
    }
  }

  @Test
  void aHandleKnowsHowItWasOpened() throws ErrnoException {
    OpenFiles open = new OpenFiles(100);
    Map<Long, OpenFiles.Handle> handles = new HashMap<>();
    for (int bits = 0; bits < 32; bits++) {
      OpenFlags flags =
          new OpenFlags(
              (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0);
      long inode = bits == 7 ? Long.MAX_VALUE : bits + 1;
      handles.put(open.open(inode, flags), new OpenFiles.Handle(inode, flags));
    }
    for (Map.Entry<Long, OpenFiles.Handle> entry : handles.entrySet()) {
      OpenFiles.Handle handle = entry.getValue();
      assertThat(open.get(entry.getKey())).isEqualTo(handle);
      assertThat(open.isInUse(handle.inode())).isTrue();
      assertThat(open.close(entry.getKey())).isFalse();
      assertThat(open.close(entry.getKey())).isFalse();
      assertThat(open.isInUse(handle.inode())).isFalse();
      assertRefused(Errno.EBADF, () -> open.get(entry.getKey()));
    }
    assertRefused(Errno.EBADF, () -> open.get(0));
  }

  @Test
  void anInodeWithoutANameEndsWithItsLastUse() throws Exception {
    OpenFiles open = new OpenFiles(100);
    long first = open.open(5, OpenFlags.READ);
    long second = open.open(5, OpenFlags.READ);
    open.retain(5);
    open.addUnnamed(5);
    assertThat(open.isNeverNamed(5)).isFalse();
    assertThat(open.close(first)).isFalse();
    assertThat(open.forget(5, 1)).isFalse();
    assertThat(open.close(second)).isTrue();
    open.removeUnnamed(5);
    assertThat(open.ended()).isEqualTo(1);
    assertThat(open.forget(5, 1)).isFalse();

    long handle = open.open(6, OpenFlags.READ_WRITE);
    open.addNeverNamed(6);
    assertThat(open.isNeverNamed(6)).isTrue();
    open.retain(6);
    assertThat(open.close(handle)).isFalse();
    open.retain(7);
    open.retain(8);
    open.addUnnamed(8);
    open.retain(9);
    open.addUnnamed(9);
    open.open(9, OpenFlags.READ);
    List<Long> over = new ArrayList<>();
    open.forgetAll(
        inode -> {
          over.add(inode);
          open.removeUnnamed(inode);
        });
    assertThat(over).containsExactlyInAnyOrder(6L, 8L);
    assertThat(open.isNeverNamed(6)).isFalse();
    assertThat(open.isInUse(9)).isTrue();
  }

  @Test
  void tooManyHandlesAreRefusedAndComeBack() throws ErrnoException {
    OpenFiles open = new OpenFiles(3);
    List<Long> handles = new ArrayList<>();
    for (int file = 1; file <= 3; file++) {
      open.checkRoom();
      handles.add(open.open(file, OpenFlags.READ));
    }
    assertRefused(Errno.ENFILE, open::checkRoom);
    open.close(handles.get(0));
    open.close(handles.get(0));
    open.checkRoom();
    open.open(9, OpenFlags.READ);
    assertRefused(Errno.ENFILE, open::checkRoom);
  }

  /** What open files without a name take in all, just above the number that doubles a table. */
  @Test
  void anOpenFileWithoutANameTakesNoMoreThanIsStated() throws ErrnoException {
    int files = 100_000;
    OpenFiles open = new OpenFiles(files);
    for (int file = 1; file <= files; file++) {
      open.checkRoom();
      open.open(file, OpenFlags.READ_WRITE);
      open.retain(file);
      open.addUnnamed(file);
    }
    assertThat(open.memoryBytes()).isBetween(64L * files, 129L * files);
    assertRefused(Errno.ENFILE, open::checkRoom);
  }

  /**
   * How many inodes the kernel knows is its own business: a million of find's files more must not
   * end the daemon. They are outside the heap, and what is forgotten is given back. The least that
   * the table takes is more than twice what the heap may grow.
   */
  @Test
  void whatTheKernelKnowsIsNotOnTheHeap() throws Exception {
    int inodes = 1_600_000;
    OpenFiles open = new OpenFiles(1);
    long before = usedHeap();
    for (int inode = 1; inode <= inodes; inode++) {
      open.retain(inode);
    }
    assertThat(usedHeap() - before).isLessThan(16 << 20);
    assertThat(open.memoryBytes()).isBetween(21L * inodes, 43L * inodes + (1 << 20));
    assertThat(open.isInUse(inodes / 2)).isTrue();
    assertThat(open.isInUse(inodes + 1)).isFalse();
    for (int inode = 1; inode <= inodes; inode++) {
      if (inode % 1000 != 0) {
        open.forget(inode, 1);
      }
    }
    assertThat(open.memoryBytes()).isLessThan(64L * inodes / 1000 + (1 << 20));
    assertThat(open.isInUse(inodes / 2)).isTrue();
    open.forgetAll(over -> {});
    assertThat(open.isInUse(inodes / 2)).isFalse();
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private interface Call {
    void run() throws ErrnoException;
  }

  private static void assertRefused(Errno errno, Call call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            ErrnoException.class, refused -> assertThat(refused.errno()).isEqualTo(errno));
  }
}
