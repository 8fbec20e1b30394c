// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.NoAnswerException;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectUnreadableException;
import zonefsj.stores.StoreRefusedException;

/**
 * Makes one object of several of a zone: in the background of many small ones; before a flush of
 * any that are neighbours, if there are more than {@link PieceLimits} allow. So a store that is
 * slower than the writers slows them down, and memory suffices.
 *
 * <p>Thread-safe; one thread merges at a time. Takes 40 bytes for each zone that may have something
 * to merge, and an object on the heap.
 */
final class ZoneMerging {
  private static final Logger LOG = LoggerFactory.getLogger(ZoneMerging.class);

  /** An object that is shorter than this share of the longest one is small. */
  private static final int SMALL_SHARE = 4;

  /** So many zones at least does a flush look at if all have too many pieces. */
  private static final int LEAST_LOOKED_AT = 64;

  /** Others who read and write need threads, too. */
  private static final int READS_AT_ONCE = 8;

  /** Takes 1 MiB. */
  private static final int MOST_LOST = 10_000;

  private final ObjectStore store;
  private final StoreShape shape;
  private final StoreLog log;
  private final StoreZonedDevice.Thrift thrift;
  private final StoreThreads threads;
  private final ZoneContent[] zones;
  private final ZoneChanges changes;
  private final DeadObjects dead;

  private final PieceLimits limits;

  private final FailureLog failures = new FailureLog(LOG);

  /** Whoever merges has it. */
  private final ReentrantLock turn = new ReentrantLock();

  /** Objects that could not be read. */
  private final Set<ObjectId> lost = ConcurrentHashMap.newKeySet();

  /** Number of pieces of all zones. */
  private final AtomicLong count;

  /** The next zone of which any pieces are merged; guarded by {@link #turn}. */
  private int next;

  /** Guarded by this object's monitor. */
  private final LinkedHashSet<Integer> mergeable = new LinkedHashSet<>();

  /**
   * @param count number of pieces of all zones
   * @param changes told of what is replaced
   * @param dead receives objects that no entry has named
   */
  ZoneMerging(
      ObjectStore store,
      StoreShape shape,
      StoreLog log,
      StoreZonedDevice.Thrift thrift,
      StoreThreads threads,
      ZoneContent[] zones,
      AtomicLong count,
      ZoneChanges changes,
      DeadObjects dead) {
    this.store = store;
    this.shape = shape;
    this.log = log;
    this.thrift = thrift;
    this.threads = threads;
    this.zones = zones;
    this.count = count;
    this.changes = changes;
    this.dead = dead;
    this.limits = PieceLimits.of(shape.geometry(), shape.objectBytes(), thrift.most());
  }

  private boolean isFull(ZoneContent content) {
    return content.endBytes() == shape.geometry().capacityOfBytes(content.zone());
  }

  /** So many small objects of a zone become one. */
  private int fewest(boolean isFull) {
    return isFull ? thrift.mergedOfFull() : thrift.merged();
  }

  /** A zone may have something to merge. */
  void add(int zone) {
    ZoneContent content = zones[zone];
    if (content.partCount() >= fewest(isFull(content))) {
      synchronized (this) {
        mergeable.add(zone);
      }
    }
  }

  /**
   * Merges some objects of one zone.
   *
   * @return whether there was a zone to look at
   */
  boolean mergeOne() throws IOException {
    int zone;
    synchronized (this) {
      // What is merged is of use after another entry only.
      if (mergeable.isEmpty() || log.hasFailed()) {
        return false;
      }
      zone = mergeable.iterator().next();
      // A flush that asks for it from here on must not be forgotten.
      mergeable.remove(zone);
    }
    boolean again = true;
    try {
      again = mergeSmall(zone);
    } finally {
      if (again) {
        // After the others: what cannot be merged now must not keep them from it.
        synchronized (this) {
          mergeable.add(zone);
        }
      }
    }
    return true;
  }

  /** Merges some small pieces of a zone; returns whether there may be more. */
  private boolean mergeSmall(int zone) throws IOException {
    turn.lock();
    try {
      return merge(zone, shape.objectBytes() / SMALL_SHARE, fewest(isFull(zones[zone])));
    } finally {
      turn.unlock();
    }
  }

  /**
   * Merges until there are no more pieces than memory and the log allow. If that fails, the flush
   * that asks for it goes on all the same: whether the store takes its bytes, it finds out itself.
   *
   * @param changed zones that a flush is about to add to the log
   */
  void bound(List<Integer> changed) {
    if (log.hasFailed() || (!isOverLimit() && changed.stream().noneMatch(this::isOverLimit))) {
      return;
    }
    turn.lock();
    try {
      for (int zone : changed) {
        while (isOverLimit(zone) && merge(zone, shape.objectBytes(), 2)) {
          // Until there are few enough, or what is left is not in the store yet.
        }
      }
      // Each flush makes up for what it adds, and for some more: so it stays at the limit.
      int most = LEAST_LOOKED_AT + changed.size();
      for (int looked = 0; looked < most && isOverLimit(); looked++) {
        merge(next, shape.objectBytes(), 2);
        next = (next + 1) % zones.length;
      }
      failures.succeeded();
    } catch (IOException e) {
      failures.failed(store + ": small objects cannot be merged now", e);
    } catch (OutOfMemoryError none) {
      LOG.warn("{}: there is no memory now to merge small objects", store, none);
    } finally {
      turn.unlock();
    }
  }

  private boolean isOverLimit() {
    return count.get() > limits.ofDrive();
  }

  private boolean isOverLimit(int zone) {
    return zones[zone].partCount() > limits.ofZone();
  }

  /** Merges some pieces of a zone; returns whether there may be more. */
  private boolean merge(int zone, long smallBytes, int fewest) throws IOException {
    ZoneContent content = zones[zone];
    Pieces run = content.smallRun(smallBytes, shape.objectBytes(), lost);
    if (run.count() < fewest) {
      return false;
    }
    Optional<ByteBuffer> bytes = read(run);
    if (bytes.isEmpty()) {
      return true;
    }
    ObjectId merged = log.nextObject();
    put(merged, bytes.orElseThrow());
    if (content.replace(run, merged)) {
      changes.giveUp(zone, run);
    } else {
      dead.addUnread(merged.name());
    }
    return true;
  }

  private void put(ObjectId merged, ByteBuffer bytes) throws IOException {
    boolean isNew;
    try {
      isNew = store.putOwn(merged.name(), bytes);
    } catch (IOException e) {
      // It may be there, and no zone has it.
      dead.addUnread(merged.name());
      throw e;
    }
    if (!isNew) {
      throw new IOException(store + " has " + merged.name() + " already");
    }
  }

  /** Reads pieces, several at once; empty if an object of them is in no run any more. */
  private Optional<ByteBuffer> read(Pieces run) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(run.endBytes() - run.startBytes()));
    List<StoreThreads.Task<Boolean>> reads = new ArrayList<>(READS_AT_ONCE);
    boolean complete = true;
    for (int at = 0; at < run.count(); at++) {
      Piece piece = run.get(at);
      ByteBuffer destination =
          bytes.slice(
              Math.toIntExact(piece.offsetBytes() - run.startBytes()),
              Math.toIntExact(piece.lengthBytes()));
      reads.add(() -> read(piece, destination));
      if (reads.size() == READS_AT_ONCE || at == run.count() - 1) {
        complete &= threads.all(reads).stream().allMatch(done -> done);
        reads.clear();
      }
    }
    return complete ? Optional.of(bytes) : Optional.empty();
  }

  /** Reads a piece; returns false if it is lost: then nobody tries it again. */
  private boolean read(Piece piece, ByteBuffer destination) throws IOException {
    try {
      store.read(piece.object().name(), piece.objectOffsetBytes(), destination);
      return true;
    } catch (ObjectMissingException reset) {
      LOG.debug("{} was given up meanwhile, or is lost", piece, reset);
    } catch (EOFException | ObjectUnreadableException | StoreRefusedException unreadable) {
      if (NoAnswerException.isIn(unreadable)) {
        // The store is away: that says nothing of the object.
        throw unreadable;
      }
      LOG.warn("{} cannot be merged with others: {}", piece, unreadable.getMessage());
    }
    if (lost.size() >= MOST_LOST) {
      lost.clear();
    }
    lost.add(piece.object());
    return false;
  }
}
