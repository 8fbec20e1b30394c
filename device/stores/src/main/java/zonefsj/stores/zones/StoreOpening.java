// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectStore;

/**
 * Finds what the log says, and becomes the owner. Asks for objects by name only.
 *
 * <p>The entries up to a checkpoint may have been deleted. So who finds no next entry has found the
 * end of the log only if no newer checkpoint is named; and who has put an entry as the next one has
 * added it to the log only if there still is none, or if the log contains it when it is read again.
 *
 * <p>Used by one thread.
 */
final class StoreOpening {
  private static final Logger LOG = LoggerFactory.getLogger(StoreOpening.class);
  private static final int MOST_AT_ONCE = 16;

  private final ObjectStore store;
  private final StoreShape shape;
  private final UUID drive;
  private final StoreThreads threads;

  /** How many entries with a checkpoint are known to be there. */
  private long known;

  StoreOpening(ObjectStore store, StoreShape shape, StoreThreads threads) {
    this.store = store;
    this.shape = shape;
    this.drive = shape.drive();
    this.threads = threads;
  }

  /** Reads what the log says now. */
  ZoneTable read() throws IOException {
    while (true) {
      known = newest(known);
      StoreFormatException damage =
          new StoreFormatException(store + " has lost objects of its newest checkpoint");
      Optional<ZoneTable> table = Optional.empty();
      try {
        table = readFrom(known * shape.checkpointEntries());
      } catch (StoreFormatException e) {
        damage = e;
      }
      // Otherwise what was read, or not found, may have been deleted meanwhile.
      if (!exists(known + 1)) {
        if (table.isEmpty()) {
          throw damage;
        }
        return table.orElseThrow();
      }
    }
  }

  /**
   * Reads the checkpoint that an entry names, and the log after it; empty if objects are missing.
   */
  private Optional<ZoneTable> readFrom(long number) throws IOException {
    Optional<ZoneTable> loaded = load(checkpointIn(number));
    if (loaded.isPresent()) {
      follow(loaded.orElseThrow());
    }
    return loaded.filter(table -> table.number() >= number);
  }

  private Checkpoint checkpointIn(long number) throws IOException {
    if (number == 0) {
      return Checkpoint.NONE;
    }
    String name = StoreLog.entryName(number);
    Optional<ByteBuffer> object = store.get(name);
    if (object.isEmpty()) {
      throw new StoreFormatException(store + " has no object " + name);
    }
    Checkpoint checkpoint = LogEntry.decode(drive, number, object.orElseThrow()).checkpoint();
    if (checkpoint == null) {
      throw new StoreFormatException(name + " names no checkpoint");
    }
    return checkpoint;
  }

  /**
   * Becomes the owner.
   *
   * @param maker makes the owner, with the number of its entry
   * @param yields whether an owner that has not closed the drive gives it up
   * @return what the log says, with the entry by which that happened
   * @throws StoreInUseException if somebody else owns it
   */
  ZoneTable claim(OwnerMaker maker, Yielding yields) throws IOException {
    ZoneTable table = read();
    while (true) {
      if (!table.owner().closed() && !yields.yields(table.owner())) {
        throw new StoreInUseException(store.toString(), table.owner());
      }
      long number = table.number() + 1;
      Owner owner = maker.make(number);
      // Entries that name a checkpoint are never deleted, so one that was free is the next one.
      boolean names = number % shape.checkpointEntries() == 0;
      LogEntry entry =
          new LogEntry(
              number, table.crc(), number, owner, names ? table.checkpoint() : null, List.of());
      ByteBuffer[] object = entry.encode(drive, List.of());
      if (!store.putIfAbsent(StoreLog.entryName(number), object)) {
        LOG.info("{}: entry {} was added meanwhile", store, number);
        table = read();
        continue;
      }
      if (names || !exists(known + 1)) {
        table.apply(entry, LogEntry.crcOf(object[0]));
        return table;
      }
      // The entry may lie below the checkpoint, where nobody reads it.
      table = read();
      if (table.owner().isSame(owner) && !table.owner().closed()) {
        return table;
      }
    }
  }

  /** Decides about an owner that has not closed the drive. */
  @FunctionalInterface
  interface Yielding {
    /** Whether it gives the drive up. */
    boolean yields(Owner owner) throws IOException;
  }

  /** Makes an owner. */
  @FunctionalInterface
  interface OwnerMaker {
    /** Makes one that became the owner by the entry of a number. */
    Owner make(long epoch);
  }

  /** Whether an entry with a checkpoint is there. */
  private boolean exists(long multiple) throws IOException {
    return store.get(StoreLog.entryName(multiple * shape.checkpointEntries())).isPresent();
  }

  /** They have no gaps: doubles the distance, then halves it. */
  private long newest(long from) throws IOException {
    long there = from;
    long step = 1;
    while (exists(there + step)) {
      there += step;
      step *= 2;
    }
    long missing = there + step;
    while (missing - there > 1) {
      long middle = there + (missing - there) / 2;
      if (exists(middle)) {
        there = middle;
      } else {
        missing = middle;
      }
    }
    return there;
  }

  /** The zones of a checkpoint; empty if objects of it are missing. */
  private Optional<ZoneTable> load(Checkpoint found) throws IOException {
    ZoneTable table = new ZoneTable(shape.geometry().zoneCount(), found);
    List<Optional<ByteBuffer>> objects =
        threads.all(
            found.objects().stream()
                .<StoreThreads.Task<Optional<ByteBuffer>>>map(
                    id -> () -> store.get(Checkpoint.zonesName(id)))
                .toList());
    for (int at = 0; at < objects.size(); at++) {
      if (objects.get(at).isEmpty()) {
        return Optional.empty();
      }
      Checkpoint.decodeZones(drive, found.objects().get(at), objects.get(at).orElseThrow(), table);
    }
    return Optional.of(table);
  }

  /** Applies all entries that follow. */
  private void follow(ZoneTable table) throws IOException {
    int atOnce = 1;
    while (true) {
      List<StoreThreads.Task<Optional<ByteBuffer>>> gets = new ArrayList<>();
      for (int at = 1; at <= atOnce; at++) {
        String name = StoreLog.entryName(table.number() + at);
        gets.add(() -> store.get(name));
      }
      for (Optional<ByteBuffer> object : threads.all(gets)) {
        if (object.isEmpty()) {
          return;
        }
        ByteBuffer entry = object.orElseThrow();
        table.apply(LogEntry.decode(drive, table.number() + 1, entry), LogEntry.crcOf(entry));
      }
      atOnce = Math.min(MOST_AT_ONCE, atOnce * 2);
    }
  }
}
