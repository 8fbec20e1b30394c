// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectTooLongException;

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

  /** A thousand each second for 8000 years. */
  private static final long MOST_ENTRIES = 1L << 48;

  private static final int MOST_AT_ONCE = 12;

  private static final int MOST_ZONES_AT_ONCE = 4;

  /** So often is an entry looked for that should be there. */
  private static final int LOOKS = 16;

  private static final long PAUSE_MILLIS = 200;

  /** An object with zones is longer only if one of them has many pieces. */
  private static final int USUAL_ZONES_BYTES = 8 << 20;

  /** An entry is longer only if one of its zones has many pieces. */
  private static final int USUAL_ENTRY_BYTES = 1 << 20;

  private final ObjectStore store;
  private final StoreShape shape;
  private final UUID drive;
  private final PieceLimits limits;
  private final StoreThreads threads;

  /** How many entries with a checkpoint are known to be there. */
  private long known;

  StoreOpening(ObjectStore store, StoreShape shape, StoreThreads threads) {
    this.store = store;
    this.shape = shape;
    this.drive = shape.drive();
    this.limits = shape.pieceLimits();
    this.threads = threads;
  }

  /**
   * Reads what the log says now.
   *
   * <p>If the store has lost an entry, but has later ones, the state before it is what is left.
   */
  ZoneTable read() throws IOException {
    Found found = find(true, true);
    if (found.hasHole()) {
      LOG.error("{}; what was written later cannot be shown", words(found));
    }
    return found.table();
  }

  /**
   * What the log says.
   *
   * @param hasHole whether it goes on after an entry that is missing
   */
  private record Found(ZoneTable table, boolean hasHole) {}

  private String words(Found found) {
    return store
        + " has lost "
        + StoreLog.entryName(found.table().number() + 1)
        + ": later entries are there";
  }

  /**
   * Reads what the log says now.
   *
   * @param looks whether to look for entries after the last one
   * @param orBefore whether what it said a while ago is as good: an owner who does not pause must
   *     not keep readers from opening
   */
  private Found find(boolean looks, boolean orBefore) throws IOException {
    while (true) {
      known = newest(known);
      StoreFormatException damage =
          new StoreFormatException(store + " has lost objects of its newest checkpoint");
      Optional<Found> found = Optional.empty();
      try {
        found = readFrom(known * shape.checkpointEntries(), looks);
      } catch (StoreFormatException e) {
        damage = e;
      }
      if (orBefore && found.isPresent() && !found.orElseThrow().hasHole()) {
        return found.orElseThrow();
      }
      // Otherwise what was read, or not found, may have been deleted meanwhile.
      if (!exists(known + 1)) {
        if (found.isEmpty()) {
          throw damage;
        }
        return found.orElseThrow();
      }
    }
  }

  /**
   * Reads the checkpoint that an entry names, and the log after it; empty if objects are missing.
   */
  private Optional<Found> readFrom(long number, boolean looks) throws IOException {
    Optional<ZoneTable> loaded = load(checkpointIn(number));
    if (loaded.isEmpty()) {
      return Optional.empty();
    }
    ZoneTable table = loaded.orElseThrow();
    follow(table);
    boolean hole = false;
    if (looks && isFollowed(table.number() + 1)) {
      // Once: whoever adds entries without a pause must not keep others from opening.
      hole = !appears(table.number() + 1);
      follow(table);
    }
    return table.number() >= number ? Optional.of(new Found(table, hole)) : Optional.empty();
  }

  private Checkpoint checkpointIn(long number) throws IOException {
    if (number == 0) {
      return Checkpoint.NONE;
    }
    String name = StoreLog.entryName(number);
    Optional<ByteBuffer> object = store.get(name, StoreFrame.MOST_BYTES);
    if (object.isEmpty()) {
      throw new StoreFormatException(store + " has no object " + name);
    }
    Checkpoint checkpoint = LogEntry.decode(shape, number, object.orElseThrow()).checkpoint();
    if (checkpoint == null) {
      throw new StoreFormatException(name + " names no checkpoint");
    }
    return checkpoint;
  }

  /**
   * Becomes the owner.
   *
   * @param maker makes the owner, with the number of its entry
   * @param yields whether an owner that has not closed the drive loses it
   * @return what the log says, with the entry by which that happened
   * @throws StoreInUseException if somebody else owns it
   */
  ZoneTable claim(OwnerMaker maker, Yielding yields) throws IOException {
    Found found = find(true, false);
    if (found.hasHole()) {
      throw new StoreFormatException(words(found) + "; it can be read only");
    }
    ZoneTable table = found.table();
    while (true) {
      boolean fences = !table.owner().closed() && !yields.hasEnded(table.owner());
      if (fences) {
        requireTakeover(table, yields);
      }
      long number = table.number() + 1;
      Owner made = maker.make(number);
      Owner owner = fences ? made.fencing() : made;
      // Entries that name a checkpoint are never deleted, so one that was free is the next one.
      boolean names = number % shape.checkpointEntries() == 0;
      LogEntry entry =
          new LogEntry(
              number, table.crc(), number, owner, names ? table.checkpoint() : null, List.of());
      ByteBuffer[] object = entry.encode(drive, List.of());
      if (!store.putIfAbsent(StoreLog.entryName(number), object)) {
        LOG.info("{}: entry {} was added meanwhile", store, number);
        // At once: whoever adds entries without a pause must not win for ever.
        if (!step(table)) {
          table = find(false, false).table();
        }
        continue;
      }
      if (names || !exists(known + 1)) {
        table.apply(entry, LogEntry.crcOf(object[0]));
        return table;
      }
      // The entry may lie below the checkpoint, where nobody reads it.
      table = find(false, false).table();
      if (table.owner().isSame(owner) && !table.owner().closed()) {
        return table;
      }
    }
  }

  private void requireTakeover(ZoneTable table, Yielding yields) throws IOException {
    if (!yields.isGone(table.owner()) && !yields.isTakenOver()) {
      throw StoreInUseException.of(store.toString(), table.owner());
    }
    if (table.fences().size() >= Checkpoint.MOST_FENCES) {
      throw new StoreFormatException(
          store
              + " was taken over "
              + table.fences().size()
              + " times from owners that may still run; unmount it there");
    }
  }

  /** Decides about an owner that has not closed the drive. */
  interface Yielding {
    /**
     * Whether it has ended for sure, so that nothing must keep it from writing.
     *
     * @throws StoreInUseException if the drive may not be taken from it
     */
    boolean hasEnded(Owner owner) throws IOException;

    /** Whether it is taken for gone, so that it loses the drive without a question. */
    boolean isGone(Owner owner) throws IOException;

    /** Whether it loses the drive though it may still run. */
    boolean isTakenOver();
  }

  /** Makes an owner. */
  @FunctionalInterface
  interface OwnerMaker {
    /** Makes one that became the owner by the entry of a number. */
    Owner make(long epoch);
  }

  /** Whether an entry with a checkpoint is there. */
  private boolean exists(long multiple) throws IOException {
    if (multiple > MOST_ENTRIES / shape.checkpointEntries()) {
      return false;
    }
    String name = StoreLog.entryName(multiple * shape.checkpointEntries());
    try {
      return store.get(name, 0).isPresent();
    } catch (ObjectTooLongException there) {
      LOG.trace("{} is there", name, there);
      return true;
    }
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
    ZoneTable table = new ZoneTable(shape.geometry(), found);
    for (int from = 0; from < found.objects().size(); from += MOST_ZONES_AT_ONCE) {
      List<ObjectId> some =
          found
              .objects()
              .subList(from, Math.min(found.objects().size(), from + MOST_ZONES_AT_ONCE));
      List<Fetched> objects =
          fetchAll(some.stream().map(Checkpoint::zonesName).toList(), USUAL_ZONES_BYTES);
      for (int at = 0; at < objects.size(); at++) {
        Optional<ByteBuffer> object = contentOf(objects.get(at));
        if (object.isEmpty()) {
          return Optional.empty();
        }
        Checkpoint.decodeZones(shape, some.get(at), object.orElseThrow(), table);
        limits.requireMemory(table);
      }
    }
    return Optional.of(table);
  }

  /** Applies the next entry, if it is there and follows. */
  private boolean step(ZoneTable table) throws IOException {
    long next = table.number() + 1;
    Optional<ByteBuffer> object = store.get(StoreLog.entryName(next), StoreFrame.MOST_BYTES);
    if (object.isEmpty()) {
      return false;
    }
    ByteBuffer entry = object.orElseThrow();
    try {
      table.apply(LogEntry.decode(shape, next, entry), LogEntry.crcOf(entry));
      limits.requireMemory(table);
      return true;
    } catch (StoreFormatException other) {
      // What the table says is old, and the entries after it were deleted.
      LOG.debug("{}: entry {} does not follow", store, next, other);
      return false;
    }
  }

  /** Applies all entries that follow. */
  private void follow(ZoneTable table) throws IOException {
    int atOnce = 1;
    while (true) {
      List<String> names = new ArrayList<>();
      for (int at = 1; at <= atOnce; at++) {
        names.add(StoreLog.entryName(table.number() + at));
      }
      for (Fetched fetched : fetchAll(names, USUAL_ENTRY_BYTES)) {
        Optional<ByteBuffer> object = contentOf(fetched);
        if (object.isEmpty()) {
          return;
        }
        ByteBuffer entry = object.orElseThrow();
        table.apply(LogEntry.decode(shape, table.number() + 1, entry), LogEntry.crcOf(entry));
        limits.requireMemory(table);
      }
      atOnce = Math.min(MOST_AT_ONCE, atOnce * 2);
    }
  }

  /** An entry is put when the one before it is there; so if this is true, it should be. */
  private boolean isFollowed(long entry) throws IOException {
    List<String> later = new ArrayList<>();
    for (int at = 1; at <= MOST_AT_ONCE; at++) {
      later.add(StoreLog.entryName(entry + at));
      // The entry that names the next checkpoint may be the one that is lost.
      later.add(StoreLog.entryName((known + 1 + at) * shape.checkpointEntries()));
    }
    return fetchAll(later, 0).stream().anyMatch(fetched -> !fetched.isAbsent());
  }

  /**
   * Whether an entry that is followed is there after all: it was added since, or one of several
   * servers was behind. Looks no more when a newer checkpoint has made it needless.
   */
  private boolean appears(long entry) throws IOException {
    for (int look = 0; look < LOOKS; look++) {
      if (look > 0) {
        pause();
      }
      if (!fetch(StoreLog.entryName(entry), 0).isAbsent()) {
        return true;
      }
      if (exists(known + 1)) {
        return false;
      }
    }
    return false;
  }

  private static void pause() throws InterruptedIOException {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /**
   * What was found of an object at the same time as others.
   *
   * @param isLong whether it is longer than usual, and was not read
   */
  private record Fetched(String name, boolean isLong, Optional<ByteBuffer> content) {
    boolean isAbsent() {
      return !isLong && content.isEmpty();
    }
  }

  /**
   * Gets objects at once, but for those that are longer than usual: whoever made them up must not
   * fill the memory.
   */
  private List<Fetched> fetchAll(List<String> names, int usualBytes) throws IOException {
    return threads.all(
        names.stream()
            .<StoreThreads.Task<Fetched>>map(name -> () -> fetch(name, usualBytes))
            .toList());
  }

  private Fetched fetch(String name, int usualBytes) throws IOException {
    try {
      return new Fetched(name, false, store.get(name, usualBytes));
    } catch (ObjectTooLongException e) {
      LOG.trace("{} is read alone", name, e);
      return new Fetched(name, true, Optional.empty());
    }
  }

  private Optional<ByteBuffer> contentOf(Fetched fetched) throws IOException {
    return fetched.isLong() ? store.get(fetched.name(), StoreFrame.MOST_BYTES) : fetched.content();
  }
}
