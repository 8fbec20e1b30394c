// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectStore;

/** Objects that nothing durable refers to any more, until they are deleted. Thread-safe. */
final class DeadObjects {
  private static final Logger LOG = LoggerFactory.getLogger(DeadObjects.class);
  private static final int MOST_AT_ONCE = 8;

  private final ObjectStore store;
  private final StoreThreads threads;
  private final long pauseAfterFailureNanos;

  /** Guarded by this object's monitor, as is the next. */
  private final Deque<String> names = new ArrayDeque<>();

  /** No delete is tried before that: the last one has failed. */
  private long pauseUntilNanos = System.nanoTime();

  private volatile boolean stopping;

  DeadObjects(ObjectStore store, StoreThreads threads, long pauseAfterFailureMillis) {
    this.store = store;
    this.threads = threads;
    this.pauseAfterFailureNanos = pauseAfterFailureMillis * 1_000_000;
  }

  /** The drive is closed: what fails from here on is expected. */
  void stop() {
    stopping = true;
  }

  synchronized void add(String name) {
    names.add(name);
  }

  synchronized void addAll(Collection<String> all) {
    names.addAll(all);
  }

  /** Objects of pieces; an entry of the log has other reasons to stay. */
  synchronized void addPieces(List<Piece> pieces) {
    for (Piece piece : pieces) {
      if (!piece.object().isLog()) {
        names.add(piece.object().name());
      }
    }
  }

  private synchronized List<String> take() {
    List<String> some = new ArrayList<>();
    if (System.nanoTime() - pauseUntilNanos >= 0) {
      while (!names.isEmpty() && some.size() < MOST_AT_ONCE) {
        some.add(names.remove());
      }
    }
    return some;
  }

  private synchronized void putBack(Set<String> left) {
    names.addAll(left);
    pauseUntilNanos = System.nanoTime() + pauseAfterFailureNanos;
  }

  /** Deletes some; returns whether there were any to delete now. */
  boolean deleteSome() {
    List<String> some = take();
    if (some.isEmpty()) {
      return false;
    }
    Set<String> left = ConcurrentHashMap.newKeySet();
    left.addAll(some);
    try {
      threads.all(
          some.stream()
              .<StoreThreads.Task<Boolean>>map(
                  name ->
                      () -> {
                        store.delete(name);
                        return left.remove(name);
                      })
              .toList());
    } catch (IOException e) {
      if (!stopping) {
        LOG.warn("{}: objects cannot be deleted now: {}", store, e.getMessage());
      }
    } finally {
      if (!left.isEmpty()) {
        putBack(left);
      }
    }
    return true;
  }
}
