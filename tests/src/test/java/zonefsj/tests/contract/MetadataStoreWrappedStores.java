// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.util.Optional;
import java.util.function.UnaryOperator;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/** Puts a layer over every store of a place. */
record MetadataStoreWrappedStores(MetadataStores below, UnaryOperator<MetadataStore> wrapper)
    implements MetadataStores {
  @Override
  public Optional<MetadataStore> openExisting() throws IOException {
    return below.openExisting().map(wrapper);
  }

  @Override
  public MetadataStore create() throws IOException {
    return wrapper.apply(below.create());
  }

  @Override
  public MetadataStore restore(CheckpointContent content) throws IOException {
    return wrapper.apply(below.restore(content));
  }

  @Override
  public void setAside(String reason) throws IOException {
    below.setAside(reason);
  }

  @Override
  public String describe() {
    return below.describe();
  }
}
