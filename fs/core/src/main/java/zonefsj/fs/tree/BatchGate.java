// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The seal point in the order of operations. Each operation changes the open batch inside the gate,
 * shared with other operations; sealing takes the gate alone, so that an operation is in one batch
 * as a whole. At most one sealed batch exists: the next is sealed after it was applied.
 */
public final class BatchGate {
  /**
   * What lies over the index at one instant.
   *
   * @param open takes changes
   * @param sealed is being committed; null if none is
   */
  public record Layers(Batch open, @Nullable Batch sealed) {}

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private volatile Layers layers = new Layers(new Batch(1), null);

  /** Enters the gate; the batch takes changes until {@link #exit}. May be nested. */
  public Batch enter() {
    lock.readLock().lock();
    return layers.open();
  }

  /** Leaves the gate. */
  public void exit() {
    lock.readLock().unlock();
  }

  /** Bytes of keys, values and pieces of content that wait for their commit. */
  public long pendingMetadataBytes() {
    Layers now = layers;
    Batch sealed = now.sealed();
    return now.open().metadataBytes() + (sealed == null ? 0 : sealed.metadataBytes());
  }

  /** What lies over the index now. */
  public Layers layers() {
    return layers;
  }

  /**
   * Seals the open batch and opens the next.
   *
   * @param facts is asked while no operation is under way, for counters that belong to the batch
   * @return the sealed batch and the facts
   */
  public <T> Sealed<T> seal(Supplier<T> facts) {
    lock.writeLock().lock();
    try {
      if (layers.sealed() != null) {
        throw new IllegalStateException("the sealed batch is not applied yet");
      }
      Batch sealed = layers.open();
      layers = new Layers(new Batch(sealed.number() + 1), sealed);
      return new Sealed<>(sealed, facts.get());
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * A batch that is being committed.
   *
   * @param batch the batch
   * @param facts what held when it was sealed
   */
  public record Sealed<T>(Batch batch, T facts) {}

  /** The sealed batch is in the index now. */
  public void applied() {
    lock.writeLock().lock();
    try {
      layers = new Layers(layers.open(), null);
    } finally {
      lock.writeLock().unlock();
    }
  }
}
