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
 * The place of an index in memory: holds the durable state, as a host's disk would, and can crash.
 *
 * <p>Making one, crashing and copying cost a few references, whatever the index holds.
 *
 * <p>Threading: all methods are thread-safe. A crash may come at any time, also while a store is in
 * use: that store fails from then on and can no longer change what is durable.
 */
public final class MemoryMetadataStores implements MetadataStores {
  /** Null when there is no index. */
  private @Nullable MemoryState durable;

  private @Nullable MemoryMetadataStore open;
  private final List<String> reasons = new ArrayList<>();

  /** A place without an index. */
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

  /** Loses what was applied after the last flush; an open store fails from now on. */
  public synchronized void crash() {
    MemoryMetadataStore victim = open;
    if (victim != null) {
      open = null;
      victim.close();
    }
  }

  /**
   * Crashes when everything applied had just been written in the background, which a store may do
   * at any time without {@code flush}.
   */
  public synchronized void crashAfterWriteback() {
    MemoryMetadataStore victim = open;
    if (victim != null) {
      MemoryState applied = victim.stateOrNull();
      // Null when another thread is just closing it: then the crash came after the close.
      durable = applied == null ? durable : applied;
    }
    crash();
  }

  /** Crashes, and loses the index. */
  public synchronized void lose() {
    crash();
    durable = null;
  }

  /** Another place that holds what is durable here, as a copy of the directory would. */
  public synchronized MemoryMetadataStores copyOfDurable() {
    MemoryMetadataStores copy = new MemoryMetadataStores();
    copy.durable = durable;
    return copy;
  }

  /** Why indexes were set aside here, oldest first. */
  public synchronized List<String> setAsideReasons() {
    return List.copyOf(reasons);
  }

  /** Makes a store's state durable and returns it; a store that has crashed changes nothing. */
  synchronized MemoryState makeDurable(MemoryMetadataStore store) throws IOException {
    if (open != store) {
      throw new IOException("the index in memory is closed");
    }
    // Read under the lock, so that of two flushes at once the older state does not win.
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
