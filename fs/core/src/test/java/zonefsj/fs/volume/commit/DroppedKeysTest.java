// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.stored.BatchRecord;

/** Few keys go one by one, many by a range: what is left in the index is the same. */
class DroppedKeysTest {
  private static final long INODE = 7;
  private static final int LIMIT = 64;
  private static final byte[] NOTHING = new byte[0];

  private final MetadataStore index = new MemoryMetadataStores().create();

  DroppedKeysTest() throws IOException {}

  private void apply(BatchRecord record) throws IOException {
    index.apply(record, new AppliedPosition(CommitVolume.FILESYSTEM, 0, 0));
  }

  private Set<String> keys(ColumnFamily family) throws IOException {
    TreeSet<String> found = new TreeSet<>();
    index.scan(
        family,
        NOTHING,
        null,
        (key, value) -> found.add(Keys.leadingInode(key) + ":" + Keys.extentEnd(key)));
    return found;
  }

  /** Keys of a file and of its neighbours; then some are dropped, and some of these put anew. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void onlyWhatIsDroppedGoes(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    int extents = LIMIT - 2 + random.nextInt(5);
    BatchRecord.Builder before = new BatchRecord.Builder();
    TreeSet<String> expected = new TreeSet<>();
    TreeSet<String> expectedStaged = new TreeSet<>();
    for (long inode = INODE - 1; inode <= INODE + 1; inode++) {
      for (long end : new long[] {0, 10, 99_999, Long.MAX_VALUE}) {
        before.put(ColumnFamily.EXTENTS, Keys.extent(inode, end), NOTHING);
        before.put(ColumnFamily.STAGED, Keys.extent(inode, end), NOTHING);
        expected.add(inode + ":" + end);
        expectedStaged.add(inode + ":" + end);
      }
    }
    DroppedKeys dropped = new DroppedKeys(INODE, LIMIT);
    Map<Long, Extent> replaced = new TreeMap<>();
    boolean mayBeInline = random.nextBoolean();
    for (int extent = 0; extent < extents; extent++) {
      long end = 100 + 10L * extent;
      boolean inline = mayBeInline && random.nextInt(3) == 0;
      before.put(ColumnFamily.EXTENTS, Keys.extent(INODE, end), NOTHING);
      if (inline) {
        before.put(ColumnFamily.STAGED, Keys.extent(INODE, end), NOTHING);
      }
      dropped.add(end, inline);
      if (random.nextInt(4) == 0) {
        replaced.put(end, Extent.lost(end - 10, 10));
        expected.add(INODE + ":" + end);
      }
    }
    apply(before.build());
    BatchRecord.Builder record = new BatchRecord.Builder();
    dropped.write(record, 100, 100 + 10L * extents, replaced);
    for (long end : replaced.keySet()) {
      record.put(ColumnFamily.EXTENTS, Keys.extent(INODE, end), NOTHING);
    }
    apply(record.build());
    assertThat(keys(ColumnFamily.EXTENTS))
        .as("%d extents, seed %d", extents, seed)
        .isEqualTo(expected);
    assertThat(keys(ColumnFamily.STAGED))
        .as("%d extents, seed %d", extents, seed)
        .isEqualTo(expectedStaged);
  }

  /** A record of one change for any number of keys. */
  @Test
  void manyKeysTakeOneChange() {
    for (int count : new int[] {LIMIT, LIMIT + 1, 10_000}) {
      DroppedKeys dropped = new DroppedKeys(INODE, LIMIT);
      for (int key = 1; key <= count; key++) {
        dropped.add(key, false);
      }
      BatchRecord.Builder record = new BatchRecord.Builder();
      dropped.write(record, 1, count, Map.of());
      assertThat(record.changes()).as("%d keys", count).isEqualTo(count > LIMIT ? 1 : count);
    }
  }

  @Test
  void aFileThatIsGoneLeavesNoKeyOfItsOwnAndAllOfOthers() throws IOException {
    BatchRecord.Builder before = new BatchRecord.Builder();
    DroppedKeys dropped = new DroppedKeys(INODE, LIMIT);
    for (int key = 0; key <= LIMIT; key++) {
      before.put(ColumnFamily.EXTENTS, Keys.extent(INODE, 100L * key), NOTHING);
      dropped.add(100L * key, key == LIMIT);
    }
    before.put(ColumnFamily.STAGED, Keys.extent(INODE, 100L * LIMIT), NOTHING);
    before.put(ColumnFamily.EXTENTS, Keys.extent(INODE - 1, Long.MAX_VALUE), NOTHING);
    before.put(ColumnFamily.EXTENTS, Keys.extent(INODE + 1, 0), NOTHING);
    apply(before.build());
    BatchRecord.Builder record = new BatchRecord.Builder();
    dropped.write(record, 0, Long.MAX_VALUE, Map.of());
    apply(record.build());
    assertThat(keys(ColumnFamily.EXTENTS))
        .containsExactly((INODE - 1) + ":" + Long.MAX_VALUE, (INODE + 1) + ":0");
    assertThat(keys(ColumnFamily.STAGED)).isEmpty();
  }
}
