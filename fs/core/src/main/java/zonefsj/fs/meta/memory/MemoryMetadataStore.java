// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataStore;

/**
 * A store in memory. A scan sees the state at its beginning.
 *
 * <p>{@link #close()}, like {@link MemoryMetadataStores#crash()}, discards everything applied after
 * the last {@link #flush()} or {@link #checkpoint()}, so that no caller relies on more. After
 * either, every method but {@code close} throws IOException.
 */
public final class MemoryMetadataStore implements MetadataStore {
  private final MemoryMetadataStores owner;

  /**
   * Null when closed. This class takes no lock: the owner may close this store at any time while it
   * holds its own lock.
   */
  private final AtomicReference<@Nullable MemoryState> state;

  MemoryMetadataStore(MemoryMetadataStores owner, MemoryState state) {
    this.owner = owner;
    this.state = new AtomicReference<>(state);
  }

  @Override
  public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
    return state().family(family).get(key);
  }

  @Override
  public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
      throws IOException {
    state().family(family).scan(from, to, visitor);
  }

  @Override
  public Optional<AppliedPosition> mark() throws IOException {
    return Optional.ofNullable(state().mark());
  }

  @Override
  public void apply(MetadataBatch batch, AppliedPosition mark) throws IOException {
    MemoryState before = state();
    if (!state.compareAndSet(before, before.after(batch, mark))) {
      throw new IOException("the index in memory was closed while a batch was applied");
    }
  }

  @Override
  public void flush() throws IOException {
    owner.makeDurable(this);
  }

  @Override
  public CheckpointContent checkpoint() throws IOException {
    MemoryState now = owner.makeDurable(this);
    AppliedPosition mark = now.mark();
    if (mark == null) {
      throw new IOException("nothing was applied to the index yet: there is nothing to checkpoint");
    }
    return new PairsCheckpoint(mark, PairsFormat.write(now, mark));
  }

  /** Does nothing: an image reads no files. */
  @Override
  public void noteStored(CheckpointContent stored) {
    // Nothing to note.
  }

  @Override
  public long imageBytes() {
    MemoryState now = state.get();
    return now == null ? 0 : PairsFormat.bytes(now);
  }

  @Override
  public long compactImageBytes() {
    return imageBytes();
  }

  /** Does nothing: deleted keys take no space. */
  @Override
  public void compact() throws IOException {
    state();
  }

  /** Bytes of keys and values put since creation, an upper bound of the present content. */
  @Override
  public long memoryBytes() {
    MemoryState now = state.get();
    return now == null ? 0 : now.bytesPut();
  }

  @Override
  public void close() {
    state.set(null);
    owner.closed(this);
  }

  /** The applied state; null when closed. */
  @Nullable MemoryState stateOrNull() {
    return state.get();
  }

  MemoryState state() throws IOException {
    MemoryState now = state.get();
    if (now == null) {
      throw new IOException("the index in memory is closed");
    }
    return now;
  }
}
