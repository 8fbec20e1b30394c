// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The point in the order of operations at which a batch is sealed. Each operation changes the open
 * batch inside the gate, shared with other operations. Sealing takes the gate exclusively, so every
 * operation lies in one batch as a whole. At most one sealed batch exists: the next one is sealed
 * after it was applied.
 */
public final class BatchGate {
  /**
   * The layers over the index at one instant.
   *
   * @param open takes changes
   * @param sealed is being committed; null if there is none
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

  /**
   * Waits until every operation that is inside the gate now has left it.
   *
   * @return the layers that have its changes
   */
  public Layers awaitChanges() {
    lock.writeLock().lock();
    try {
      return layers;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Bytes of keys, values and intervals that wait for their commit. */
  public long pendingMetadataBytes() {
    Layers now = layers;
    Batch sealed = now.sealed();
    return now.open().metadataBytes() + (sealed == null ? 0 : sealed.metadataBytes());
  }

  /** The present layers over the index. */
  public Layers layers() {
    return layers;
  }

  /**
   * Seals the open batch and opens the next one.
   *
   * @param facts called while no operation is in progress, for counters that belong to the batch
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
   * @param facts state at the moment of sealing
   */
  public record Sealed<T>(Batch batch, T facts) {}

  /** Drops the sealed batch after it was applied to the index. */
  public void applied() {
    lock.writeLock().lock();
    try {
      layers = new Layers(layers.open(), null);
    } finally {
      lock.writeLock().unlock();
    }
  }
}
