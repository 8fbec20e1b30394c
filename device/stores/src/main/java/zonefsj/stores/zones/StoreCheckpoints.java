// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import zonefsj.stores.ObjectStore;

/**
 * The checkpoints of the owner: writes them, and gives up what they make needless. Takes 32 bytes
 * for each entry of the log before the newest checkpoint in which a zone has bytes.
 *
 * <p>Used by the thread of the upkeep.
 */
final class StoreCheckpoints {
  private final ObjectStore store;
  private final StoreShape shape;
  private final StoreLog log;
  private final DeadObjects dead;

  /** The newest one that the log names. */
  private Checkpoint named;

  /** Newer ones that are in the store; the log may name any of them, and none after that. */
  private final Deque<Checkpoint> written = new ArrayDeque<>();

  /** Entries before the checkpoint that are still there: zones have bytes in them. */
  private final TreeSet<Long> kept = new TreeSet<>();

  /**
   * @param table what the log says
   * @param dead receives what is needed no more
   */
  StoreCheckpoints(
      ObjectStore store, StoreShape shape, StoreLog log, ZoneTable table, DeadObjects dead) {
    this.store = store;
    this.shape = shape;
    this.log = log;
    this.dead = dead;
    this.named = table.checkpoint();
    for (long entry : entriesInUse(table)) {
      if (entry <= named.entry() && !isPermanent(shape, entry)) {
        kept.add(entry);
      }
    }
    kept.removeAll(new HashSet<>(table.fences()));
  }

  /** Whether an entry names a checkpoint, so that it is never deleted. */
  static boolean isPermanent(StoreShape shape, long entry) {
    return entry % shape.checkpointEntries() == 0;
  }

  /** Entries of the log in which zones have bytes. */
  private static Set<Long> entriesInUse(ZoneTable table) {
    Set<Long> entries = new HashSet<>();
    for (ZoneRecord zone : table.used()) {
      zone.pieces()
          .forEach(
              piece -> {
                if (piece.object().isLog()) {
                  entries.add(piece.object().number());
                }
              });
    }
    return entries;
  }

  private long last() {
    return written.isEmpty() ? named.entry() : written.getLast().entry();
  }

  /** Whether the next entry that names a checkpoint would name one that is too old. */
  boolean isLate() {
    return !log.hasFailed() && log.number() >= last() + shape.checkpointEntries();
  }

  /** Whether the next entry that names a checkpoint is near, and there is no new one for it. */
  boolean isDue() {
    long number = log.number();
    long sinceNamed = number % shape.checkpointEntries();
    return !log.hasFailed()
        && sinceNamed >= shape.checkpointEntries() / 2
        && last() <= number - sinceNamed;
  }

  /** Writes all zones. */
  void write() throws IOException {
    ZoneTable table = log.table();
    List<ObjectId> objects = new ArrayList<>();
    boolean complete = false;
    try {
      putAllZones(table, objects);
      complete = true;
    } finally {
      if (!complete) {
        objects.forEach(id -> dead.addUnread(Checkpoint.zonesName(id)));
      }
    }
    Checkpoint next =
        new Checkpoint(table.number(), table.crc(), table.owner(), objects, table.fences());
    written.add(next);
    log.prepare(next);
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
    ObjectId id = log.nextObject();
    // Also if this fails, it may be there.
    objects.add(id);
    if (!store.putOwn(
        Checkpoint.zonesName(id), Checkpoint.encodeZones(shape.drive(), id.number(), some))) {
      throw new IOException(store + " has " + Checkpoint.zonesName(id) + " already");
    }
  }

  /**
   * Gives up what the newest checkpoint that the log names makes needless.
   *
   * @return whether it is another one than the last time
   */
  boolean trim() {
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
    Set<Long> used = entriesInUse(table);
    used.addAll(table.fences());
    for (long entry = named.entry() + 1; entry <= newest.entry(); entry++) {
      if (!isPermanent(shape, entry)) {
        kept.add(entry);
      }
    }
    kept.removeIf(
        entry -> {
          if (!used.contains(entry)) {
            dead.add(StoreLog.entryName(entry));
          }
          return !used.contains(entry);
        });
    kept.removeAll(new HashSet<>(table.fences()));
    named = newest;
    return true;
  }

  private void supersede(Checkpoint older) {
    older.objects().forEach(id -> dead.add(Checkpoint.zonesName(id)));
  }
}
