// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.BufferingMetadataStore;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/** The contract for a buffer that is often full, over the index in RocksDB. */
final class MetadataStoreBufferingRocksTest extends MetadataStoreContractTest {
  @Override
  MetadataStores place(String name) {
    return new MetadataStoreWrappedStores(
        new RocksMetadataStores(directory.resolve(name), 4 << 20),
        store -> new BufferingMetadataStore(store, 8 << 10, () -> 0, ThreadGuard.LOGGING));
  }

  @Override
  void crash(MetadataStores place, MetadataStore victim) throws IOException {
    victim.close();
  }
}
