// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/** The contract for a buffer that is often full, over the index in RocksDB. */
final class MetadataStoreBufferingRocksTest extends MetadataStoreContractTest {
  @Override
  MetadataStores place(String name) {
    return new MetadataStoreBufferingStores(
        new RocksMetadataStores(directory.resolve(name), 4 << 20), 8 << 10);
  }

  @Override
  void crash(MetadataStores place, MetadataStore victim) throws IOException {
    victim.close();
  }
}
