// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneDescriptor;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * The allocator's knowledge of all zones, with the sums and lists that are read often: each change
 * updates them, so no query scans all zones. Makes no call to the drive.
 *
 * <p>Contains the lock that guards all of this: every call but {@link #latest} comes between {@link
 * #lock} and {@link #unlock}, or {@link #publishAndUnlock} after a change. No thread holds the lock
 * during device I/O. Takes about 170 bytes for each zone.
 */
final class ZoneInventory {
  volatile ManagedZone[] zones;
  final ZoneReserves reserves = new ZoneReserves();
  private final LinkedHashSet<ManagedZone> free = new LinkedHashSet<>();
  private final TreeMap<Integer, ManagedZone> partialData = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> partialOfCollector = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> finishable = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> awaitingFinish = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> unfinishedZones = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> failed = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> withheldData = new TreeMap<>();

  /** Zones with an active resource that a drive command may give back. */
  private final Set<ManagedZone> changing = new HashSet<>();

  private final Set<Integer> superblockZones = new TreeSet<>();

  /** See {@link #wantBefore}. */
  private volatile int wantedBefore;

  /** The zone that was kept this way and waits for {@link SuperblockZones#take}; -1: none. */
  int keptForSuperblock = -1;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition hasChanged = lock.newCondition();
  private long changes;
  private final int maxActive;
  private final int wantedActive;
  private final int unitBytes;
  private volatile ZoneCounts latest;
  private int active;
  private long partialDataBytes;
  private long failedBytes;

  /**
   * @param report all zones
   * @param maxActive the drive's limit of active zones
   * @param wantedActive the limit that this mount keeps unless nothing can be finished
   * @param unitBytes frame unit
   */
  ZoneInventory(List<ZoneDescriptor> report, int maxActive, int wantedActive, int unitBytes) {
    this.maxActive = maxActive;
    this.wantedActive = wantedActive;
    this.unitBytes = unitBytes;
    zones = new ManagedZone[report.size()];
    boolean lastIsShort = ShortLastZone.isIn(report);
    for (ZoneDescriptor descriptor : report) {
      boolean isShort = lastIsShort && descriptor.index() == report.size() - 1;
      ManagedZone zone = new ManagedZone(descriptor, unitBytes, isShort);
      zones[zone.index] = zone;
      list(zone);
      if (zone.use == Use.FREE) {
        free.add(zone);
      }
      setActive(zone, descriptor.condition().isActive());
    }
    latest = counts();
  }

  /**
   * Adds zones, which are withheld. The first may be the last one so far, if that was too short.
   *
   * @param added in order, empty, failed or conventional
   * @param lastIsShort see {@link ShortLastZone}
   */
  void add(List<ZoneDescriptor> added, boolean lastIsShort) {
    int first = added.get(0).index();
    int count = first + added.size();
    ManagedZone[] more = Arrays.copyOf(zones, Math.max(zones.length, count));
    for (ZoneDescriptor descriptor : added) {
      ManagedZone zone =
          new ManagedZone(descriptor, unitBytes, lastIsShort && descriptor.index() == count - 1);
      zone.withheld = true;
      more[zone.index] = zone;
      list(zone);
    }
    zones = more;
  }

  /** See {@link ZoneAllocator#withhold}. */
  void withhold(int from) {
    for (ManagedZone zone : Arrays.asList(zones).subList(from, zones.length)) {
      if (!zone.withheld) {
        free.remove(zone);
        unlist(zone);
        zone.withheld = true;
        if (zone.use == Use.PARTIAL && zone.stream != null && zone.stream.isData()) {
          zone.use = Use.FILLED;
        }
        list(zone);
      }
    }
  }

  /** See {@link ZoneAllocator#admit}. */
  void admit(int from, int to) {
    for (ManagedZone zone : Arrays.asList(zones).subList(from, to)) {
      if (zone.withheld) {
        unlist(zone);
        zone.withheld = false;
        list(zone);
        if (zone.use == Use.FREE && zone.stream != ZoneStream.SUPERBLOCK) {
          free.add(zone);
        }
      }
    }
  }

  /** Some of the withheld zones that hold file data, those with the lowest numbers. */
  List<ZoneState> withheldData(int most) {
    return withheldData.values().stream().limit(most).map(ManagedZone::state).toList();
  }

  void lock() {
    lock.lock();
  }

  /** Releases the lock after a read. */
  void unlock() {
    lock.unlock();
  }

  /** Publishes the sums after a change, then releases the lock. */
  void publishAndUnlock() {
    latest = counts();
    changes++;
    hasChanged.signalAll();
    lock.unlock();
  }

  /**
   * Waits until anything changes, if a drive command of another thread may give back an active
   * resource. Releases the lock meanwhile.
   *
   * @return false if there is no such command, or the thread was interrupted
   */
  boolean awaitActiveResource() {
    if (changing.isEmpty()) {
      return false;
    }
    long seen = changes;
    try {
      while (changes == seen) {
        hasChanged.await();
      }
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The sums after the newest complete change. Any thread may call it, without the lock. */
  ZoneCounts latest() {
    return latest;
  }

  int freeZones() {
    return free.size();
  }

  /**
   * Whether one more zone may become active, apart from those that the superblock log will need.
   *
   * @param anyway whether the limit of the drive counts, not that of this mount
   */
  boolean canActivateOne(boolean anyway) {
    return active < limit(anyway) - activeResourcesForSuperblock();
  }

  /**
   * Whether one more zone may become active for the superblock log.
   *
   * @param anyway as for {@link #canActivateOne}
   */
  boolean hasAnyActiveResource(boolean anyway) {
    return active < limit(anyway);
  }

  /** Whether more zones are active than this mount wants. */
  boolean exceedsWanted() {
    return active > wantedActive;
  }

  private int limit(boolean anyway) {
    return anyway ? maxActive : wantedActive;
  }

  /** Activates the zone that has been free longest. */
  ManagedZone activateFree() {
    ManagedZone zone = free.iterator().next();
    activate(zone);
    return zone;
  }

  /** Activates a given free zone. */
  void activate(ManagedZone zone) {
    free.remove(zone);
    setActive(zone, true);
  }

  /** Records the stream of a written zone, as found at mount. */
  void assign(ManagedZone zone, ZoneStream stream) {
    serve(zone, stream);
    if (stream == ZoneStream.SUPERBLOCK) {
      // Whether empty or not, it is opened only by its number.
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

  /** Changes the use of a zone. The caller sets its written bytes first. */
  void use(ManagedZone zone, Use use) {
    unlist(zone);
    zone.use = use;
    if (zone.isOutOfUse()) {
      markFailed(zone);
    }
    list(zone);
  }

  /** Counts a failed zone once, whether the watch or a failed write reports it first. */
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
    if (zone.isWithheldData()) {
      withheldData.put(zone.index, zone);
    }
    if (zone.use == Use.CHANGING && zone.active) {
      changing.add(zone);
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
    withheldData.remove(zone.index);
    changing.remove(zone);
  }

  @Nullable ManagedZone findPartial(ZoneStream stream) {
    return first(stream == ZoneStream.GC ? partialOfCollector : partialData);
  }

  /**
   * A zone to finish for its active resource: a filled one, else a partly written one, else one
   * whose finish failed before. Of the partly written zones, first those without file data, then
   * the one with the least left, because a finish costs what is left.
   *
   * @param finishedAgain only zones whose finish failed and whose index is higher
   */
  @Nullable ManagedZone findToFinish(int finishedAgain) {
    ManagedZone zone = first(awaitingFinish);
    if (zone == null) {
      zone = cheapestToFinish();
    }
    return zone != null ? zone : first(unfinishedZones.tailMap(finishedAgain, false));
  }

  /**
   * Looks at all partly written zones, each of which is active, so no more than the drive allows.
   */
  private @Nullable ManagedZone cheapestToFinish() {
    ManagedZone cheapest = null;
    long leastCost = Long.MAX_VALUE;
    for (ManagedZone zone : finishable.values()) {
      ZoneStream stream = zone.stream;
      long cost = stream != null && stream.isData() ? zone.remainingBytes() : 0;
      if (cheapest == null || cost < leastCost) {
        cheapest = zone;
        leastCost = cost;
      }
    }
    return cheapest;
  }

  private static @Nullable ManagedZone first(NavigableMap<Integer, ManagedZone> zones) {
    Map.Entry<Integer, ManagedZone> entry = zones.firstEntry();
    return entry == null ? null : entry.getValue();
  }

  /**
   * Active resources that the superblock log does not use now, but needs when it restarts a zone.
   */
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
   * Keeps the next zone before this index that becomes free for the superblock log; 0: keeps none.
   */
  void wantBefore(int index) {
    wantedBefore = index;
  }

  /** The index set by {@link #wantBefore} while no zone has been kept yet, else 0. */
  int wantedBefore() {
    return wantedBefore;
  }

  /** Keeps no active resource for a zone of the superblock log any more. */
  void retire(ManagedZone zone) {
    superblockZones.remove(zone.index);
  }

  /**
   * Ends the use of a zone for the superblock log. An empty zone is free again, and the collector
   * resets a written one, which takes no data behind the entries. A conventional zone stays
   * assigned, so that the log does not take it again.
   */
  void release(ManagedZone zone) {
    retire(zone);
    if (zone.use == Use.FREE) {
      serve(zone, null);
      free.add(zone);
    } else if (zone.isOutOfUse()) {
      serve(zone, null);
    } else {
      leaveToCollector(zone);
    }
  }

  /** Makes a written zone take no more data, so that the collector resets it. */
  void leaveToCollector(ManagedZone zone) {
    serve(zone, ZoneStream.COLD);
    if (zone.use == Use.PARTIAL) {
      use(zone, Use.FILLED);
    }
  }

  /** Returns false if the zone is withheld, or kept for the superblock log instead. */
  boolean makeFree(ManagedZone zone) {
    if (zone.withheld) {
      serve(zone, null);
      return false;
    }
    if (zone.index < wantedBefore && zone.stream != ZoneStream.SUPERBLOCK) {
      wantedBefore = 0;
      keptForSuperblock = zone.index;
      assign(zone, ZoneStream.SUPERBLOCK);
    }
    if (zone.stream != ZoneStream.SUPERBLOCK) {
      serve(zone, null);
      return free.add(zone);
    }
    return false;
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
    Use failedUse = ManagedZone.useOf(failed);
    zone.failedUse = failedUse;
    if (idle) {
      free.remove(zone);
      setActive(zone, false);
      use(zone, failedUse);
    }
    markFailed(zone);
    return before;
  }

  boolean isOffline(ManagedZone zone) {
    return zone.failedUse == Use.OFFLINE || zone.use == Use.OFFLINE;
  }

  boolean isFailed(ManagedZone zone) {
    return zone.failedUse != null || zone.isOutOfUse();
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
        !withheldData.isEmpty(),
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
