// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import zonefsj.device.ZoneCondition;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.stores.StoreRefusedException;

/**
 * Makes changes of zones durable: stores their bytes, then adds the zones to the log. Thread-safe;
 * flushes go one after the other, and one covers all that wait.
 */
final class ZoneFlush {
  /** So many bytes of zones stand in the entries of one flush. */
  private static final int MOST_INLINE_BYTES = 256 << 10;

  private final ZoneContent[] zones;
  private final ZoneChanges changes;
  private final PartWriter writer;
  private final StoreLog log;
  private final ChunkPool memory;
  private final StoreUpkeep upkeep;
  private final StorePatience patience;
  private final int inlineBytes;
  private final ReentrantLock turns = new ReentrantLock();

  /** Number of changes that are durable; guarded by {@link #turns}. */
  private long durableChanges;

  /**
   * @param memory gets the buffers of what is in the log
   * @param upkeep told of each flush
   * @param patience whether a flush that failed is done again
   * @param inlineBytes shorter parts stand in the entry of the log
   */
  ZoneFlush(
      ZoneContent[] zones,
      ZoneChanges changes,
      PartWriter writer,
      StoreLog log,
      ChunkPool memory,
      StoreUpkeep upkeep,
      StorePatience patience,
      int inlineBytes) {
    this.zones = zones;
    this.changes = changes;
    this.writer = writer;
    this.log = log;
    this.memory = memory;
    this.upkeep = upkeep;
    this.patience = patience;
    this.inlineBytes = inlineBytes;
  }

  /** Returns when all changes that have ended are durable. */
  void flush(SoftwareZoneStates states) throws IOException {
    long needed = changes.count();
    boolean done = false;
    while (!done) {
      boolean lasted = patience.lasts();
      try {
        flushUpTo(needed, states);
        patience.succeeded();
        done = true;
      } catch (IOException e) {
        if (!patience.outlasts(e, lasted)) {
          throw e;
        }
      }
    }
  }

  private void flushUpTo(long needed, SoftwareZoneStates states) throws IOException {
    turns.lock();
    try {
      if (durableChanges >= needed) {
        return;
      }
      long covered = changes.count();
      flushChanges(states);
      durableChanges = covered;
    } finally {
      turns.unlock();
    }
  }

  private void flushChanges(SoftwareZoneStates states) throws IOException {
    ZoneChanges.Taken taken = changes.take();
    boolean complete = false;
    try {
      upkeep.bound(taken.zones());
      List<Integer> left = taken.zones();
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
        changes.putBack(taken);
      }
    }
    upkeep.flushed(taken);
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
          writer.write(content, part);
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
    EntryBuilder entry = new EntryBuilder(log);
    try {
      for (ZoneContent.Sealed zone : sealed) {
        if (!entry.hasRoom(zone)) {
          write(entry);
          entry = new EntryBuilder(log);
        }
        if (!entry.add(zone)) {
          again.add(zone.content().zone());
        }
      }
      if (!entry.isEmpty()) {
        write(entry);
      }
    } finally {
      // Whatever has failed: nobody waits for its parts.
      entry.end(false, memory, changes);
    }
    return again;
  }

  private void write(EntryBuilder entry) throws IOException {
    entry.write();
    entry.end(true, memory, changes);
  }
}
