// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/** RocksDB finds blocks in its cache by the identity of their table, and believes that. */
class SharedIdentityTest {
  private static final long CACHE_BYTES = 4 << 20;
  private static final String TRUSTED = "zonefsj.checkpoint.trusted";

  @Test
  void twoTablesOfOneIdentityAreRefused(@TempDir Path directory) throws Exception {
    RocksMetadataStores stores = new RocksMetadataStores(directory.resolve("index"), CACHE_BYTES);
    CraftedIndex crafted = CraftedIndexCase.good(0).identified();
    assertThatThrownBy(() -> stores.restore(crafted))
        .hasMessageContaining("MANIFEST")
        .hasMessageContaining("two tables have one identity")
        .hasMessageContaining("ZONEFSJ_JAVA_OPTS=-D" + TRUSTED + "=true");
  }

  @Test
  void whoeverTrustsADriveCanLeaveTheCheckOut(@TempDir Path directory) throws Exception {
    RocksMetadataStores stores = new RocksMetadataStores(directory.resolve("index"), CACHE_BYTES);
    CraftedIndex crafted = CraftedIndexCase.good(0).identified();
    System.setProperty(TRUSTED, "true");
    try (MetadataStore store = stores.restore(crafted)) {
      assertThat(store.mark()).contains(crafted.mark());
    } finally {
      System.clearProperty(TRUSTED);
    }
  }
}
