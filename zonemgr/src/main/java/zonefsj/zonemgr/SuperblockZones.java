// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.util.ArrayList;
import java.util.List;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * Finds a zone for the superblock in place of one that died, among the first ones, where a mount
 * looks. Where none is free one is wanted, which the collector empties before all others; it is
 * kept as soon as it is.
 *
 * <p>Thread-safe, by the lock of {@link ZoneInventory}.
 */
public final class SuperblockZones {
  private final ZoneInventory inventory;

  SuperblockZones(ZoneInventory inventory) {
    this.inventory = inventory;
  }

  /**
   * Takes a zone for the superblock in place of one that is dead: a conventional one that serves
   * nothing, else a free one. It is opened by its number, as all of the superblock are.
   *
   * @param before only zones of a lower index can be found again
   * @param isLast whether the superblock has no other zone left: then shares of others do not count
   * @return -1 if there is none now; the next one that is emptied is kept then, see {@link
   *     #isZoneKept}
   */
  public int take(int before, boolean isLast) {
    inventory.lock();
    try {
      ManagedZone best = null;
      boolean mayTakeFree =
          isLast || inventory.freeZones() > inventory.reserves.minFreeFor(ZoneStream.HOT);
      for (int index = 0; index < Math.min(before, inventory.zones.length); index++) {
        ManagedZone zone = inventory.zones[index];
        if (zone.pendingState != null) {
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

  /** A zone does not serve the superblock any more. */
  public void release(int zone) {
    inventory.lock();
    try {
      inventory.release(inventory.zones[zone]);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /** Whether a zone was emptied, and kept, that {@link #take} had looked for. */
  public boolean isZoneKept() {
    inventory.lock();
    try {
      int kept = inventory.keptForSuperblock;
      return kept >= 0
          && inventory.zones[kept].pendingState == null
          && inventory.zones[kept].use == Use.FREE;
    } finally {
      inventory.unlock();
    }
  }

  /**
   * The full zones of file data of which one is to be emptied for the superblock. Where none is
   * wanted there is none.
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
