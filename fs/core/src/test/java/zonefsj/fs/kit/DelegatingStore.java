// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.kit;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;

/** The one base of stores that behave differently from the one that they forward to. */
public abstract class DelegatingStore implements MetadataStore {
  private final MetadataStore store;

  protected DelegatingStore(MetadataStore store) {
    this.store = store;
  }

  @Override
  public Optional<AppliedPosition> mark() throws IOException {
    return store.mark();
  }

  @Override
  public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
    store.apply(batch, mark);
  }

  @Override
  public void flush() throws IOException {
    store.flush();
  }

  @Override
  public CheckpointContent checkpoint() throws IOException {
    return store.checkpoint();
  }

  @Override
  public void noteStored(CheckpointContent stored) throws IOException {
    store.noteStored(stored);
  }

  @Override
  public long imageBytes() {
    return store.imageBytes();
  }

  @Override
  public long compactImageBytes() {
    return store.compactImageBytes();
  }

  @Override
  public void compact() throws IOException {
    store.compact();
  }

  @Override
  public long memoryBytes() {
    return store.memoryBytes();
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
    return store.get(family, key);
  }

  @Override
  public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
      throws IOException {
    store.scan(family, from, to, visitor);
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
