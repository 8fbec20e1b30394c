// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.util.HashMap;
import java.util.Map;
import zonefsj.fs.meta.CachingMetadataStore;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** The contract for a cache that holds everything, over the store in memory. */
final class MetadataStoreCachingMemoryTest extends MetadataStoreContractTest {
  private final Map<String, MemoryMetadataStores> places = new HashMap<>();

  @Override
  MetadataStores place(String name) {
    return new MetadataStoreWrappedStores(
        places.computeIfAbsent(name, n -> new MemoryMetadataStores()),
        store -> new CachingMetadataStore(store, 4 << 20));
  }

  @Override
  void crash(MetadataStores place, MetadataStore victim) {
    ((MemoryMetadataStores) ((MetadataStoreWrappedStores) place).below()).crash();
  }
}
