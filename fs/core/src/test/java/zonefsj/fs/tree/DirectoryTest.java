// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/**
 * Names by hash. Names with one hash are hard to find: here entries of other names are put where
 * they would be, behind the first cookie of a name.
 */
class DirectoryTest {
  private static final long PARENT = 1;
  private static final int SLOTS = 256;
  private static final int FILE = 0x8000;
  private static final byte[] NAME = name("wanted");

  private final Directory directory = new Directory(new UUID(3, 4));
  private final BatchGate gate = new BatchGate();
  private final MetadataView view;
  private final Batch batch = gate.layers().open();

  DirectoryTest() throws IOException {
    view = new MetadataView(gate, new MemoryMetadataStores().create());
  }

  private static byte[] name(String name) {
    return name.getBytes(US_ASCII);
  }

  private static EntryRecord entry(long inode, byte[] name) {
    return new EntryRecord(inode, FILE, name);
  }

  private Directory.@Nullable FoundEntry find(byte[] name) throws IOException {
    return directory.find(view, PARENT, name);
  }

  /** Other names take the first slots of the hash of the wanted one. */
  private void takeSlots(int count) {
    for (int slot = 0; slot < count; slot++) {
      directory.add(batch, PARENT, cookie(slot), entry(100L + slot, name("other " + slot)));
    }
  }

  private long cookie(int slot) {
    return directory.firstCookie(NAME) + slot;
  }

  private void add(byte[] name, long inode) throws IOException, ErrnoException {
    directory.add(batch, PARENT, directory.freeCookie(view, PARENT, name), entry(inode, name));
  }

  private void remove(int slot) throws IOException {
    byte[] value = Objects.requireNonNull(view.get(ColumnFamily.ENTRIES, key(slot)));
    Directory.FoundEntry found =
        new Directory.FoundEntry(cookie(slot), Objects.requireNonNull(EntryRecord.decode(value)));
    directory.remove(batch, PARENT, found, directory.isFollowed(view, PARENT, found));
  }

  private byte[] key(int slot) {
    return Keys.entry(PARENT, cookie(slot));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 255})
  void aNameIsFoundBehindOthersOfItsHash(int others) throws Exception {
    takeSlots(others);
    assertThat(find(NAME)).isNull();
    add(NAME, 7);
    assertThat(find(NAME)).isEqualTo(new Directory.FoundEntry(cookie(others), entry(7, NAME)));
    assertThat(view.get(ColumnFamily.PARENTS, Keys.parent(7, PARENT, cookie(others)))).isNotNull();
  }

  @Test
  void asManyNamesOfOneHashAsThereAreSlots() throws Exception {
    takeSlots(SLOTS);
    assertThat(find(NAME)).isNull();
    assertThatThrownBy(() -> add(NAME, 7))
        .isInstanceOfSatisfying(
            ErrnoException.class, full -> assertThat(full.errno()).isEqualTo(Errno.ENOSPC));
    remove(SLOTS - 1);
    add(NAME, 7);
    assertThat(Objects.requireNonNull(find(NAME)).cookie()).isEqualTo(cookie(SLOTS - 1));
  }

  @Test
  void aRemovedNameLeavesAGapForThoseBehindIt() throws Exception {
    takeSlots(2);
    add(NAME, 7);
    remove(0);
    remove(1);
    assertThat(Objects.requireNonNull(find(NAME)).cookie()).isEqualTo(cookie(2));
    assertThat(view.get(ColumnFamily.ENTRIES, key(0))).isEmpty();
    assertThat(directory.freeCookie(view, PARENT, name("wanted"))).isEqualTo(cookie(0));
  }

  @Test
  void theLastNameOfAHashLeavesNothing() throws Exception {
    takeSlots(2);
    remove(1);
    assertThat(view.get(ColumnFamily.ENTRIES, key(1))).isNull();
    assertThat(view.get(ColumnFamily.PARENTS, Keys.parent(101, PARENT, cookie(1)))).isNull();
    assertThat(view.get(ColumnFamily.ENTRIES, key(0))).isNotEmpty();
  }

  /** Behind the last slot begins another hash, which nobody looks for from here. */
  @Test
  void theNextHashDoesNotFollow() throws Exception {
    takeSlots(SLOTS + 1);
    remove(SLOTS - 1);
    assertThat(view.get(ColumnFamily.ENTRIES, key(SLOTS - 1))).isNull();
  }

  @Test
  void anotherInodeTakesNameAndCookie() throws Exception {
    takeSlots(1);
    add(NAME, 7);
    directory.replace(batch, PARENT, Objects.requireNonNull(find(NAME)), entry(8, NAME));
    assertThat(find(NAME)).isEqualTo(new Directory.FoundEntry(cookie(1), entry(8, NAME)));
    assertThat(view.get(ColumnFamily.PARENTS, Keys.parent(7, PARENT, cookie(1)))).isNull();
    assertThat(view.get(ColumnFamily.PARENTS, Keys.parent(8, PARENT, cookie(1)))).isNotNull();
  }

  /** A hard link may be replaced by another name of the same inode. */
  @Test
  void theSameInodeKeepsItsParentLink() throws Exception {
    add(NAME, 7);
    directory.replace(batch, PARENT, Objects.requireNonNull(find(NAME)), entry(7, NAME));
    assertThat(view.get(ColumnFamily.PARENTS, Keys.parent(7, PARENT, cookie(0)))).isNotNull();
  }

  @Test
  void aDirectoryOfGapsIsEmpty() throws Exception {
    assertThat(Directory.isEmpty(view, PARENT)).isTrue();
    takeSlots(2);
    directory.add(batch, PARENT + 1, cookie(0), entry(50, NAME));
    remove(0);
    assertThat(Directory.isEmpty(view, PARENT)).isFalse();
    remove(1);
    assertThat(view.get(ColumnFamily.ENTRIES, key(0))).isEmpty();
    assertThat(Directory.isEmpty(view, PARENT)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void cookiesStayWhileOthersComeAndGo(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Directory.FoundEntry> expected = new HashMap<>();
    for (int step = 0; step < 3_000; step++) {
      String name = "file " + random.nextInt(200);
      Directory.FoundEntry there = expected.get(name);
      if (there == null) {
        add(name(name), step + 1L);
        expected.put(name, Objects.requireNonNull(find(name(name))));
      } else {
        directory.remove(batch, PARENT, there, directory.isFollowed(view, PARENT, there));
        expected.remove(name);
      }
      String other = "file " + random.nextInt(200);
      assertThat(find(name(other))).as("%s, seed %d", other, seed).isEqualTo(expected.get(other));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void cookiesAreNumbersThatAListingCanReturn(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Directory other = new Directory(new UUID(random.nextLong(), random.nextLong()));
    for (int step = 0; step < 3_000; step++) {
      byte[] name = new byte[1 + random.nextInt(255)];
      random.nextBytes(name);
      long first = other.firstCookie(name);
      assertThat(first).as("seed %d", seed).isGreaterThanOrEqualTo(Directory.FIRST_COOKIE);
      assertThat(first % SLOTS).as("seed %d", seed).isZero();
      assertThat(first).as("two filesystems hash alike").isNotEqualTo(directory.firstCookie(name));
    }
  }

  @Test
  void aListingGoesOnBehindAnEntryAndRefusesCookiesThatAreNone() throws IOException {
    assertThat(Directory.cookieBehind(Keys.entry(PARENT, 256))).isEqualTo(257);
    for (long damaged : new long[] {-1, 0, 255, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> Directory.cookieBehind(Keys.entry(PARENT, damaged)))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void dotsAreTwoNames() {
    assertThat(Directory.isDots(name("."))).isTrue();
    assertThat(Directory.isDots(name(".."))).isTrue();
    assertThat(Directory.isDots(name("..."))).isFalse();
    assertThat(Directory.isDots(name(".a"))).isFalse();
    assertThat(Directory.isDots(name("a"))).isFalse();
  }
}
