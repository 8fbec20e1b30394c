// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.util.Optional;
import zonefsj.fs.meta.CachingMetadataStore;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/** Puts a cache over every store of a place. */
record MetadataStoreCachingStores(MetadataStores below, long cacheBytes) implements MetadataStores {
  @Override
  public Optional<MetadataStore> openExisting() throws IOException {
    return below.openExisting().map(this::cached);
  }

  @Override
  public MetadataStore create() throws IOException {
    return cached(below.create());
  }

  @Override
  public MetadataStore restore(CheckpointContent content) throws IOException {
    return cached(below.restore(content));
  }

  @Override
  public void setAside(String reason) throws IOException {
    below.setAside(reason);
  }

  @Override
  public String describe() {
    return below.describe();
  }

  private MetadataStore cached(MetadataStore store) {
    return new CachingMetadataStore(store, cacheBytes);
  }
}
