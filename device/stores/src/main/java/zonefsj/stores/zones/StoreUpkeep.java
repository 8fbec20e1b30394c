// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectStore;

/**
 * What the owner does besides: deletes objects that were given up ({@link DeadObjects}), merges
 * small ones ({@link ZoneMerging}), writes checkpoints ({@link StoreCheckpoints}), and once looks
 * for objects that nothing refers to ({@link StoreSweep}).
 *
 * <p>Threading: one thread works, another one sweeps; any thread tells what there is to do.
 */
final class StoreUpkeep {
  private static final Logger LOG = LoggerFactory.getLogger(StoreUpkeep.class);
  private static final long PAUSE_MILLIS = 1000;
  private static final long PAUSE_AFTER_FAILURE_MILLIS = 5000;

  /** A store that answers at all ends most pieces of work sooner. */
  private static final long STOP_MILLIS = 10_000;

  private final ObjectStore store;
  private final DeadObjects dead;
  private final StoreCheckpoints checkpoints;
  private final ZoneMerging merging;
  private final StoreSweep sweep;
  private final Thread worker = new Thread(this::work, "store-upkeep");

  /** Guarded by this object's monitor. */
  private boolean news;

  private volatile boolean stopping;

  private final FailureLog failures = new FailureLog(LOG);

  /**
   * @param zones as the log has them
   * @param count number of their pieces
   * @param changes to them
   */
  StoreUpkeep(
      ObjectStore store,
      StoreShape shape,
      StoreLog log,
      ZoneContent[] zones,
      AtomicLong count,
      ZoneChanges changes,
      StoreThreads threads,
      StoreZonedDevice.Options options) {
    this.store = store;
    this.dead =
        new DeadObjects(
            store,
            threads,
            PAUSE_AFTER_FAILURE_MILLIS,
            options.limits().keepMillis(),
            System::nanoTime);
    ZoneTable table = log.table();
    this.checkpoints = new StoreCheckpoints(store, shape, log, table, dead);
    this.merging =
        new ZoneMerging(store, shape, log, options.thrift(), threads, zones, count, changes, dead);
    this.sweep = new StoreSweep(store, shape, log, dead);
    table.used().forEach(zone -> merging.add(zone.zone()));
    worker.setDaemon(true);
  }

  /** Lets threads do the work until {@link #stop}. */
  void start() {
    sweep.start();
    worker.start();
  }

  /** The drive is closed: waits, for a limited time, until nothing is done any more. */
  void stop() {
    stopping = true;
    dead.stop();
    sweep.stop();
    synchronized (this) {
      notifyAll();
    }
    try {
      worker.join(STOP_MILLIS);
      sweep.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (worker.isAlive()) {
      LOG.warn("{}: a request of its upkeep has no answer yet; it may be carried out later", store);
    }
  }

  private void work() {
    while (!stopping) {
      long pause = PAUSE_MILLIS;
      boolean failed = true;
      try {
        boolean done = doWork();
        failures.succeeded();
        if (done) {
          continue;
        }
        failed = false;
      } catch (IOException e) {
        if (!stopping) {
          failures.failed(store + ": its objects cannot be looked after now", e);
        }
      } catch (RuntimeException e) {
        LOG.error("{}: internal error while its objects are looked after", store, e);
      } catch (OutOfMemoryError none) {
        LOG.warn("{}: there is no memory now to look after its objects", store, none);
      }
      if (failed) {
        pause = PAUSE_AFTER_FAILURE_MILLIS;
      }
      try {
        pause(pause, failed);
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /**
   * Waits until there may be work.
   *
   * @param failed whether news do not help
   */
  private synchronized void pause(long millis, boolean failed) throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    long left = millis;
    while (left > 0 && !stopping && (failed || !news)) {
      wait(left);
      left = (end - System.nanoTime()) / 1_000_000;
    }
    news = false;
  }

  /** A flush is about to add zones to the log: merges their pieces if there are too many. */
  void bound(List<Integer> zones) {
    merging.bound(zones);
  }

  /** The log has what was taken of the changes. */
  void flushed(ZoneChanges.Taken taken) {
    dead.addPieces(taken.given());
    taken.zones().forEach(merging::add);
    synchronized (this) {
      news = true;
      notifyAll();
    }
  }

  /**
   * Does one piece of work.
   *
   * @return whether there was one
   * @throws IOException if the store fails; the work is done later
   */
  boolean doWork() throws IOException {
    // Deletes come before what may need their space.
    return checkpoints.trim()
        || writeLateCheckpoint()
        || dead.deleteSome()
        || writeCheckpointIf(checkpoints.isDue())
        || merging.mergeOne()
        || (!sweep.isRunning() && sweep.sweepOnce());
  }

  /**
   * Comes before the deletes, which may have no end; but a store that is full needs these first.
   */
  private boolean writeLateCheckpoint() throws IOException {
    try {
      return writeCheckpointIf(checkpoints.isLate());
    } catch (IOException failed) {
      dead.deleteSome();
      throw failed;
    }
  }

  private boolean writeCheckpointIf(boolean needed) throws IOException {
    if (needed) {
      checkpoints.write();
    }
    return needed;
  }
}
