// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectUnreadableException;

/**
 * What the owner does besides: deletes objects that were given up, merges small ones, writes
 * checkpoints, and once looks for objects that nothing refers to.
 *
 * <p>Threading: one thread works; any thread tells what there is to do.
 */
final class StoreUpkeep implements StoreZones.Upkeep {
  private static final Logger LOG = LoggerFactory.getLogger(StoreUpkeep.class);

  /** An object that is shorter than this share of the longest one is small. */
  private static final int SMALL_SHARE = 4;

  private static final int MOST_DELETED_AT_ONCE = 8;
  private static final long PAUSE_MILLIS = 1000;
  private static final long PAUSE_AFTER_FAILURE_MILLIS = 5000;
  private static final long PAUSE_BETWEEN_SWEEPS_MILLIS = 60_000;

  /** A store that answers at all ends most pieces of work sooner. */
  private static final long STOP_MILLIS = 10_000;

  private final ObjectStore store;
  private final StoreShape shape;
  private final StoreLog log;
  private final StoreThreads threads;
  private final StoreZonedDevice.Thrift thrift;

  /** Set before the first use. */
  private @Nullable StoreZones zones;

  /** Names to delete; guarded by this object's monitor, as is the next. */
  private final Deque<String> dead = new ArrayDeque<>();

  private final LinkedHashSet<Integer> mergeable = new LinkedHashSet<>();
  private boolean news;
  private volatile boolean stopping;
  private final Thread worker = new Thread(this::work, "store-upkeep");

  /** A listing takes long, and nothing may wait for it. */
  private final Thread sweeper = new Thread(this::sweep, "store-sweep");

  /** The newest checkpoint that the log names; of the working thread only, from here on. */
  private Checkpoint named = Checkpoint.NONE;

  /** Newer ones that are in the store; the log may name any of them, and none after that. */
  private final Deque<Checkpoint> written = new ArrayDeque<>();

  /** No delete is tried before that: the last one has failed. */
  private long deletesPauseUntilNanos = System.nanoTime();

  /** Entries before the checkpoint that are still there: zones have bytes in them. */
  private final TreeSet<Long> kept = new TreeSet<>();

  private boolean begun;
  private volatile boolean swept;

  /** No listing is tried before that: the last one has failed. */
  private long sweepPausesUntilNanos = System.nanoTime();

  StoreUpkeep(
      ObjectStore store,
      StoreShape shape,
      StoreLog log,
      StoreThreads threads,
      StoreZonedDevice.Thrift thrift) {
    this.store = store;
    this.shape = shape;
    this.log = log;
    this.threads = threads;
    this.thrift = thrift;
    worker.setDaemon(true);
    sweeper.setDaemon(true);
  }

  /** Lets a thread do the work until {@link #stop}. */
  void start() {
    sweeper.start();
    worker.start();
  }

  private void sweep() {
    while (!stopping && !swept) {
      try {
        sweepOnce();
        synchronized (this) {
          notifyAll();
          if (!stopping && !swept) {
            wait(PAUSE_AFTER_FAILURE_MILLIS);
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

  @Override
  public void stop() {
    stopping = true;
    synchronized (this) {
      notifyAll();
    }
    try {
      worker.join(STOP_MILLIS);
      sweeper.join(STOP_MILLIS);
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
        if (doWork()) {
          continue;
        }
        failed = false;
      } catch (IOException e) {
        if (!stopping) {
          LOG.warn("{}: its objects cannot be looked after now: {}", store, e.getMessage());
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

  void begin(StoreZones those) {
    zones = those;
  }

  private StoreZones zones() {
    StoreZones those = zones;
    if (those == null) {
      throw new IllegalStateException("not begun");
    }
    return those;
  }

  private boolean isFull(ZoneContent content) {
    return content.endBytes() == shape.geometry().capacityOfBytes(content.zone());
  }

  @Override
  public synchronized void flushed(List<Integer> changed, List<Piece> given) {
    for (Piece piece : given) {
      if (!piece.object().isLog()) {
        dead.add(piece.object().name());
      }
    }
    changed.forEach(this::addIfMergeable);
    news = true;
    notifyAll();
  }

  private synchronized void addIfMergeable(int zone) {
    ZoneContent content = zones().content(zone);
    if (content.partCount() >= (isFull(content) ? thrift.mergedOfFull() : thrift.merged())) {
      mergeable.add(zone);
    }
  }

  /**
   * Does one piece of work.
   *
   * @return whether there was one
   * @throws IOException if the store fails; the work is done later
   */
  boolean doWork() throws IOException {
    if (!begun) {
      begin(log.table());
      begun = true;
    }
    // Deletes come before what may need their space.
    return trim()
        || (isCheckpointLate() && writeCheckpoint())
        || deleteSome()
        || (isCheckpointDue() && writeCheckpoint())
        || mergeOne()
        || (!sweeper.isAlive() && sweepOnce());
  }

  private boolean deleteSome() {
    List<String> names = new ArrayList<>();
    synchronized (this) {
      if (System.nanoTime() - deletesPauseUntilNanos < 0) {
        return false;
      }
      while (!dead.isEmpty() && names.size() < MOST_DELETED_AT_ONCE) {
        names.add(dead.remove());
      }
    }
    if (names.isEmpty()) {
      return false;
    }
    Set<String> left = ConcurrentHashMap.newKeySet();
    left.addAll(names);
    try {
      threads.all(
          names.stream()
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
        synchronized (this) {
          dead.addAll(left);
          deletesPauseUntilNanos = System.nanoTime() + PAUSE_AFTER_FAILURE_MILLIS * 1_000_000;
        }
      }
    }
    return true;
  }

  private long lastCheckpoint() {
    return written.isEmpty() ? named.entry() : written.getLast().entry();
  }

  /** Whether the next entry that names a checkpoint would name one that is too old. */
  private boolean isCheckpointLate() {
    return !log.hasFailed() && log.number() >= lastCheckpoint() + shape.checkpointEntries();
  }

  /** Whether the next entry that names a checkpoint is near, and there is no new one for it. */
  private boolean isCheckpointDue() {
    long number = log.number();
    long sinceNamed = number % shape.checkpointEntries();
    return !log.hasFailed()
        && sinceNamed >= shape.checkpointEntries() / 2
        && lastCheckpoint() <= number - sinceNamed;
  }

  /** Writes all zones. */
  private boolean writeCheckpoint() throws IOException {
    ZoneTable table = log.table();
    List<ObjectId> objects = new ArrayList<>();
    boolean complete = false;
    try {
      putAllZones(table, objects);
      complete = true;
    } finally {
      if (!complete) {
        objects.forEach(id -> forget(Checkpoint.zonesName(id)));
      }
    }
    Checkpoint next =
        new Checkpoint(table.number(), table.crc(), table.owner(), objects, table.epochs());
    written.add(next);
    log.prepare(next);
    return true;
  }

  /**
   * Puts the zones of a table.
   *
   * @param objects receives their objects
   */
  private void putAllZones(ZoneTable table, List<ObjectId> objects) throws IOException {
    List<ZoneRecord> some = new ArrayList<>();
    long bytes = 0;
    for (ZoneRecord zone : table.used()) {
      if (bytes > 0 && bytes + zone.encodedBytes() > shape.objectBytes() / 2) {
        putZones(some, objects);
        some.clear();
        bytes = 0;
      }
      some.add(zone);
      bytes += zone.encodedBytes();
    }
    if (!some.isEmpty()) {
      putZones(some, objects);
    }
  }

  private void putZones(List<ZoneRecord> some, List<ObjectId> objects) throws IOException {
    ObjectId id = zones().nextObject();
    // Also if this fails, it may be there.
    objects.add(id);
    if (!store.putOwn(
        Checkpoint.zonesName(id), Checkpoint.encodeZones(shape.drive(), id.number(), some))) {
      throw new IOException(store + " has " + Checkpoint.zonesName(id) + " already");
    }
  }

  /** Gives up what the newest checkpoint that the log names makes needless. */
  private boolean trim() {
    if (log.checkpointEntry() <= named.entry()) {
      return false;
    }
    ZoneTable table = log.table();
    Checkpoint newest = table.checkpoint();
    supersede(named);
    while (!written.isEmpty() && written.getFirst().entry() < newest.entry()) {
      supersede(written.remove());
    }
    if (!written.isEmpty() && written.getFirst().entry() == newest.entry()) {
      written.remove();
    }
    Set<Long> used = new HashSet<>(table.epochs());
    for (ZoneRecord zone : table.used()) {
      for (Piece piece : zone.pieces()) {
        if (piece.object().isLog()) {
          used.add(piece.object().number());
        }
      }
    }
    for (long entry = named.entry() + 1; entry <= newest.entry(); entry++) {
      if (!isPermanent(entry)) {
        kept.add(entry);
      }
    }
    kept.removeIf(
        entry -> {
          if (!used.contains(entry)) {
            forget(StoreLog.entryName(entry));
          }
          return !used.contains(entry);
        });
    kept.removeAll(new HashSet<>(table.epochs()));
    named = newest;
    return true;
  }

  private boolean isPermanent(long entry) {
    return entry % shape.checkpointEntries() == 0;
  }

  private void supersede(Checkpoint older) {
    older.objects().forEach(id -> forget(Checkpoint.zonesName(id)));
  }

  private synchronized void forget(String name) {
    dead.add(name);
  }

  private boolean mergeOne() throws IOException {
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
      again = merge(zone);
    } catch (EOFException | ObjectUnreadableException lost) {
      again = false;
      throw lost;
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

  /** Merges some parts of a zone; returns whether there may be more. */
  private boolean merge(int zone) throws IOException {
    ZoneContent content = zones().content(zone);
    boolean full = isFull(content);
    List<Piece> run = content.smallRun(shape.objectBytes() / SMALL_SHARE, shape.objectBytes());
    if (run.size() < (full ? thrift.mergedOfFull() : thrift.merged())) {
      return false;
    }
    long length = run.stream().mapToLong(Piece::lengthBytes).sum();
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(length));
    try {
      for (Piece piece : run) {
        store.read(
            piece.object().name(),
            piece.objectOffsetBytes(),
            bytes.slice(
                Math.toIntExact(piece.offsetBytes() - run.get(0).offsetBytes()),
                Math.toIntExact(piece.lengthBytes())));
      }
    } catch (ObjectMissingException reset) {
      LOG.debug("zone {} was reset while it was merged", zone, reset);
      return false;
    }
    ObjectId merged = zones().nextObject();
    if (!store.putOwn(merged.name(), bytes)) {
      throw new IOException(store + " has " + merged.name() + " already");
    }
    if (content.replace(run, merged)) {
      zones().giveUp(zone, run);
    } else {
      // No entry has ever named it.
      forget(merged.name());
    }
    return true;
  }

  /** Learns from the log what is there. */
  private void begin(ZoneTable table) {
    named = table.checkpoint();
    for (ZoneRecord zone : table.used()) {
      for (Piece piece : zone.pieces()) {
        long entry = piece.object().number();
        if (piece.object().isLog() && entry <= named.entry() && !isPermanent(entry)) {
          kept.add(entry);
        }
      }
      addIfMergeable(zone.zone());
    }
    kept.removeAll(new HashSet<>(table.epochs()));
  }

  /** Deletes what owners before this one have left behind; a listing that fails is tried later. */
  private boolean sweepOnce() {
    if (swept || System.nanoTime() - sweepPausesUntilNanos < 0) {
      return false;
    }
    try {
      leftBehind(log.table()).forEach(this::forget);
      swept = true;
      return true;
    } catch (StoreFormatException loss) {
      LOG.error("{}; objects that nothing refers to are kept", loss.getMessage());
      swept = true;
      return false;
    } catch (IOException e) {
      if (!stopping) {
        LOG.warn("{}: its objects cannot be listed now: {}", store, e.getMessage());
      }
      sweepPausesUntilNanos = System.nanoTime() + PAUSE_BETWEEN_SWEEPS_MILLIS * 1_000_000;
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
    Set<Long> epochs = new HashSet<>(table.epochs());
    Set<ObjectId> objects = new HashSet<>(newest.objects());
    Set<ObjectId> used = new HashSet<>();
    for (ZoneRecord zone : table.used()) {
      zone.pieces().forEach(piece -> used.add(piece.object()));
    }
    Set<String> names = new HashSet<>();
    store.list(
        ObjectId.DATA,
        (name, length) -> {
          requireRunning();
          ObjectId id = ObjectId.ofDataName(name);
          if (id.epoch() > 0 && id.epoch() < epoch && !used.contains(id)) {
            requireKnown(epochs, id, name);
            names.add(name);
          }
        });
    store.list(
        Checkpoint.ZONES,
        (name, length) -> {
          ObjectId id = Checkpoint.ofZonesName(name);
          if (id.epoch() > 0 && id.epoch() < epoch && !objects.contains(id)) {
            requireKnown(epochs, id, name);
            names.add(name);
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
                  || isPermanent(number)
                  || epochs.contains(number)
                  || used.contains(ObjectId.ofLog(number));
          if (!isNeeded) {
            names.add(name);
          }
        });
    // One more may be on its way.
    if (last[0] > log.number() + 1) {
      throw lost(StoreLog.entryName(last[0]));
    }
    return names;
  }

  /** Nobody waits for a long listing at the close. */
  private void requireRunning() throws IOException {
    if (stopping) {
      throw new IOException("the drive is closed");
    }
  }

  private void requireKnown(Set<Long> epochs, ObjectId id, String name)
      throws StoreFormatException {
    if (!epochs.contains(id.epoch())) {
      throw lost(name);
    }
  }

  private StoreFormatException lost(String name) {
    return new StoreFormatException(store + " has lost entries of its log: " + name + " is there");
  }
}
