// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneCondition;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.Zeros;
import zonefsj.device.software.ZoneStorage;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectUnreadableException;
import zonefsj.stores.StoreRefusedException;

/**
 * Bytes of zones in objects. A write copies them to memory; they are stored when there are enough
 * for an object, when memory is short, or by a flush, which then adds the zones that have changed
 * to the log.
 *
 * <p>Objects that a zone gives up are deleted after the entry that says so: a zone is noted as
 * changed after it has given them up, and before they are handed over here; a flush takes them over
 * before it looks at the zones.
 *
 * <p>Threading: as {@link ZoneStorage} says; flushes go one after the other.
 */
final class StoreZones implements ZoneStorage {
  private static final Logger LOG = LoggerFactory.getLogger(StoreZones.class);

  /** So many bytes of zones stand in the entries of one flush. */
  private static final int MOST_INLINE_BYTES = 256 << 10;

  /** An entry ends when it is longer than this; any store takes twice as much. */
  private static final int ENTRY_BYTES = 512 << 10;

  private final ObjectStore store;
  private final long objectBytes;
  private final int inlineBytes;
  private final int blockBytes;
  private final StoreLog log;
  private final StoreThreads threads;
  private final ChunkPool memory;
  private final Upkeep upkeep;
  private final ZoneContent[] zones;
  private final boolean owned;
  private final long epoch;
  private final AtomicLong lastObject = new AtomicLong();

  /** Zones that may differ from the log. */
  private final Set<Integer> changed = ConcurrentHashMap.newKeySet();

  /** Number of changes so far; what a flush has to cover. */
  private final AtomicLong changes = new AtomicLong();

  private final ReentrantLock turns = new ReentrantLock();

  /** Why bytes could not be stored the last time; null after a success. */
  private volatile @Nullable IOException lastFailure;

  /** Number of changes that are durable; guarded by {@link #turns}. */
  private long durableChanges;

  /** What the next flush gives up; guarded by its own monitor. */
  private final List<Piece> given = new ArrayList<>();

  /** What is to be done after a flush. */
  interface Upkeep {
    /**
     * The log has more entries.
     *
     * @param zones zones that they change
     * @param given pieces that are in no zone any more
     */
    void flushed(List<Integer> zones, List<Piece> given);

    /** The drive is closed: waits, for a limited time, until nothing is done any more. */
    void stop();
  }

  /**
   * @param shape of the drive
   * @param inlineBytes shorter parts stand in the entry of the log
   * @param upkeep told of each flush
   * @param owned whether the log may be written
   */
  StoreZones(
      ObjectStore store,
      StoreShape shape,
      int inlineBytes,
      StoreLog log,
      StoreThreads threads,
      ChunkPool memory,
      Upkeep upkeep,
      boolean owned) {
    this.store = store;
    this.objectBytes = shape.objectBytes();
    this.blockBytes = shape.geometry().blockSizeBytes();
    this.inlineBytes = inlineBytes;
    this.log = log;
    this.threads = threads;
    this.memory = memory;
    this.upkeep = upkeep;
    this.owned = owned;
    ZoneTable table = log.table();
    this.epoch = table.owner().epoch();
    this.zones = new ZoneContent[table.zoneCount()];
    for (int zone = 0; zone < zones.length; zone++) {
      zones[zone] = new ZoneContent(table.zone(zone));
    }
  }

  ZoneContent content(int zone) {
    return zones[zone];
  }

  /** A name that was never used. */
  ObjectId nextObject() {
    return new ObjectId(epoch, lastObject.incrementAndGet());
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    int limit = destination.limit();
    long offset = offsetBytes;
    Piece missed = null;
    while (destination.hasRemaining()) {
      int position = destination.position();
      Piece piece = zones[zone].locate(offset, destination);
      if (piece == null) {
        if (destination.position() == position) {
          // A reset has overtaken the read.
          Zeros.put(destination, destination.remaining());
        }
        offset += destination.position() - position;
        continue;
      }
      destination.limit(position + (int) piece.lengthBytes());
      try {
        store.read(piece.object().name(), piece.objectOffsetBytes(), destination);
      } catch (ObjectMissingException e) {
        if (piece.equals(missed)) {
          throw owned ? e : overtaken(zone, e);
        }
        // It may have been replaced meanwhile: then the zone names another one now.
        missed = piece;
        destination.limit(limit).position(position);
        continue;
      } catch (EOFException | ObjectUnreadableException e) {
        throw e;
      } catch (IOException e) {
        throw unavailable(zone, e);
      }
      destination.limit(limit);
      offset += piece.lengthBytes();
    }
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    ZoneContent content = zones[zone];
    if (!log.loss().isEmpty()) {
      throw unavailable(zone, new OwnershipLostException(log.loss()));
    }
    if (content.endBytes() > offsetBytes) {
      // What an earlier write that failed could not take back.
      cut(content, offsetBytes);
    }
    if (content.endBytes() < offsetBytes) {
      throw new IOException(
          store + ": zone " + zone + " ends at " + content.endBytes() + ", not at " + offsetBytes);
    }
    boolean complete = false;
    // Before memory is taken: whoever lacks some looks there.
    changed.add(zone);
    try {
      for (ByteBuffer source : inBlocks(sources)) {
        while (source.hasRemaining()) {
          if (content.fill(source, objectBytes) == 0) {
            content.grow(takeMemory(zone));
          }
          storeInBackground(content, content.begin(objectBytes));
        }
      }
      complete = true;
    } finally {
      if (!complete) {
        cut(content, offsetBytes);
      }
      note(zone);
    }
  }

  /** Who only reads does not learn of the changes of the owner. */
  private DeviceException overtaken(int zone, IOException cause) {
    return new DeviceException(
        DeviceException.Reason.HOST_SHORTAGE,
        zone,
        store + " was changed by its owner since it was opened to be read: open it again",
        cause);
  }

  /** A flush in the middle of a write must find whole blocks. */
  private ByteBuffer[] inBlocks(ByteBuffer... sources) {
    boolean whole = true;
    for (ByteBuffer source : sources) {
      whole &= source.remaining() % blockBytes == 0;
    }
    if (whole) {
      return sources;
    }
    ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(AccessRules.totalBytes(sources)));
    for (ByteBuffer source : sources) {
      all.put(source);
    }
    return new ByteBuffer[] {all.flip()};
  }

  private ByteBuffer takeMemory(int zone) throws IOException {
    try {
      return memory.take(
          () -> {
            // A flush may have taken it out.
            changed.add(zone);
            relieve();
          });
    } catch (IOException e) {
      IOException why = lastFailure;
      throw unavailable(zone, why == null ? e : why);
    }
  }

  /** That the store does not answer says nothing of what it holds. */
  private DeviceException unavailable(int zone, IOException cause) {
    return new DeviceException(
        DeviceException.Reason.HOST_SHORTAGE,
        zone,
        store + " cannot be reached: " + cause.getMessage(),
        cause);
  }

  private void note(int zone) {
    changed.add(zone);
    changes.incrementAndGet();
  }

  private void cut(ZoneContent content, long endBytes) {
    List<Piece> pieces = new ArrayList<>();
    List<ByteBuffer> freed = new ArrayList<>();
    content.cut(endBytes, pieces, freed);
    memory.give(freed);
    giveUp(content.zone(), pieces);
  }

  /** Pieces are in a zone no more; called after that. */
  void giveUp(int zone, Collection<Piece> pieces) {
    note(zone);
    synchronized (given) {
      given.addAll(pieces);
    }
  }

  /** Stores a part of the zone with the most bytes that nobody stores: memory is short. */
  private void relieve() {
    ZoneContent fullest = null;
    long most = 0;
    for (int zone : changed) {
      long waiting = zones[zone].waitingBytes();
      if (waiting > most) {
        fullest = zones[zone];
        most = waiting;
      }
    }
    if (fullest != null) {
      storeInBackground(fullest, fullest.beginAny());
    }
  }

  private void storeInBackground(ZoneContent content, @Nullable ZonePart part) {
    if (part == null) {
      return;
    }
    boolean begun = false;
    try {
      threads.execute(() -> store(content, part));
      begun = true;
    } finally {
      if (!begun) {
        // The host has no thread for it. Whoever waits for the part must not wait for ever.
        end(content, part, new IOException("there is no thread to store bytes of a zone"));
      }
    }
  }

  private void end(ZoneContent content, ZonePart part, Exception failure) {
    List<ByteBuffer> freed = new ArrayList<>();
    content.failed(part, failure, freed);
    memory.give(freed);
  }

  /** Stores a part that was begun. */
  private void store(ZoneContent content, ZonePart part) {
    Exception failure = new IOException("bytes of a zone were not stored");
    try {
      ObjectId object = nextObject();
      if (!store.putOwn(object.name(), content.contentOf(part))) {
        throw new IOException(store + " has an object " + object.name() + " already");
      }
      List<ByteBuffer> freed = new ArrayList<>();
      boolean dropped = content.stored(part, object, 0, freed);
      failure = null;
      lastFailure = null;
      memory.give(freed);
      if (dropped) {
        giveUp(content.zone(), List.of(new Piece(0, 1, object, 0)));
      }
    } catch (IOException | RuntimeException e) {
      failure = e;
      lastFailure = e instanceof IOException io ? io : new IOException(e);
      LOG.warn("bytes of zone {} cannot be stored now: {}", content.zone(), e.getMessage());
    } finally {
      if (failure != null) {
        end(content, part, failure);
      }
    }
  }

  @Override
  public void saveState(int zone, SoftwareZoneStates states) {
    note(zone);
  }

  @Override
  public void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws IOException {
    ZoneContent content = zones[zone];
    List<Piece> pieces = new ArrayList<>();
    List<ByteBuffer> freed = new ArrayList<>();
    boolean emptied =
        content.exclusively(
            () -> {
              boolean was = emptying.run();
              if (was) {
                content.cut(0, pieces, freed);
              }
              return was;
            });
    memory.give(freed);
    if (emptied) {
      giveUp(zone, pieces);
    }
  }

  @Override
  public void flush(SoftwareZoneStates states) throws IOException {
    long needed = changes.get();
    turns.lock();
    try {
      if (durableChanges >= needed) {
        return;
      }
      long covered = changes.get();
      flushChanges(states);
      durableChanges = covered;
    } finally {
      turns.unlock();
    }
  }

  private void flushChanges(SoftwareZoneStates states) throws IOException {
    List<Piece> dead;
    synchronized (given) {
      dead = List.copyOf(given);
      given.clear();
    }
    List<Integer> dirty = List.copyOf(changed);
    changed.removeAll(dirty);
    boolean complete = false;
    try {
      List<Integer> left = dirty;
      while (!left.isEmpty()) {
        List<ZoneContent.Sealed> sealed = new ArrayList<>(left.size());
        for (int zone : left) {
          sealed.add(zones[zone].seal(() -> isFinished(states.state(zone))));
        }
        storeParts(sealed);
        left = logAll(sealed);
      }
      complete = true;
    } catch (StoreRefusedException refused) {
      log.requireOwned(refused);
      throw refused;
    } finally {
      if (!complete) {
        changed.addAll(dirty);
        synchronized (given) {
          given.addAll(dead);
        }
      }
    }
    upkeep.flushed(dirty, dead);
  }

  private static boolean isFinished(SoftwareZoneState state) {
    return state.condition() == ZoneCondition.FULL && state.writtenBytes() < state.pointerBytes();
  }

  /** Stores all parts but those that are short enough for the log, as long as those are few. */
  private void storeParts(List<ZoneContent.Sealed> sealed) throws IOException {
    List<ZonePart> waiting = new ArrayList<>();
    List<ZoneContent> owners = new ArrayList<>();
    long inline = 0;
    for (ZoneContent.Sealed zone : sealed) {
      ZoneContent content = zone.content();
      for (ZoneContent.SealedPart one : zone.parts()) {
        ZonePart part = one.part();
        boolean begun;
        synchronized (content) {
          if (part.isStored() || part.dropped) {
            continue;
          }
          long bytes = part.contentBytes();
          if (part.isWaiting() && bytes < inlineBytes && inline + bytes <= MOST_INLINE_BYTES) {
            inline += bytes;
            continue;
          }
          begun = part.begin();
        }
        if (begun) {
          storeInBackground(content, part);
        }
        waiting.add(part);
        owners.add(content);
      }
    }
    for (int at = 0; at < waiting.size(); at++) {
      Exception failure = owners.get(at).awaitEnd(waiting.get(at));
      if (failure != null) {
        throw failure instanceof IOException io ? io : new IOException(failure);
      }
    }
  }

  /**
   * Adds zones to the log, in one entry if they fit.
   *
   * @return zones that have lost bytes since they were sealed, and must be looked at again
   */
  private List<Integer> logAll(List<ZoneContent.Sealed> sealed) throws IOException {
    List<Integer> again = new ArrayList<>();
    EntryBuilder entry = new EntryBuilder(log.begin());
    try {
      for (ZoneContent.Sealed zone : sealed) {
        if (entry.lengthBytes() >= ENTRY_BYTES) {
          add(entry);
          entry = new EntryBuilder(log.begin());
        }
        if (!entry.add(zone)) {
          again.add(zone.content().zone());
        }
      }
      if (!entry.isEmpty()) {
        add(entry);
      }
    } finally {
      // Whatever has failed: nobody waits for its parts.
      entry.end(false);
    }
    return again;
  }

  private void add(EntryBuilder entry) throws IOException {
    log.add(entry.records(), entry.inline());
    entry.end(true);
  }

  /** Collects what one entry of the log says. */
  private final class EntryBuilder {
    private final ObjectId object;
    private final List<ZoneRecord> records = new ArrayList<>();
    private final List<ByteBuffer> inline = new ArrayList<>();
    private final List<InlinePart> parts = new ArrayList<>();
    private long bytesSoFar;
    private long recordBytes;

    EntryBuilder(long number) {
      this.object = ObjectId.ofLog(number);
    }

    List<ZoneRecord> records() {
      return records;
    }

    List<ByteBuffer> inline() {
      return inline;
    }

    boolean isEmpty() {
      return records.isEmpty();
    }

    long lengthBytes() {
      return bytesSoFar + recordBytes;
    }

    /** Adds a zone; returns false if it has lost bytes since it was sealed. */
    boolean add(ZoneContent.Sealed zone) {
      ZoneContent content = zone.content();
      List<Piece> pieces = new ArrayList<>(zone.parts().size());
      long end = 0;
      synchronized (content) {
        if (!zone.isWhole()) {
          return false;
        }
        for (ZoneContent.SealedPart one : zone.parts()) {
          ZonePart part = one.part();
          long length = one.lengthBytes();
          if (part.isStored()) {
            pieces.add(part.piece().ofLength(length));
          } else {
            part.begin();
            parts.add(new InlinePart(content, part, bytesSoFar));
            pieces.add(new Piece(part.offsetBytes, length, object, bytesSoFar));
            for (ByteBuffer chunk : part.content()) {
              inline.add(chunk);
              bytesSoFar += chunk.remaining();
            }
          }
          end += length;
        }
      }
      ZoneRecord record = new ZoneRecord(content.zone(), zone.finished(), 0, end, pieces);
      recordBytes += record.changeFrom(log.zone(content.zone())).encodedBytes();
      records.add(record);
      return true;
    }

    /** The entry is in the log, or not; a second call does nothing. */
    void end(boolean added) {
      List<ByteBuffer> freed = new ArrayList<>();
      while (!parts.isEmpty()) {
        InlinePart one = parts.remove(parts.size() - 1);
        if (!added) {
          one.content().failed(one.part(), new IOException("the log has failed"), freed);
        } else {
          long base = LogEntry.inlineOffsetBytes(recordBytes);
          if (one.content().stored(one.part(), object, base + one.offsetBytes(), freed)) {
            giveUp(one.content().zone(), List.of(new Piece(0, 1, object, 0)));
          }
        }
      }
      memory.give(freed);
    }
  }

  /** A part that stands in an entry, at an offset from the first of all these bytes. */
  private record InlinePart(ZoneContent content, ZonePart part, long offsetBytes) {}

  @Override
  public void close() throws IOException {
    try (store;
        threads) {
      upkeep.stop();
      if (owned) {
        log.close();
      }
    } catch (OwnershipLostException told) {
      LOG.debug("{} belongs to somebody else", store, told);
    } finally {
      if (owned) {
        OwnerIdentity.forget(log.owner());
      }
    }
  }
}
