// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import zonefsj.fs.meta.CachingMetadataStore;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/** The contract for a cache that is too small, over the index in RocksDB. */
final class MetadataStoreCachingRocksTest extends MetadataStoreContractTest {
  @Override
  MetadataStores place(String name) {
    return new MetadataStoreWrappedStores(
        new RocksMetadataStores(directory.resolve(name), 4 << 20),
        store -> new CachingMetadataStore(store, 8 << 10));
  }

  @Override
  void crash(MetadataStores place, MetadataStore victim) throws IOException {
    victim.close();
  }
}
