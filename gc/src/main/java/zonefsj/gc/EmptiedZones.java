// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Resets the zones that hold no needed data, in the order of the queue of {@link ZoneUsage} and a
 * few at a time. It copies nothing. A zone is reset only after the commit that emptied it is
 * proven.
 *
 * <p>A zone with a handle returns to the queue when the handle is closed, and a zone that is needed
 * again when it is not needed any more.
 *
 * <p>Used by one thread at a time; any thread may call {@link #resets}. The first call looks at all
 * zones, because the queue does not have those that were empty before. Later calls look only at the
 * queue. A step costs one proof, if there was a commit since the last, and at most {@link
 * #ZONES_A_STEP} resets of the drive.
 */
final class EmptiedZones {
  /**
   * Limit of the zones of a step. One proof serves all of them, and other users of the collector
   * wait until they are reset.
   */
  static final int ZONES_A_STEP = 16;

  /** Short, because a drive may be disconnected for some seconds. */
  static final long FIRST_BACKOFF_MILLIS = 5000;

  private static final long MOST_BACKOFF_MILLIS = 3_600_000;

  private record Backoff(long untilMillis, long lengthMillis) {}

  private static final Logger LOG = LoggerFactory.getLogger(EmptiedZones.class);

  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ExtentOwner owner;
  private final ZoneBackoff stuck;
  private final LongSupplier elapsedMillis;
  private final IntConsumer whenReset;

  /** Whether the zones that were empty when the collector started are in the queue. */
  private boolean seeded;

  /** Zones whose last reset failed: about 100 bytes each. */
  private final Map<Integer, Backoff> failed = new HashMap<>();

  private long retryAtMillis;

  private final AtomicLong resets = new AtomicLong();

  /**
   * @param allocator resets zones
   * @param usage has the queue
   * @param owner proves commits
   * @param stuck forgets zones that are reset
   * @param elapsedMillis milliseconds since some instant
   * @param whenReset is told each zone that was reset
   */
  EmptiedZones(
      ZoneAllocator allocator,
      ZoneUsage usage,
      ExtentOwner owner,
      ZoneBackoff stuck,
      LongSupplier elapsedMillis,
      IntConsumer whenReset) {
    this.elapsedMillis = elapsedMillis;
    this.whenReset = whenReset;
    this.allocator = allocator;
    this.usage = usage;
    this.owner = owner;
    this.stuck = stuck;
    allocator.whenGivenBack(usage::noteGivenBack);
  }

  /** Number of zones that were reset. */
  long resets() {
    return resets.get();
  }

  /**
   * Resets the zones of one step.
   *
   * @param mayGoOn asked before each reset; when it returns false, the other zones return to the
   *     queue
   * @return the number of zones that the step has dealt with, including those that the drive
   *     refused to reset; {@link #ZONES_A_STEP} if there may be more, and 0 if the commits that
   *     emptied them cannot be proven
   * @throws IOException if the proof failed, or the host has no memory for a reset; the zones
   *     return to the queue
   */
  int resetSome(BooleanSupplier mayGoOn) throws IOException {
    seed();
    retryFailed();
    List<ZoneState> zones = takeFromQueue();
    int done = 0;
    try {
      if (!zones.isEmpty() && mayGoOn.getAsBoolean() && owner.proveCommits()) {
        while (done < zones.size() && mayGoOn.getAsBoolean()) {
          reset(zones.get(done));
          done++;
        }
      }
    } finally {
      zones.subList(done, zones.size()).forEach(this::noteIfEmptied);
    }
    return done;
  }

  private List<ZoneState> takeFromQueue() {
    List<ZoneState> zones = new ArrayList<>(ZONES_A_STEP);
    while (zones.size() < ZONES_A_STEP) {
      int zone = usage.pollEmptied();
      if (zone < 0) {
        break;
      }
      ZoneState state = allocator.state(zone);
      // A zone that could not be emptied before is no reason to wait: its reset reads nothing.
      if (isDataWithoutHandle(state) && usage.isReclaimable(zone) && !isBackedOff(zone)) {
        zones.add(state);
      }
    }
    return zones;
  }

  private void seed() {
    if (!seeded) {
      seeded = true;
      allocator.states().stream().filter(this::isDataWithoutHandle).forEach(this::noteIfEmptied);
    }
  }

  private void noteIfEmptied(ZoneState zone) {
    usage.noteIfEmptied(zone.zone());
  }

  private boolean isDataWithoutHandle(ZoneState zone) {
    return (zone.use() == Use.FILLED || zone.use() == Use.PARTIAL)
        && zone.stream() != null
        && zone.stream().isData();
  }

  /** Zones whose backoff has ended return to the queue. */
  private void retryFailed() {
    long now = elapsedMillis.getAsLong();
    if (!failed.isEmpty() && now >= retryAtMillis) {
      retryAtMillis = now + FIRST_BACKOFF_MILLIS;
      for (int zone : failed.keySet()) {
        if (!isBackedOff(zone)) {
          usage.noteIfEmptied(zone);
        }
      }
    }
  }

  private boolean isBackedOff(int zone) {
    Backoff rest = failed.get(zone);
    return rest != null && elapsedMillis.getAsLong() < rest.untilMillis();
  }

  /**
   * Resets a zone. If the drive refuses, the zone is tried again after a backoff.
   *
   * @throws DeviceException if the host has no memory for it
   */
  private void reset(ZoneState seen) throws DeviceException {
    int zone = seen.zone();
    try {
      if (allocator.resetIf(zone, () -> forgetIfStillEmptied(seen))) {
        resets.incrementAndGet();
        failed.remove(zone);
        stuck.emptied(zone);
        whenReset.accept(zone);
      }
    } catch (IOException refused) {
      DeviceException.rethrowInconclusive(refused);
      Backoff before = failed.get(zone);
      long length =
          before == null
              ? FIRST_BACKOFF_MILLIS
              : Math.min(MOST_BACKOFF_MILLIS, 2 * before.lengthMillis());
      failed.put(zone, new Backoff(elapsedMillis.getAsLong() + length, length));
      if (before == null) {
        LOG.error("zone {} cannot be reset; it is tried again", zone, refused);
      } else {
        LOG.warn(
            "zone {} still cannot be reset; the next try is in {} s: {}",
            zone,
            length / 1000,
            refused.getMessage());
      }
    }
  }

  /**
   * Clears the counters of placed bytes before the reset, so before new data are placed.
   *
   * @param seen the zone before the proof
   * @return false if the zone stays
   */
  private boolean forgetIfStillEmptied(ZoneState seen) {
    int zone = seen.zone();
    if (!usage.isReclaimable(zone)) {
      return false;
    }
    if (allocator.state(zone).writtenBytes() != seen.writtenBytes()) {
      // It was handed out meanwhile, and a commit after the proof may have emptied it again.
      usage.noteIfEmptied(zone);
      return false;
    }
    usage.forgetPlaced(zone);
    return true;
  }
}
