// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.ZoneStorage;
import zonefsj.stores.ObjectStore;

/**
 * Bytes of zones in objects. A write copies them to memory; they are stored when there are enough
 * for an object, when memory is short, or by a flush, which then adds the zones that have changed
 * to the log.
 *
 * <p>Threading: as {@link ZoneStorage} says.
 */
final class StoreZones implements ZoneStorage {
  private static final Logger LOG = LoggerFactory.getLogger(StoreZones.class);

  /** Many threads wait for memory, and a store that is away refuses at once. */
  private static final long RETRY_NANOS = 1_000_000_000;

  private final ObjectStore store;
  private final long objectBytes;
  private final int blockBytes;
  private final StoreLog log;
  private final StoreThreads threads;

  /** When something was stored again for the last time that could not be stored. */
  private final AtomicLong retriedNanos = new AtomicLong(System.nanoTime() - RETRY_NANOS);

  private final ChunkPool memory;
  private final StoreUpkeep upkeep;
  private final StorePatience patience;
  private final ZoneContent[] zones;
  private final ZoneChanges changes;
  private final ZoneReader reader;
  private final PartWriter writer;
  private final ZoneFlush flush;
  private final boolean owned;

  /**
   * @param shape of the drive
   * @param inlineBytes shorter parts stand in the entry of the log
   * @param zones as the log has them
   * @param changes to them
   * @param readBytes memory for what is read ahead
   * @param upkeep told of each flush
   * @param patience whether what could not be stored is stored later
   * @param owned whether the log may be written
   */
  StoreZones(
      ObjectStore store,
      StoreShape shape,
      int inlineBytes,
      StoreLog log,
      ZoneContent[] zones,
      ZoneChanges changes,
      StoreThreads threads,
      ChunkPool memory,
      long readBytes,
      StoreUpkeep upkeep,
      StorePatience patience,
      boolean owned) {
    this.store = store;
    this.objectBytes = shape.objectBytes();
    this.blockBytes = shape.geometry().blockSizeBytes();
    this.log = log;
    this.threads = threads;
    this.memory = memory;
    this.upkeep = upkeep;
    this.patience = patience;
    this.owned = owned;
    this.zones = zones;
    this.changes = changes;
    this.reader = new ZoneReader(store, threads, zones, readBytes, owned);
    this.writer = new PartWriter(store, log, threads, memory, changes);
    this.flush = new ZoneFlush(zones, changes, writer, log, memory, upkeep, patience, inlineBytes);
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    reader.read(zone, offsetBytes, destination);
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    ZoneContent content = zones[zone];
    if (!log.loss().isEmpty()) {
      throw new DeviceException(DeviceException.Reason.FENCED, zone, log.loss());
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
    changes.announce(zone);
    try {
      for (ByteBuffer source : inBlocks(sources)) {
        while (source.hasRemaining()) {
          if (content.fill(source, objectBytes) == 0) {
            content.grow(takeMemory(zone));
          }
          writer.write(content, content.begin(objectBytes));
        }
      }
      complete = true;
    } finally {
      if (!complete) {
        cut(content, offsetBytes);
      }
      changes.note(zone);
    }
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
            changes.announce(zone);
            relieve();
          });
    } catch (IOException e) {
      IOException why = writer.lastFailure();
      throw unavailable(store, zone, why == null ? e : why);
    }
  }

  /** The store does not answer: what it holds is not affected. */
  static DeviceException unavailable(ObjectStore store, int zone, IOException cause) {
    return new DeviceException(
        DeviceException.Reason.UNAVAILABLE,
        zone,
        store + " cannot be reached: " + cause.getMessage(),
        cause);
  }

  private void cut(ZoneContent content, long endBytes) {
    List<Piece> pieces = new ArrayList<>();
    List<ByteBuffer> freed = new ArrayList<>();
    content.cut(endBytes, pieces, freed);
    memory.give(freed);
    changes.giveUp(content.zone(), pieces);
  }

  /**
   * Stores a part of the zone with the most bytes that nobody stores: memory is short. What could
   * not be stored waits for all others.
   */
  private void relieve() {
    if (relieve(false)) {
      return;
    }
    long before = retriedNanos.get();
    long now = System.nanoTime();
    if (now - before >= RETRY_NANOS && retriedNanos.compareAndSet(before, now)) {
      relieve(true);
    }
  }

  private boolean relieve(boolean failed) {
    ZoneContent fullest = null;
    long most = 0;
    for (int zone : changes.zones()) {
      long waiting = zones[zone].waitingBytes(failed);
      if (waiting > most) {
        fullest = zones[zone];
        most = waiting;
      }
    }
    if (fullest != null) {
      writer.write(fullest, fullest.beginAny(failed));
    }
    return fullest != null;
  }

  @Override
  public void saveState(int zone, SoftwareZoneStates states) {
    changes.note(zone);
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
      changes.giveUp(zone, pieces);
    }
  }

  @Override
  public void flush(SoftwareZoneStates states) throws IOException {
    flush.flush(states);
  }

  @Override
  public void close() throws IOException {
    try (store;
        threads) {
      patience.end();
      reader.stop();
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
