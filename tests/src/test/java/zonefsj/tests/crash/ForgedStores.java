// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.util.Optional;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/** An index that claims a mark that is not its own. */
final class ForgedStores extends DelegatingStores {
  private final Optional<AppliedPosition> claimed;

  /**
   * @param claimed the mark; empty for the right one
   */
  ForgedStores(MetadataStores delegate, Optional<AppliedPosition> claimed) {
    super(delegate);
    this.claimed = claimed;
  }

  @Override
  protected MetadataStore existing(MetadataStore store) {
    return claimed.isEmpty() ? store : new Forged(store);
  }

  private final class Forged extends DelegatingStore {
    Forged(MetadataStore store) {
      super(store);
    }

    @Override
    public Optional<AppliedPosition> mark() {
      return claimed;
    }
  }
}
