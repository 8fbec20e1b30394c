// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.util.HashMap;
import java.util.Map;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.BufferingMetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** The contract for a buffer that keeps every change, over the store in memory. */
final class MetadataStoreBufferingMemoryTest extends MetadataStoreContractTest {
  private final Map<String, MemoryMetadataStores> places = new HashMap<>();

  @Override
  MetadataStores place(String name) {
    return new MetadataStoreWrappedStores(
        places.computeIfAbsent(name, n -> new MemoryMetadataStores()),
        store -> new BufferingMetadataStore(store, 64 << 20, () -> 0, ThreadGuard.LOGGING));
  }

  @Override
  void crash(MetadataStores place, MetadataStore victim) {
    ((MemoryMetadataStores) ((MetadataStoreWrappedStores) place).below()).crash();
  }
}
