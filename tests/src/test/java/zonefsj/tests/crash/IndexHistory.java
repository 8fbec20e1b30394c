// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** What was durable of the index on the host, before each change of the drive. */
final class IndexHistory {
  private final MemoryMetadataStores stores;
  private final List<MemoryMetadataStores> copies = new ArrayList<>();

  IndexHistory(MemoryMetadataStores stores) {
    this.stores = stores;
  }

  /** A change is about to be tried; of several tries the last counts. */
  void before(int change) {
    if (copies.size() > change) {
      copies.set(change, stores.copyOfDurable());
    } else {
      copies.add(stores.copyOfDurable());
    }
  }

  /** A copy for a crash behind this many changes. */
  MemoryMetadataStores at(int cut) {
    MemoryMetadataStores copy = cut < copies.size() ? copies.get(cut) : stores;
    return copy.copyOfDurable();
  }
}
