// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.util.HashMap;
import java.util.Map;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** The contract for a buffer that keeps every change, over the store in memory. */
final class MetadataStoreBufferingMemoryTest extends MetadataStoreContractTest {
  private final Map<String, MemoryMetadataStores> places = new HashMap<>();

  @Override
  MetadataStores place(String name) {
    return new MetadataStoreBufferingStores(
        places.computeIfAbsent(name, n -> new MemoryMetadataStores()), 64 << 20);
  }

  @Override
  void crash(MetadataStores place, MetadataStore victim) {
    ((MemoryMetadataStores) ((MetadataStoreBufferingStores) place).below()).crash();
  }
}
