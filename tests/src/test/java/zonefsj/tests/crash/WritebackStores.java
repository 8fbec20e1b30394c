// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.util.SplittableRandom;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/** An index that makes some batches durable without being asked, as a real one does. */
final class WritebackStores extends DelegatingStores {
  private final SplittableRandom random;

  WritebackStores(MetadataStores delegate, SplittableRandom random) {
    super(delegate);
    this.random = random;
  }

  @Override
  protected MetadataStore existing(MetadataStore store) {
    return new Store(store);
  }

  @Override
  protected MetadataStore made(MetadataStore store) {
    return new Store(store);
  }

  private final class Store extends DelegatingStore {
    Store(MetadataStore store) {
      super(store);
    }

    @Override
    public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
      super.apply(batch, mark);
      if (random.nextInt(3) == 0) {
        flush();
      }
    }
  }
}
