// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/** Whatever our RocksDB writes passes: a good checkpoint that is refused is a lost filesystem. */
class GoodImagesTest {
  private static final long CACHE_BYTES = 4 << 20;

  private Path temporary;

  @BeforeEach
  void takeDirectory(@TempDir Path directory) {
    temporary = directory;
  }

  private RocksMetadataStores stores(String name) {
    return new RocksMetadataStores(temporary.resolve(name), CACHE_BYTES);
  }

  /** Takes an image, restores it, and compares. */
  private void restore(MetadataStore store, String name) throws IOException {
    try (CheckpointContent content = store.checkpoint();
        MetadataStore restored = stores(name).restore(content)) {
      for (ColumnFamily family : ColumnFamily.values()) {
        assertThat(sum(restored, family)).as(family.name()).isEqualTo(sum(store, family));
      }
    }
  }

  private static long sum(MetadataStore store, ColumnFamily family) throws IOException {
    long[] sum = new long[1];
    store.scan(
        family,
        new byte[0],
        null,
        (key, value) -> {
          sum[0] = 31 * (31 * sum[0] + ByteBuffer.wrap(key).hashCode());
          sum[0] += ByteBuffer.wrap(value).hashCode();
          return true;
        });
    return sum[0];
  }

  @Test
  void anIndexAtEveryAge() throws IOException {
    for (int inodes : new int[] {3, 100, 20_000}) {
      SplittableRandom random = new SplittableRandom(inodes);
      try (MetadataStore store = stores("index-" + inodes).create()) {
        IndexWorkload workload = new IndexWorkload(store, random, inodes);
        for (int age = 0; age < 12; age++) {
          workload.run(1 + random.nextInt(60));
          if (random.nextInt(3) == 0) {
            store.compact();
          }
          restore(store, "restored-" + inodes + "-" + age);
        }
      }
    }
  }

  @Test
  void anIndexThatIsRestoredAgainAndAgain() throws IOException {
    MetadataStore store = stores("restored-0").create();
    for (int age = 1; age < 6; age++) {
      new IndexWorkload(store, new SplittableRandom(age), 200).run(30);
      MetadataStore next;
      try (CheckpointContent content = store.checkpoint()) {
        next = stores("restored-" + age).restore(content);
      }
      store.close();
      store = next;
    }
    store.close();
  }

  @Test
  void anIndexOfNothingButItsMark() throws IOException {
    try (MetadataStore store = stores("empty").create()) {
      store.apply(sink -> {}, IndexWorkload.mark(1));
      restore(store, "restored");
    }
  }

  @Test
  void anIndexOfNothingButRangeDeletions() throws IOException {
    try (MetadataStore store = stores("ranges").create()) {
      for (int batch = 1; batch < 300; batch++) {
        int number = batch;
        store.apply(
            sink -> {
              for (ColumnFamily family : ColumnFamily.values()) {
                // Some nested, some side by side.
                sink.deleteRange(
                    family, new byte[] {1, (byte) number}, new byte[] {2, (byte) (number * 7)});
                sink.deleteRange(
                    family, new byte[] {9, (byte) number}, new byte[] {9, (byte) number, 1});
              }
            },
            IndexWorkload.mark(number));
      }
      restore(store, "restored");
    }
  }

  /** Indexes and filters of the largest tables that there are, and keys that differ in one byte. */
  @Test
  void anIndexOfLongTables() throws IOException {
    try (MetadataStore store = stores("long").create()) {
      long[] inode = new long[1];
      for (int batch = 1; batch <= 150; batch++) {
        store.apply(
            sink -> {
              for (int key = 0; key < 4000; key++) {
                inode[0]++;
                sink.put(
                    ColumnFamily.ORPHANS,
                    ByteBuffer.allocate(8).putLong(inode[0]).array(),
                    new byte[key % 50 == 0 ? 3000 : 8]);
              }
            },
            IndexWorkload.mark(batch));
      }
      restore(store, "flushed");
      store.compact();
      restore(store, "compacted");
    }
  }
}
