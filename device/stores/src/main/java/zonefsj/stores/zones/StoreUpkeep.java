// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;

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

  /** The newest checkpoint that the log names; of the working thread only, from here on. */
  private Checkpoint named = Checkpoint.NONE;

  /** The newest one that is in the store. */
  private Checkpoint written = Checkpoint.NONE;

  /** Entries before the checkpoint that are still there: zones have bytes in them. */
  private final TreeSet<Long> kept = new TreeSet<>();

  private boolean swept;

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
    for (int zone : changed) {
      ZoneContent content = zones().content(zone);
      if (content.partCount() >= (isFull(content) ? thrift.mergedOfFull() : thrift.merged())) {
        mergeable.add(zone);
      }
    }
    notifyAll();
  }

  /**
   * Does one piece of work.
   *
   * @return whether there was one
   * @throws IOException if the store fails; the work is done later
   */
  boolean doWork() throws IOException {
    if (!swept) {
      sweep();
      swept = true;
      return true;
    }
    return deleteSome() || trim() || writeCheckpointIfDue() || mergeOne();
  }

  /** Waits until there may be work. */
  @SuppressWarnings("WaitNotInLoop") // a wakeup for no reason costs one look
  synchronized void await(long millis) throws InterruptedException {
    if (dead.isEmpty() && mergeable.isEmpty()) {
      wait(millis);
    }
  }

  private boolean deleteSome() throws IOException {
    List<String> names = new ArrayList<>();
    synchronized (this) {
      while (!dead.isEmpty() && names.size() < MOST_DELETED_AT_ONCE) {
        names.add(dead.remove());
      }
    }
    if (names.isEmpty()) {
      return false;
    }
    deleteAll(names);
    return true;
  }

  private void deleteAll(List<String> names) throws IOException {
    boolean complete = false;
    try {
      threads.all(
          names.stream()
              .<StoreThreads.Task<Boolean>>map(
                  name ->
                      () -> {
                        store.delete(name);
                        return true;
                      })
              .toList());
      complete = true;
    } finally {
      if (!complete) {
        synchronized (this) {
          dead.addAll(names);
        }
      }
    }
  }

  /** Writes all zones if half of the entries between two checkpoints follow the last one. */
  private boolean writeCheckpointIfDue() throws IOException {
    if (log.number() < written.entry() + shape.checkpointEntries() / 2) {
      return false;
    }
    ZoneTable table = log.table();
    List<ObjectId> objects = new ArrayList<>();
    List<ZoneRecord> some = new ArrayList<>();
    long bytes = 0;
    for (ZoneRecord zone : table.used()) {
      if (bytes > 0 && bytes + zone.encodedBytes() > shape.objectBytes() / 2) {
        objects.add(putZones(some));
        some = new ArrayList<>();
        bytes = 0;
      }
      some.add(zone);
      bytes += zone.encodedBytes();
    }
    if (!some.isEmpty()) {
      objects.add(putZones(some));
    }
    if (written.entry() != named.entry()) {
      // No entry names it: the log will name the new one.
      supersede(written);
    }
    written = new Checkpoint(table.number(), table.crc(), table.owner(), objects, table.epochs());
    log.prepare(written);
    return true;
  }

  /** Gives up what the newest checkpoint that the log names makes needless. */
  private boolean trim() {
    ZoneTable table = log.table();
    Checkpoint newest = table.checkpoint();
    if (newest.entry() <= named.entry()) {
      return false;
    }
    supersede(named);
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
    kept.removeAll(table.epochs());
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

  private ObjectId putZones(List<ZoneRecord> some) throws IOException {
    ObjectId id = zones().nextObject();
    if (!store.putIfAbsent(
        Checkpoint.zonesName(id), Checkpoint.encodeZones(shape.drive(), id.number(), some))) {
      throw new IOException(store + " has " + Checkpoint.zonesName(id) + " already");
    }
    return id;
  }

  private boolean mergeOne() throws IOException {
    int zone;
    synchronized (this) {
      if (mergeable.isEmpty()) {
        return false;
      }
      zone = mergeable.iterator().next();
      mergeable.remove(zone);
    }
    ZoneContent content = zones().content(zone);
    boolean full = isFull(content);
    List<Piece> run = content.smallRun(shape.objectBytes() / SMALL_SHARE, shape.objectBytes());
    if (run.size() < (full ? thrift.mergedOfFull() : thrift.merged())) {
      return true;
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
      return true;
    }
    ObjectId merged = zones().nextObject();
    if (!store.putIfAbsent(merged.name(), bytes)) {
      throw new IOException(store + " has " + merged.name() + " already");
    }
    if (content.replace(run, merged)) {
      zones().giveUp(zone, run);
    } else {
      // No entry has ever named it.
      forget(merged.name());
    }
    synchronized (this) {
      mergeable.add(zone);
    }
    return true;
  }

  /** Deletes what owners before this one have left behind. */
  private void sweep() throws IOException {
    ZoneTable table = log.table();
    long epoch = table.owner().epoch();
    Set<ObjectId> used = new HashSet<>();
    for (ZoneRecord zone : table.used()) {
      zone.pieces().forEach(piece -> used.add(piece.object()));
    }
    named = table.checkpoint();
    written = named;
    store.list(
        ObjectId.DATA,
        (name, length) -> {
          ObjectId id = ObjectId.ofDataName(name);
          if (id.epoch() > 0 && id.epoch() < epoch && !used.contains(id)) {
            forget(name);
          }
        });
    store.list(
        Checkpoint.ZONES,
        (name, length) -> {
          ObjectId id = Checkpoint.ofZonesName(name);
          if (id.epoch() > 0 && id.epoch() < epoch && !named.objects().contains(id)) {
            forget(name);
          }
        });
    store.list(
        StoreLog.ENTRIES,
        (name, length) -> {
          long number = StoreLog.numberOf(name);
          if (number == 0
              || number > named.entry()
              || isPermanent(number)
              || table.epochs().contains(number)) {
            return;
          }
          if (used.contains(ObjectId.ofLog(number))) {
            kept.add(number);
          } else {
            forget(name);
          }
        });
  }
}
