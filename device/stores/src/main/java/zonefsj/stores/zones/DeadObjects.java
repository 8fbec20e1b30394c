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
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectStore;

/**
 * Objects that nothing durable refers to any more, until they are deleted: that may be later, for
 * hosts that read the drive as it was. Takes some 150 bytes for each.
 *
 * <p>Thread-safe.
 */
final class DeadObjects {
  private static final Logger LOG = LoggerFactory.getLogger(DeadObjects.class);
  private static final int MOST_AT_ONCE = 8;

  static final int MOST_KEPT = 100_000;

  /** Those that could not be deleted count, too; a sweep finds what is beyond. */
  static final int MAX_HELD = MOST_KEPT + MOST_KEPT / 4;

  /** What they take. */
  static final long MOST_BYTES = 150L * MAX_HELD;

  private final ObjectStore store;
  private final StoreThreads threads;
  private final long pauseAfterFailureNanos;
  private final long keepNanos;
  private final LongSupplier nanoTime;

  private record Dead(String name, long dueNanos) {}

  /** Those that are due first come first. Guarded by this object's monitor, as are the next. */
  private final Deque<Dead> objects = new ArrayDeque<>();

  /** Those that could not be deleted: the others come before them. */
  private final Deque<String> failed = new ArrayDeque<>();

  private long deleted;
  private boolean toldTooMany;
  private boolean toldForgotten;

  /** No delete is tried before that: the last one has failed. */
  private long pauseUntilNanos;

  private volatile boolean stopping;

  private final FailureLog failures = new FailureLog(LOG);

  /**
   * @param pauseAfterFailureMillis no delete is tried for so long after one that has failed
   * @param keepMillis so long an object stays that somebody may read
   * @param nanoTime as {@link System#nanoTime}
   */
  DeadObjects(
      ObjectStore store,
      StoreThreads threads,
      long pauseAfterFailureMillis,
      long keepMillis,
      LongSupplier nanoTime) {
    this.store = store;
    this.threads = threads;
    this.pauseAfterFailureNanos = pauseAfterFailureMillis * 1_000_000;
    this.keepNanos = keepMillis * 1_000_000;
    this.nanoTime = nanoTime;
    this.pauseUntilNanos = nanoTime.getAsLong();
  }

  /** The drive is closed: what fails from here on is expected. */
  void stop() {
    stopping = true;
  }

  synchronized void add(String name) {
    if (hasRoom()) {
      objects.add(new Dead(name, nanoTime.getAsLong() + keepNanos));
    }
  }

  private boolean hasRoom() {
    boolean hasRoom = size() < MAX_HELD;
    if (!hasRoom && !toldForgotten) {
      toldForgotten = true;
      LOG.warn(
          "{}: {} objects could not be deleted; more stay in the store until a later mount finds"
              + " them",
          store,
          size());
    }
    return hasRoom;
  }

  /** Number of objects that wait. */
  synchronized int size() {
    return objects.size() + failed.size();
  }

  /** Number of objects that were deleted so far. */
  synchronized long deleted() {
    return deleted;
  }

  /** It is deleted as soon as that is possible: nothing durable has ever referred to it. */
  synchronized void addUnread(String name) {
    if (hasRoom()) {
      objects.addFirst(new Dead(name, nanoTime.getAsLong()));
    }
  }

  synchronized void addAll(Collection<String> all) {
    all.forEach(this::add);
  }

  /** Objects of pieces; an entry of the log has other reasons to stay. */
  synchronized void addPieces(List<Piece> pieces) {
    for (Piece piece : pieces) {
      if (!piece.object().isLog()) {
        add(piece.object().name());
      }
    }
  }

  private synchronized List<String> take() {
    List<String> some = new ArrayList<>();
    long now = nanoTime.getAsLong();
    if (now - pauseUntilNanos >= 0) {
      while (some.size() < MOST_AT_ONCE && isDue(now)) {
        some.add(objects.remove().name());
      }
      while (some.size() < MOST_AT_ONCE && !failed.isEmpty()) {
        some.add(failed.remove());
      }
    }
    return some;
  }

  private synchronized boolean isDue(long nowNanos) {
    Dead first = objects.peek();
    if (first == null || nowNanos - first.dueNanos() >= 0) {
      return first != null;
    }
    if (objects.size() > MOST_KEPT && !toldTooMany) {
      toldTooMany = true;
      LOG.warn("{}: more than {} objects would be kept; some are deleted sooner", store, MOST_KEPT);
    }
    return objects.size() > MOST_KEPT;
  }

  private synchronized void countDeleted(int number) {
    deleted += number;
  }

  private synchronized void putBack(Set<String> left) {
    failed.addAll(left);
    pauseUntilNanos = nanoTime.getAsLong() + pauseAfterFailureNanos;
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
      failures.succeeded();
    } catch (IOException e) {
      if (!stopping) {
        failures.failed(store + ": objects cannot be deleted now", e);
      }
    } finally {
      countDeleted(some.size() - left.size());
      if (!left.isEmpty()) {
        putBack(left);
      }
    }
    return true;
  }
}
