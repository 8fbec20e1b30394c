// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectStore;

/**
 * Looks once for objects that owners before this one have left behind, and that nothing refers to.
 * A listing takes long, and nothing may wait for it: so it has a thread of its own, if there are
 * threads.
 *
 * <p>Takes some 60 bytes for each object of the drive while it lists them, and the names of at most
 * {@value #MAX_NAMES} that nothing refers to: if there are more, it lists again when these are
 * deleted.
 */
final class StoreSweep {
  private static final Logger LOG = LoggerFactory.getLogger(StoreSweep.class);
  private static final long LOOK_MILLIS = 5000;
  static final int MAX_NAMES = 50_000;
  private static final long PAUSE_AFTER_FAILURE_NANOS = 60_000_000_000L;

  private final ObjectStore store;
  private final StoreShape shape;
  private final StoreLog log;
  private final DeadObjects dead;
  private final Thread thread = new Thread(this::work, "store-sweep");
  private volatile boolean stopping;
  private volatile boolean swept;

  /** After so many deletes, those that the last listing took are made. */
  private long nextAfterDeletes;

  /** No listing is tried before that: the last one has failed. */
  private long pauseUntilNanos = System.nanoTime();

  /**
   * @param dead receives what was left behind
   */
  StoreSweep(ObjectStore store, StoreShape shape, StoreLog log, DeadObjects dead) {
    this.store = store;
    this.shape = shape;
    this.log = log;
    this.dead = dead;
    thread.setDaemon(true);
  }

  /** Lets a thread do it. */
  void start() {
    thread.start();
  }

  /** Whether a thread does it. */
  boolean isRunning() {
    return thread.isAlive();
  }

  /** Makes a listing end soon. */
  synchronized void stop() {
    stopping = true;
    notifyAll();
  }

  /** Waits for the thread. */
  void join(long millis) throws InterruptedException {
    thread.join(millis);
  }

  private void work() {
    while (!stopping && !swept) {
      try {
        sweepOnce();
        synchronized (this) {
          if (!stopping && !swept) {
            wait(LOOK_MILLIS);
          }
        }
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        LOG.error("{}: internal error while its objects are listed", store, e);
        return;
      } catch (OutOfMemoryError none) {
        LOG.warn("{}: there is no memory to look for objects that nothing refers to", store, none);
        return;
      }
    }
  }

  /**
   * Looks for them, unless that was done; a listing that fails is tried later.
   *
   * @return whether it was done now
   */
  boolean sweepOnce() {
    if (swept || System.nanoTime() - pauseUntilNanos < 0 || dead.deleted() < nextAfterDeletes) {
      return false;
    }
    try {
      Set<String> found = leftBehind(log.table());
      dead.addAll(found);
      swept = found.size() < MAX_NAMES;
      nextAfterDeletes = dead.deleted() + dead.size();
      return true;
    } catch (StoreFormatException loss) {
      LOG.error("{}; objects that nothing refers to are kept", loss.getMessage());
      swept = true;
      return false;
    } catch (IOException e) {
      if (!stopping) {
        LOG.warn("{}: its objects cannot be listed now: {}", store, e.getMessage());
      }
      pauseUntilNanos = System.nanoTime() + PAUSE_AFTER_FAILURE_NANOS;
      return false;
    }
  }

  /**
   * Names of objects of owners before this one that nothing refers to.
   *
   * @throws StoreFormatException if there are objects of owners whom the log does not know, or
   *     entries after its last one: then it has lost entries, which may have referred to anything
   */
  private Set<String> leftBehind(ZoneTable table) throws IOException {
    long epoch = table.owner().epoch();
    Checkpoint newest = table.checkpoint();
    Set<Long> fences = new HashSet<>(table.fences());
    Set<ObjectId> objects = new HashSet<>(newest.objects());
    ObjectSet used = new ObjectSet(table);
    Set<String> names = new HashSet<>();
    store.list(
        ObjectId.DATA,
        (name, length) -> {
          requireRunning();
          ObjectId id = ObjectId.ofDataName(name);
          if (id.epoch() > 0 && id.epoch() < epoch && !used.contains(id)) {
            requireKnown(table, id, name);
            addTo(names, name);
          }
        });
    store.list(
        Checkpoint.ZONES,
        (name, length) -> {
          ObjectId id = Checkpoint.ofZonesName(name);
          if (id.epoch() > 0 && id.epoch() < epoch && !objects.contains(id)) {
            requireKnown(table, id, name);
            addTo(names, name);
          }
        });
    long[] last = {0};
    store.list(
        StoreLog.ENTRIES,
        (name, length) -> {
          long number = StoreLog.numberOf(name);
          last[0] = Math.max(last[0], number);
          boolean isNeeded =
              number == 0
                  || number > newest.entry()
                  || StoreCheckpoints.isPermanent(shape, number)
                  || fences.contains(number)
                  || used.contains(ObjectId.ofLog(number));
          if (!isNeeded) {
            addTo(names, name);
          }
        });
    // One more may be on its way.
    if (last[0] > log.number() + 1) {
      throw lost(StoreLog.entryName(last[0]));
    }
    return names;
  }

  private static void addTo(Set<String> names, String name) {
    if (names.size() < MAX_NAMES) {
      names.add(name);
    }
  }

  /** Nobody waits for a long listing at the close. */
  private void requireRunning() throws IOException {
    if (stopping) {
      throw new IOException("the drive is closed");
    }
  }

  private void requireKnown(ZoneTable table, ObjectId id, String name) throws StoreFormatException {
    if (!table.knowsOwner(id.epoch())) {
      throw lost(name);
    }
  }

  private StoreFormatException lost(String name) {
    return new StoreFormatException(store + " has lost entries of its log: " + name + " is there");
  }
}
