// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import zonefsj.device.AccessRules;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;

/**
 * The log of the owner. After an entry has failed none can follow: nobody knows whether it is
 * there, or will be; unless the store has refused it, so that it is not.
 *
 * <p>Threading: one thread at a time adds entries; any thread asks for the table.
 */
final class StoreLog {
  /** What the names of entries begin with. */
  static final String ENTRIES = "log/";

  private final ObjectStore store;
  private final StoreShape shape;

  private final StorePatience patience;
  private final long epoch;
  private final AtomicLong lastObject = new AtomicLong();

  /** Guarded by this object's monitor. */
  private final ZoneTable table;

  /** The newest checkpoint that is in the store; guarded by this object's monitor. */
  private Checkpoint checkpoint;

  private volatile @Nullable IOException failure;

  /** Whether an entry is on its way, so that the failure is not known yet. */
  private volatile boolean underWay;

  private volatile String loss = "";

  /**
   * @param table what the log says, with the entry by which this process became the owner
   * @param patience whether an entry that could not be added is added later
   */
  StoreLog(ObjectStore store, StoreShape shape, ZoneTable table, StorePatience patience) {
    this.store = store;
    this.shape = shape;
    this.patience = patience;
    this.table = table;
    this.checkpoint = table.checkpoint();
    this.epoch = table.owner().epoch();
  }

  static String entryName(long number) {
    return ENTRIES + number;
  }

  /** The number of an entry's name; 0 if it is none. */
  static long numberOf(String name) {
    try {
      long number = Long.parseLong(name.substring(ENTRIES.length()));
      return number > 0 && entryName(number).equals(name) ? number : 0;
    } catch (NumberFormatException notOurs) {
      return 0;
    }
  }

  /** An object that was never used. */
  ObjectId nextObject() {
    return new ObjectId(epoch, lastObject.incrementAndGet());
  }

  /** Number of the last entry. */
  synchronized long number() {
    return table.number();
  }

  /** Number of the entry up to which the newest checkpoint goes that the log names. */
  synchronized long checkpointEntry() {
    return table.checkpoint().entry();
  }

  /** The zones of a checkpoint are in the store: the log names it in one of its next entries. */
  synchronized void prepare(Checkpoint written) {
    checkpoint = written;
  }

  /**
   * Begins an entry with zones: adds one with a checkpoint first if that is due.
   *
   * @return its number
   */
  long begin() throws IOException {
    LogEntry entry;
    synchronized (this) {
      if (!isDue(table.number() + 1)) {
        return table.number() + 1;
      }
      entry = entry(null, List.of());
    }
    add(entry, List.of());
    return entry.number() + 1;
  }

  private boolean isDue(long number) {
    return number % shape.checkpointEntries() == 0;
  }

  private synchronized LogEntry entry(@Nullable Owner owner, List<ZoneRecord> changes) {
    long number = table.number() + 1;
    return new LogEntry(
        number,
        table.crc(),
        table.owner().epoch(),
        owner,
        isDue(number) ? checkpoint : null,
        changes);
  }

  synchronized Owner owner() {
    return table.owner();
  }

  /** Number of pieces of all zones. */
  synchronized long pieceCount() {
    return table.pieceCount();
  }

  /** A zone as it is in the log. */
  synchronized ZoneRecord zone(int zone) {
    return table.zone(zone);
  }

  /** What the log says now. */
  synchronized ZoneTable table() {
    return table.copy();
  }

  /** Who has taken the drive over, in words; empty if nobody is known to have. */
  String loss() {
    return loss;
  }

  /**
   * Adds an entry that was begun, durably.
   *
   * @param zones zones that have changed, whole; offsets of pieces in the new entry count from the
   *     first byte of {@code inline}
   * @param inline bytes to which their pieces refer
   * @throws OwnershipLostException if somebody else owns the drive
   */
  void add(List<ZoneRecord> zones, List<ByteBuffer> inline) throws IOException {
    LogEntry entry;
    // An entry that nobody accepts must not be put.
    for (ZoneRecord zone : zones) {
      zone.check(shape.geometry(), 0);
    }
    if (AccessRules.totalBytes(inline.toArray(ByteBuffer[]::new)) > LogEntry.MOST_INLINE_BYTES) {
      throw new IOException(store + ": too many bytes for one entry of the log");
    }
    synchronized (this) {
      ObjectId own = ObjectId.ofLog(table.number() + 1);
      List<ZoneRecord> changes = new ArrayList<>(zones.size());
      long ofZonesBytes = 0;
      for (ZoneRecord zone : zones) {
        ZoneRecord change = zone.changeFrom(table.zone(zone.zone()));
        ofZonesBytes += change.encodedBytes();
        changes.add(change);
      }
      long inlineBytes = LogEntry.inlineOffsetBytes(ofZonesBytes);
      changes.replaceAll(change -> change.moved(own, inlineBytes));
      entry = entry(null, changes);
    }
    add(entry, inline);
  }

  /** Notes that the owner closes the drive; does nothing after a failure. */
  void close() throws IOException {
    if (failure != null) {
      return;
    }
    LogEntry entry;
    synchronized (this) {
      entry = entry(table.owner().closing(), List.of());
    }
    try {
      add(entry, List.of());
      // The next owner counts on it that nothing follows.
      failure = new IOException(store + " is closed");
    } catch (StoreRefusedException refused) {
      requireOwned(refused);
      throw refused;
    }
  }

  private void add(LogEntry entry, List<ByteBuffer> inline) throws IOException {
    IOException before = failure;
    if (before != null) {
      throw new IOException(before.getMessage(), before);
    }
    ByteBuffer[] object = entry.encode(shape.drive(), inline);
    // Until it is known whether the entry is there.
    IOException unknown =
        new IOException("internal error while the log of " + store + " was written");
    underWay = true;
    failure = unknown;
    try {
      if (!put(entryName(entry.number()), object)) {
        loss = lossBy(entry.number());
        throw new OwnershipLostException(loss);
      }
      synchronized (this) {
        table.apply(entry, LogEntry.crcOf(object[0]));
      }
      failure = null;
    } catch (StoreRefusedException withoutEffect) {
      failure = null;
      throw withoutEffect;
    } catch (IOException e) {
      failure = e;
      throw e;
    } finally {
      underWay = false;
    }
  }

  /**
   * Puts the same bytes again while the store is away: so it does not matter what became of them.
   */
  private boolean put(String name, ByteBuffer... object) throws IOException {
    boolean ambiguous = false;
    while (true) {
      boolean lasted = patience.lasts();
      try {
        return store.putIfAbsent(name, object);
      } catch (IOException e) {
        ambiguous |= !(e instanceof StoreRefusedException);
        if (!patience.outlasts(e, lasted)) {
          if (ambiguous) {
            return settle(name, e, object);
          }
          throw e;
        }
      }
    }
  }

  /**
   * A put that had no answer counts, whatever became of the last one.
   *
   * @param failed the last one
   */
  private boolean settle(String name, IOException failed, ByteBuffer... object) throws IOException {
    Optional<ByteBuffer> there = lookFor(name, failed);
    if (there.isEmpty()) {
      throw new IOException(failed.getMessage(), failed);
    }
    if (!isSame(there.orElseThrow(), object)) {
      return false;
    }
    try {
      // What can be seen need not be durable yet; what a put has said is there is.
      return store.putIfAbsent(name, object);
    } catch (StoreRefusedException refused) {
      // The entry is there all the same, so this is no refusal of it.
      throw new IOException(refused.getMessage(), refused);
    }
  }

  private Optional<ByteBuffer> lookFor(String name, IOException failed) {
    try {
      return store.get(name, StoreFrame.MOST_BYTES);
    } catch (IOException unknown) {
      failed.addSuppressed(unknown);
      return Optional.empty();
    }
  }

  private static boolean isSame(ByteBuffer there, ByteBuffer... object) {
    ByteBuffer whole = ByteBuffer.allocate(Math.toIntExact(AccessRules.totalBytes(object)));
    for (ByteBuffer part : object) {
      whole.put(part.duplicate());
    }
    return there.equals(whole.flip());
  }

  /** Whether it is known that no entry can follow. */
  boolean hasFailed() {
    return failure != null && !underWay;
  }

  /**
   * Looks whether somebody else owns the drive: then the store may refuse what we put, because it
   * misses what he has deleted.
   *
   * @param refused receives what goes wrong meanwhile
   * @throws OwnershipLostException if that is so
   */
  void requireOwned(StoreRefusedException refused) throws OwnershipLostException {
    if (failure != null) {
      return;
    }
    try {
      look();
    } catch (OwnershipLostException lost) {
      throw lost;
    } catch (IOException unknown) {
      refused.addSuppressed(unknown);
    }
  }

  private void look() throws IOException {
    long number;
    int crc;
    synchronized (this) {
      number = table.number();
      crc = table.crc();
    }
    // Nothing of ours can be the next one: what failed had no effect.
    if (store.get(entryName(number + 1), StoreFrame.MOST_BYTES).isPresent()) {
      lose(number + 1);
    }
    Optional<ByteBuffer> last = store.get(entryName(number), StoreFrame.MOST_BYTES);
    if (last.isEmpty()) {
      return;
    }
    LogEntry.decode(shape, number, last.orElseThrow());
    if (LogEntry.crcOf(last.orElseThrow()) != crc) {
      // The store has lost our last entry, and somebody else has put his there.
      lose(number);
    }
  }

  private void lose(long number) throws OwnershipLostException {
    loss = lossBy(number);
    OwnershipLostException lost = new OwnershipLostException(loss);
    failure = lost;
    throw lost;
  }

  private String lossBy(long number) {
    String by = "";
    try {
      Optional<ByteBuffer> there = store.get(entryName(number), StoreFrame.MOST_BYTES);
      if (there.isPresent()) {
        Owner owner = LogEntry.decode(shape, number, there.orElseThrow()).owner();
        by = owner == null ? "" : " by " + owner.words();
      }
    } catch (IOException unknown) {
      by = " (by whom cannot be read: " + unknown.getMessage() + ")";
    }
    return store + " was taken over" + by;
  }
}
