package zonefsj.tests.contract;

import java.io.IOException;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/** The contract for the cache over the index in RocksDB, as a mount has it. */
final class MetadataStoreCachingRocksTest extends MetadataStoreContractTest {
  @Override
  MetadataStores place(String name) {
    return new MetadataStoreCachingStores(
        new RocksMetadataStores(directory.resolve(name), 4 << 20));
  }

  @Override
  void crash(MetadataStores place, MetadataStore victim) throws IOException {
    victim.close();
  }
}
