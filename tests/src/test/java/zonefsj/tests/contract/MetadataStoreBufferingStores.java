// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.util.Optional;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.BufferingMetadataStore;

/**
 * Puts a buffer with a thread over every store of a place.
 *
 * @param mostBytes limit of its memory; what takes more goes to the store below at once
 */
record MetadataStoreBufferingStores(MetadataStores below, long mostBytes)
    implements MetadataStores {
  @Override
  public Optional<MetadataStore> openExisting() throws IOException {
    return below.openExisting().map(this::buffered);
  }

  @Override
  public MetadataStore create() throws IOException {
    return buffered(below.create());
  }

  @Override
  public MetadataStore restore(CheckpointContent content) throws IOException {
    return buffered(below.restore(content));
  }

  @Override
  public void setAside(String reason) throws IOException {
    below.setAside(reason);
  }

  @Override
  public String describe() {
    return below.describe();
  }

  private MetadataStore buffered(MetadataStore store) {
    return new BufferingMetadataStore(store, mostBytes, () -> 0, ThreadGuard.LOGGING);
  }
}
