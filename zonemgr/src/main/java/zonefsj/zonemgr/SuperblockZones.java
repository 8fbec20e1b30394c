// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.util.ArrayList;
import java.util.List;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * Finds a zone that replaces a failed zone of the superblock log, among the first zones, where a
 * mount searches. If none is free, the request stays: the collector empties such a zone before all
 * others, and the allocator keeps the first one that becomes free.
 *
 * <p>Thread-safe; uses the lock of {@link ZoneInventory}.
 */
public final class SuperblockZones {
  private final ZoneInventory inventory;
  private final ZoneTransitions transitions;

  SuperblockZones(ZoneInventory inventory, ZoneTransitions transitions) {
    this.inventory = inventory;
    this.transitions = transitions;
  }

  /**
   * Takes a zone for the superblock log in place of a failed one: an unused conventional zone or
   * the kept one, else a free zone. Callers open it by its number, as all zones of the superblock
   * log.
   *
   * @param before a mount searches only zones of a lower index
   * @param isLast whether the superblock log has no other zone left; the shares of other streams
   *     are then ignored
   * @return -1 if no zone is available now; the next such zone that is emptied is then kept, see
   *     {@link #isZoneKept}
   */
  public int take(int before, boolean isLast) {
    inventory.lock();
    try {
      ManagedZone best = null;
      boolean mayTakeFree =
          isLast || inventory.freeZones() > inventory.reserves.minFreeFor(ZoneStream.HOT);
      for (int index = 0; index < Math.min(before, inventory.zones.length); index++) {
        ManagedZone zone = inventory.zones[index];
        if (zone.failedUse != null) {
          continue;
        }
        boolean conventional = zone.use == Use.CONVENTIONAL && zone.stream == null;
        boolean kept = index == inventory.keptForSuperblock;
        boolean free = zone.use == Use.FREE && zone.stream == null && mayTakeFree;
        if (conventional || kept) {
          best = zone;
          break;
        }
        best = best == null && free ? zone : best;
      }
      inventory.keptForSuperblock = -1;
      inventory.wantBefore(best == null ? before : 0);
      if (best == null) {
        return -1;
      }
      inventory.assign(best, ZoneStream.SUPERBLOCK);
      return best.index;
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /**
   * Keeps no active resource for a zone any more: the superblock log does not write to it again.
   * Its content stays until {@link #release}.
   */
  public void retire(int zone) {
    inventory.lock();
    try {
      inventory.retire(inventory.zones[zone]);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /**
   * Ends the use of a zone for the superblock log. It has no handle. An empty zone is free again;
   * the collector resets a written one, also if nothing else has changed since its handle was
   * closed.
   */
  public void release(int zone) {
    inventory.lock();
    try {
      inventory.release(inventory.zones[zone]);
    } finally {
      inventory.publishAndUnlock();
    }
    transitions.noteGivenBack(zone);
  }

  /** Withdraws the request of {@link #take}: no zone is needed any more. A kept zone is free. */
  public void cancel() {
    int kept;
    inventory.lock();
    try {
      kept = inventory.keptForSuperblock;
      inventory.keptForSuperblock = -1;
      inventory.wantBefore(0);
    } finally {
      inventory.publishAndUnlock();
    }
    if (kept >= 0) {
      release(kept);
    }
  }

  /** Whether a zone that {@link #take} asked for has been emptied and kept. */
  public boolean isZoneKept() {
    inventory.lock();
    try {
      int kept = inventory.keptForSuperblock;
      return kept >= 0
          && inventory.zones[kept].failedUse == null
          && inventory.zones[kept].use == Use.FREE;
    } finally {
      inventory.unlock();
    }
  }

  /**
   * The filled zones of file data, one of which must be emptied for the superblock log. Empty if
   * {@link #take} asked for none.
   */
  public List<ZoneState> wanted() {
    if (inventory.wantedBefore() == 0) {
      return List.of();
    }
    inventory.lock();
    try {
      List<ZoneState> wanted = new ArrayList<>();
      for (int index = 0;
          index < Math.min(inventory.wantedBefore(), inventory.zones.length);
          index++) {
        ManagedZone zone = inventory.zones[index];
        ZoneStream stream = zone.stream;
        if (zone.use == Use.FILLED && stream != null && stream.isData()) {
          wanted.add(zone.state());
        }
      }
      return wanted;
    } finally {
      inventory.unlock();
    }
  }
}
