// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/**
 * The location of an index in memory: holds the durable state, as a host's disk does, and can
 * simulate a crash.
 *
 * <p>Creating, crashing and copying cost a few references, independent of the size of the index.
 *
 * <p>Threading: all methods are thread-safe. A crash may happen at any time, also while a store is
 * in use: this store then fails and can no longer change the durable state.
 */
public final class MemoryMetadataStores implements MetadataStores {
  /** Null if there is no index. */
  private @Nullable MemoryState durable;

  private @Nullable MemoryMetadataStore open;
  private final List<String> reasons = new ArrayList<>();

  /** Creates a location without an index. */
  public MemoryMetadataStores() {}

  @Override
  public synchronized Optional<MetadataStore> openExisting() throws IOException {
    requireClosed();
    return durable == null ? Optional.empty() : Optional.of(open(durable));
  }

  @Override
  public synchronized MetadataStore create() throws IOException {
    setAside("a new index was made");
    durable = MemoryState.EMPTY;
    return open(MemoryState.EMPTY);
  }

  @Override
  public synchronized MetadataStore restore(CheckpointContent content) throws IOException {
    if (!content.format().equals(PairsFormat.NAME)) {
      throw new IOException(
          "the index in memory cannot be made from a checkpoint of format "
              + content.format()
              + ", only from "
              + PairsFormat.NAME);
    }
    requireClosed();
    MemoryState restored = PairsFormat.read(content);
    setAside("an index was made from a checkpoint");
    durable = restored;
    return open(restored);
  }

  @Override
  public synchronized void setAside(String reason) throws IOException {
    requireClosed();
    if (durable != null) {
      reasons.add(reason);
      durable = null;
    }
  }

  @Override
  public String describe() {
    return "memory";
  }

  /** Discards everything applied after the last flush; an open store fails from now on. */
  public synchronized void crash() {
    MemoryMetadataStore victim = open;
    if (victim != null) {
      open = null;
      victim.close();
    }
  }

  /**
   * Crashes after everything applied was written in the background, which a store may do at any
   * time without {@code flush}.
   */
  public synchronized void crashAfterWriteback() {
    MemoryMetadataStore victim = open;
    if (victim != null) {
      MemoryState applied = victim.stateOrNull();
      // Null if another thread is closing the store: then the crash comes after the close.
      durable = applied == null ? durable : applied;
    }
    crash();
  }

  /** Crashes and loses the index. */
  public synchronized void lose() {
    crash();
    durable = null;
  }

  /** Another location with the same durable state, as a copy of the directory. */
  public synchronized MemoryMetadataStores copyOfDurable() {
    MemoryMetadataStores copy = new MemoryMetadataStores();
    copy.durable = durable;
    return copy;
  }

  /** The reasons for which indexes were set aside here, oldest first. */
  public synchronized List<String> setAsideReasons() {
    return List.copyOf(reasons);
  }

  /** Makes a store's state durable and returns it; a store that has crashed changes nothing. */
  synchronized MemoryState makeDurable(MemoryMetadataStore store) throws IOException {
    if (open != store) {
      throw new IOException("the index in memory is closed");
    }
    // Read under the lock, so that the older state of two concurrent flushes does not win.
    MemoryState state = store.state();
    durable = state;
    return state;
  }

  synchronized void closed(MemoryMetadataStore store) {
    if (open == store) {
      open = null;
    }
  }

  private MetadataStore open(MemoryState state) {
    MemoryMetadataStore store = new MemoryMetadataStore(this, state);
    open = store;
    return store;
  }

  private void requireClosed() throws IOException {
    if (open != null) {
      throw new IOException("the index in memory is already open");
    }
  }
}
