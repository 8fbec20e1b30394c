// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneDescriptor;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * What the allocator knows of all zones, and the sums and lists that it asks for often: they are
 * kept with each change, so that no question costs a look at all zones. Makes no call to the drive.
 *
 * <p>Has the lock that guards all of it: every call but {@link #latest} comes between {@link #lock}
 * and {@link #unlock}, or {@link #publishAndUnlock} after a change. The lock is never held while
 * the drive works. About 170 bytes a zone.
 */
final class ZoneInventory {
  final ManagedZone[] zones;
  final ZoneReserves reserves = new ZoneReserves();
  private final LinkedHashSet<ManagedZone> free = new LinkedHashSet<>();
  private final TreeMap<Integer, ManagedZone> partialData = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> partialOfCollector = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> finishable = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> awaitingFinish = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> unfinishedZones = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> failed = new TreeMap<>();
  private final Set<Integer> superblockZones = new TreeSet<>();

  /** See {@link #wantBefore}. */
  private volatile int wantedBefore;

  /** The zone that was kept so, and waits to be taken; -1: none. */
  int keptForSuperblock = -1;

  private final ReentrantLock lock = new ReentrantLock();
  private final int maxActive;
  private volatile ZoneCounts latest;
  private int active;
  private long partialDataBytes;
  private long failedBytes;

  /**
   * @param report all zones
   * @param maxActive how many may be active
   * @param unitBytes what frames are multiples of
   */
  ZoneInventory(List<ZoneDescriptor> report, int maxActive, int unitBytes) {
    this.maxActive = maxActive;
    zones = new ManagedZone[report.size()];
    for (ZoneDescriptor descriptor : report) {
      ManagedZone zone = new ManagedZone(descriptor, unitBytes);
      zones[zone.index] = zone;
      list(zone);
      if (zone.use == Use.FREE) {
        free.add(zone);
      }
      setActive(zone, descriptor.condition().isActive());
    }
    latest = counts();
  }

  void lock() {
    lock.lock();
  }

  /** Ends a look that changed nothing. */
  void unlock() {
    lock.unlock();
  }

  /** Ends a change: from now on all see the sums as they are after it. */
  void publishAndUnlock() {
    latest = counts();
    lock.unlock();
  }

  /** The sums after the newest change that is complete. Any thread, without the lock. */
  ZoneCounts latest() {
    return latest;
  }

  int freeZones() {
    return free.size();
  }

  /** Whether one more zone may become active, also with those that the superblock will need. */
  boolean hasActiveResource() {
    return active < maxActive - activeResourcesForSuperblock();
  }

  /** Whether one more zone may become active for the superblock itself. */
  boolean hasAnyActiveResource() {
    return active < maxActive;
  }

  /** The free zone that was free longest becomes active. */
  ManagedZone activateFree() {
    ManagedZone zone = free.iterator().next();
    activate(zone);
    return zone;
  }

  /** A certain free zone becomes active. */
  void activate(ManagedZone zone) {
    free.remove(zone);
    setActive(zone, true);
  }

  /** What a written zone serves, as found at mount. */
  void assign(ManagedZone zone, ZoneStream stream) {
    serve(zone, stream);
    if (stream == ZoneStream.SUPERBLOCK) {
      // Empty or not, it is opened by its number only.
      free.remove(zone);
      superblockZones.add(zone.index);
    }
  }

  void serve(ManagedZone zone, @Nullable ZoneStream stream) {
    ZoneStream before = zone.countedStream();
    unlist(zone);
    zone.stream = stream;
    reserves.served(before, zone.countedStream());
    list(zone);
  }

  /** Something else may be done with a zone now. Its written bytes are known before. */
  void use(ManagedZone zone, Use use) {
    unlist(zone);
    zone.use = use;
    if (zone.isOutOfUse()) {
      markFailed(zone);
    }
    list(zone);
  }

  /** Whoever learns it first, the watch or a write that fails: it is counted once. */
  private void markFailed(ManagedZone zone) {
    if (!zone.countedAsFailed) {
      reserves.served(zone.countedStream(), null);
      zone.countedAsFailed = true;
      failedBytes += zone.capacityBytes;
    }
  }

  private void list(ManagedZone zone) {
    boolean partial = zone.use == Use.PARTIAL;
    if (zone.takesData()) {
      partialData.put(zone.index, zone);
      partialDataBytes += zone.remainingBytes();
    } else if (partial && zone.stream == ZoneStream.GC) {
      partialOfCollector.put(zone.index, zone);
    }
    if (partial && zone.stream != ZoneStream.SUPERBLOCK) {
      finishable.put(zone.index, zone);
    } else if (zone.needsFinish()) {
      awaitingFinish.put(zone.index, zone);
    } else if (zone.isUnfinished()) {
      unfinishedZones.put(zone.index, zone);
    } else if (zone.isOutOfUse()) {
      failed.put(zone.index, zone);
    }
  }

  private void unlist(ManagedZone zone) {
    partialDataBytes -= partialData.remove(zone.index) == null ? 0 : zone.remainingBytes();
    partialOfCollector.remove(zone.index);
    finishable.remove(zone.index);
    awaitingFinish.remove(zone.index);
    unfinishedZones.remove(zone.index);
    failed.remove(zone.index);
  }

  @Nullable ManagedZone findPartial(ZoneStream stream) {
    return first(stream == ZoneStream.GC ? partialOfCollector : partialData);
  }

  /**
   * A zone to finish for its slot: one that takes no more anyway, else one that would, else one
   * that a finish has failed for before.
   *
   * @param finishedAgain of the last, those behind this index
   */
  @Nullable ManagedZone findToFinish(int finishedAgain) {
    ManagedZone zone = first(awaitingFinish);
    if (zone == null) {
      zone = first(finishable);
    }
    return zone != null ? zone : first(unfinishedZones.tailMap(finishedAgain, false));
  }

  private static @Nullable ManagedZone first(NavigableMap<Integer, ManagedZone> zones) {
    Map.Entry<Integer, ManagedZone> entry = zones.firstEntry();
    return entry == null ? null : entry.getValue();
  }

  /** Active zones that the superblock does not take now, but will when it starts a zone over. */
  private int activeResourcesForSuperblock() {
    int slots = 0;
    for (int zone : superblockZones) {
      Use use = zones[zone].use;
      boolean comesBack = use == Use.FREE || use == Use.FILLED || use == Use.CHANGING;
      slots += comesBack && !zones[zone].active ? 1 : 0;
    }
    return slots;
  }

  /**
   * One of the zones before an index is kept for the superblock as soon as it is free; 0: none is
   * wanted.
   */
  void wantBefore(int index) {
    wantedBefore = index;
  }

  /** Whether one is wanted, and was not kept yet; then those before which index, else 0. */
  int wantedBefore() {
    return wantedBefore;
  }

  /** What served the superblock does so no more; what it holds is to be reset some day. */
  void release(ManagedZone zone) {
    superblockZones.remove(zone.index);
    serve(zone, zone.isOutOfUse() ? null : ZoneStream.COLD);
  }

  void makeFree(ManagedZone zone) {
    if (zone.index < wantedBefore && zone.stream != ZoneStream.SUPERBLOCK) {
      wantedBefore = 0;
      keptForSuperblock = zone.index;
      assign(zone, ZoneStream.SUPERBLOCK);
    }
    if (zone.stream != ZoneStream.SUPERBLOCK) {
      serve(zone, null);
      free.add(zone);
    }
  }

  void setActive(ManagedZone zone, boolean isActive) {
    unlist(zone);
    if (zone.active != isActive) {
      zone.active = isActive;
      active += isActive ? 1 : -1;
    }
    zone.finishFailed &= isActive;
    list(zone);
  }

  /** See {@link ZoneAllocator#markFailed}. */
  ZoneState markFailed(ZoneDescriptor failed) {
    ManagedZone zone = zones[failed.index()];
    ZoneState before = zone.state();
    boolean idle =
        zone.use == Use.FREE
            || zone.use == Use.PARTIAL
            || zone.use == Use.FILLED
            || zone.use == Use.READ_ONLY;
    Use pendingState = ManagedZone.useOf(failed);
    zone.pendingState = pendingState;
    if (idle) {
      free.remove(zone);
      setActive(zone, false);
      use(zone, pendingState);
    }
    markFailed(zone);
    return before;
  }

  boolean isFailed(ManagedZone zone) {
    return zone.pendingState != null || zone.isOutOfUse();
  }

  private ZoneCounts counts() {
    return new ZoneCounts(
        free.size(),
        Math.max(0, free.size() - reserves.minFreeFor(ZoneStream.HOT)),
        partialDataBytes,
        active,
        failedBytes,
        reserves.checkpointZones(),
        reserves.checkpointRest(),
        reserves.collectorBorrowed(),
        !failed.isEmpty(),
        unfinishedZones.size());
  }

  List<ZoneState> unfinishedZones() {
    return unfinishedZones.values().stream().map(ManagedZone::state).toList();
  }

  List<ZoneState> failed() {
    return failed.values().stream().map(ManagedZone::state).toList();
  }

  List<ZoneState> states() {
    List<ZoneState> states = new ArrayList<>(zones.length);
    for (ManagedZone zone : zones) {
      states.add(zone.state());
    }
    return states;
  }
}
