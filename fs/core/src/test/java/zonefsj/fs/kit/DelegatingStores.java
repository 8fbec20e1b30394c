// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.kit;

import java.io.IOException;
import java.util.Optional;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/** The one base of places that hand out other stores than they hold. */
public abstract class DelegatingStores implements MetadataStores {
  private final MetadataStores delegate;

  protected DelegatingStores(MetadataStores delegate) {
    this.delegate = delegate;
  }

  /** What is handed out instead of a store that was there; as it is unless overridden. */
  protected MetadataStore existing(MetadataStore store) throws IOException {
    return store;
  }

  /** What is handed out instead of a store that was made; as it is unless overridden. */
  protected MetadataStore made(MetadataStore store) throws IOException {
    return store;
  }

  @Override
  public final Optional<MetadataStore> openExisting() throws IOException {
    Optional<MetadataStore> store = delegate.openExisting();
    return store.isEmpty() ? store : Optional.of(existing(store.get()));
  }

  @Override
  public final MetadataStore create() throws IOException {
    return made(delegate.create());
  }

  @Override
  public final MetadataStore restore(CheckpointContent content) throws IOException {
    return made(delegate.restore(content));
  }

  @Override
  public final void setAside(String reason) throws IOException {
    delegate.setAside(reason);
  }

  @Override
  public final String describe() {
    return delegate.describe();
  }
}
