// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/** Tables on which RocksDB crashes, or needs more memory than a host has. */
class CraftedTableTest {
  private static final long CACHE_BYTES = 4 << 20;

  private RocksMetadataStores stores;

  @BeforeEach
  void prepare(@TempDir Path directory) {
    stores = new RocksMetadataStores(directory.resolve("index"), CACHE_BYTES);
  }

  private void assertRefused(Function<CraftedTable, byte[]> change, String words) throws Exception {
    CraftedIndex crafted = CraftedIndexCase.good(0).withTables(change);
    assertThatThrownBy(() -> stores.restore(crafted)).hasMessageContaining(words);
  }

  @Test
  void unchangedTablesAreTaken() throws Exception {
    CraftedIndex same = CraftedIndexCase.good(0).withTables(CraftedTable::write);
    try (MetadataStore store = stores.restore(same)) {
      assertThat(store.mark()).contains(same.mark());
    }
  }

  /** RocksDB divides by the sum of both: SIGFPE. */
  @Test
  void tablesWithoutTheLengthsOfTheirEntriesAreRefused() throws Exception {
    assertRefused(
        table -> table.without("rocksdb.raw.key.size", "rocksdb.raw.value.size"),
        "it lacks properties");
  }

  /** RocksDB copies each name: 100 MiB for this block, 50 GiB for the longest. */
  @Test
  void keysThatShareTooManyBytesAreRefused() throws Exception {
    assertRefused(table -> table.withLongNames(400, 1 << 18), "a key of a block is too long");
  }
}
