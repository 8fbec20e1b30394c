// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counters of each zone: live bytes (as of the last durable batch), pending bytes (written, but
 * their batch is not yet applied), bytes placed in it since it was last empty and their mean age,
 * pins of readers, and the time of the last write. Also the number of extents in all zones (as of
 * the last durable batch), and a queue of the zones that are not needed any more, so that no search
 * is necessary. Takes 64 bytes for each zone, and 24 for each queue entry; a zone is in the queue
 * at most once. Thread-safe, lock-free.
 */
public final class ZoneUsage {
  /**
   * Part of a zone's data that counts as if it was observed to change at the mean rate. It keeps
   * the estimate of a zone that was just written near the mean.
   */
  private static final int PRIOR_PART = 64;

  private final ZoneCounters live = new ZoneCounters();
  private final ZoneCounters pending = new ZoneCounters();
  private final ZoneCounters placed = new ZoneCounters();
  private final ZoneCounters overhead = new ZoneCounters();

  /** Mean of {@link #writtenBytes} when the data of a zone were placed in it. */
  private final ZoneCounters placedAtBytes = new ZoneCounters();

  private final ZoneCounters lastWriteMillis = new ZoneCounters();
  private final ZoneCounters pins = new ZoneCounters();
  private volatile int zoneCount;
  private final AtomicLong totalLive = new AtomicLong();
  private final AtomicLong writtenBytes = new AtomicLong();
  private final AtomicLong extents = new AtomicLong();
  private final AtomicLong changes = new AtomicLong();
  private final ConcurrentLinkedQueue<Integer> emptied = new ConcurrentLinkedQueue<>();

  /** 1 for a zone that is in the queue. */
  private final ZoneCounters queued = new ZoneCounters();

  /**
   * @param zoneCount number of zones of the drive
   */
  public ZoneUsage(int zoneCount) {
    grow(zoneCount);
  }

  /**
   * Adds zones, with all counters 0. Called by one thread at a time, before anything is counted for
   * the new zones.
   */
  public void grow(int count) {
    for (ZoneCounters counters :
        List.of(live, pending, placed, overhead, placedAtBytes, lastWriteMillis, pins, queued)) {
      counters.grow(count);
    }
    zoneCount = count;
  }

  /** Number of zones. */
  public int zoneCount() {
    return zoneCount;
  }

  /** Live bytes of a zone. */
  public long liveBytes(int zone) {
    return live.get(zone);
  }

  /** Sets the live bytes of a zone. */
  public void setLiveBytes(int zone, long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("zone " + zone + " would have " + bytes + " live bytes");
    }
    totalLive.addAndGet(bytes - live.getAndSet(zone, bytes));
    changes.incrementAndGet();
    noteIfEmptied(zone);
  }

  /** Records that the last handle of a zone was closed. */
  public void noteGivenBack(int zone) {
    changes.incrementAndGet();
    noteIfEmptied(zone);
  }

  /** Grows whenever the live or pending bytes of a zone change, and when its handle is closed. */
  public long changes() {
    return changes.get();
  }

  /** Live bytes of all zones. */
  public long totalLiveBytes() {
    return totalLive.get();
  }

  /** Number of file extents in all zones. */
  public long extents() {
    return extents.get();
  }

  /** Sets the number of file extents in all zones. */
  public void setExtents(long count) {
    if (count < 0) {
      throw new IllegalArgumentException("there would be " + count + " extents");
    }
    extents.set(count);
  }

  /**
   * Counts bytes that were written and whose batch is not yet applied, or was just applied
   * (negative).
   */
  public void addPending(int zone, long bytes) {
    pending.addAndGet(zone, bytes);
    changes.incrementAndGet();
    noteIfEmptied(zone);
  }

  /** Bytes that were written and whose batch is not yet applied. */
  public long pendingBytes(int zone) {
    return pending.get(zone);
  }

  /**
   * Counts data of applications that were written to zones: the clock of {@link #updateRate}. What
   * is moved does not count.
   */
  public void countWritten(long bytes) {
    writtenBytes.addAndGet(bytes);
  }

  /**
   * Counts data that were written to a zone, or that a mount found there. Calls for one zone do not
   * overlap.
   *
   * @param dataBytes bytes of data
   * @param overheadBytes additional bytes that their pieces take, wherever they are
   */
  public void addPlaced(int zone, long dataBytes, long overheadBytes) {
    long sum = placed.addAndGet(zone, dataBytes);
    if (sum > 0) {
      long mean = placedAtBytes.get(zone);
      double step = (double) (writtenBytes.get() - mean) * dataBytes / sum;
      placedAtBytes.set(zone, mean + (long) step);
    }
    overhead.addAndGet(zone, overheadBytes);
  }

  /** Clears what was placed in a zone that is about to be reset. */
  public void forgetPlaced(int zone) {
    placed.set(zone, 0);
    overhead.set(zone, 0);
    placedAtBytes.set(zone, 0);
  }

  /**
   * Estimates how often the data of a zone are replaced or deleted, relative to the mean of all
   * live data: 2 for data that live half as long as the mean. The observed deaths are divided by
   * the exposure: the bytes that could have died, times the bytes that applications wrote
   * meanwhile. This is the maximum-likelihood estimate of a constant rate. Data of earlier mounts
   * count from this mount on. A zone without data has the rate 1.
   */
  public double updateRate(int zone) {
    long before = placed.get(zone);
    long now = Math.min(before, live.get(zone) + pending.get(zone));
    double prior = Math.max(1, before / PRIOR_PART);
    double turnovers =
        Math.max(0, writtenBytes.get() - placedAtBytes.get(zone))
            / (double) Math.max(1, totalLive.get());
    return (before - now + prior) / (turnovers * (before + now) / 2 + prior);
  }

  /**
   * Space that the live bytes of a zone would take elsewhere, with summaries and alignment as they
   * were when the zone was written. The overhead of earlier mounts is unknown and counts as 0.
   */
  public long footprintBytes(int zone) {
    double share = Math.min(1, liveBytes(zone) / (double) Math.max(1, placed.get(zone)));
    return liveBytes(zone) + (long) (share * overhead.get(zone));
  }

  /** Records the time of a write, for the age of a zone. */
  public void touched(int zone, long nowMillis) {
    lastWriteMillis.set(zone, nowMillis);
  }

  /**
   * Time of the last write to the zone, in milliseconds of the epoch; 0 if none since the mount.
   */
  public long lastWriteMillis(int zone) {
    return lastWriteMillis.get(zone);
  }

  /** Pins a zone for a reader: it must not be reset until {@link #unpin}. */
  public void pin(int zone) {
    pins.incrementAndGet(zone);
  }

  /** Ends a pin. */
  public void unpin(int zone) {
    pins.decrementAndGet(zone);
    noteIfEmptied(zone);
  }

  /** Whether no data in the zone are live, pending or pinned. */
  public boolean isReclaimable(int zone) {
    return live.get(zone) == 0 && pending.get(zone) == 0 && pins.get(zone) == 0;
  }

  /**
   * Puts a zone into the queue if it is reclaimable. The counters above call it on each change.
   * Also call it for zones that were never needed, such as one that failed its first write.
   */
  public void noteIfEmptied(int zone) {
    if (isReclaimable(zone) && queued.compareAndSet(zone, 0, 1)) {
      emptied.add(zone);
    }
  }

  /**
   * Takes the zone that has been in the queue longest. It may be needed again, and returns to the
   * queue when it is not, so the caller must check {@link #isReclaimable} afterwards.
   *
   * @return -1 if there is none
   */
  public int pollEmptied() {
    Integer zone = emptied.poll();
    if (zone == null) {
      return -1;
    }
    queued.set(zone, 0);
    return zone;
  }
}
