// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Resets the zones that hold no needed data, in the order of the queue of {@link ZoneUsage}. It
 * copies nothing. A zone is reset only after the commit that emptied it is proven.
 *
 * <p>A zone with a handle returns to the queue when the handle is closed, and a zone that is needed
 * again when it is not needed any more.
 *
 * <p>Used by one thread at a time; any thread may call {@link #resets}. The first call looks at all
 * zones, because the queue does not have those that were empty before. Later calls look only at the
 * queue. Each reset costs one command of the drive, and a proof if there was a commit since the
 * last.
 */
final class EmptiedZones {
  private static final Logger LOG = LoggerFactory.getLogger(EmptiedZones.class);

  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ExtentOwner owner;
  private final ZoneBackoff stuck;

  /** Whether the zones that were empty when the collector started are in the queue. */
  private boolean seeded;

  private final AtomicLong resets = new AtomicLong();

  /**
   * @param allocator resets zones
   * @param usage has the queue
   * @param owner proves commits
   * @param stuck zones that cannot be reset are given up there
   */
  EmptiedZones(ZoneAllocator allocator, ZoneUsage usage, ExtentOwner owner, ZoneBackoff stuck) {
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
   * Resets one zone.
   *
   * @return false if there is none, or if the commit that emptied it cannot be proven
   * @throws IOException if the proof failed; the zone stays in the queue
   */
  boolean resetOne() throws IOException {
    seed();
    int zone;
    while ((zone = usage.pollEmptied()) >= 0) {
      boolean isFree =
          usage.isReclaimable(zone)
              && !stuck.isGivenUp(zone)
              && isDataWithoutHandle(allocator.state(zone));
      if (isFree && !isCertainlyEmpty(zone)) {
        return false;
      }
      if (isFree && reset(zone)) {
        resets.incrementAndGet();
        stuck.emptied(zone);
        return true;
      }
    }
    return false;
  }

  private void seed() {
    if (!seeded) {
      seeded = true;
      allocator.states().stream().filter(this::isDataWithoutHandle).forEach(this::noteIfEmptied);
    }
  }

  /** Whether the commit that emptied a zone is proven; otherwise the zone returns to the queue. */
  private boolean isCertainlyEmpty(int zone) throws IOException {
    boolean isProven = false;
    try {
      isProven = owner.proveCommits();
    } finally {
      if (!isProven) {
        usage.noteIfEmptied(zone);
      }
    }
    return isProven;
  }

  private void noteIfEmptied(ZoneState zone) {
    usage.noteIfEmptied(zone.zone());
  }

  private boolean isDataWithoutHandle(ZoneState zone) {
    return (zone.use() == Use.FILLED || zone.use() == Use.PARTIAL)
        && zone.stream() != null
        && zone.stream().isData();
  }

  /** A zone that cannot be reset loses its capacity; the collector continues with the others. */
  private boolean reset(int zone) {
    try {
      return allocator.resetIf(zone, () -> forgetIfReclaimable(zone));
    } catch (IOException failed) {
      LOG.error("zone {} cannot be reset and is not used again", zone, failed);
      stuck.giveUp(zone);
      return false;
    }
  }

  /** Clears the counters of placed bytes before the reset, so before new data are placed. */
  private boolean forgetIfReclaimable(int zone) {
    if (!usage.isReclaimable(zone)) {
      return false;
    }
    usage.forgetPlaced(zone);
    return true;
  }
}
