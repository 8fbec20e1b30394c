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
final class ZoneBooks {
  final ManagedZone[] zones;
  final FreeShares shares = new FreeShares();
  private final LinkedHashSet<ManagedZone> free = new LinkedHashSet<>();
  private final TreeMap<Integer, ManagedZone> partialData = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> partialOfCollector = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> finishable = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> filled = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> slotHolders = new TreeMap<>();
  private final TreeMap<Integer, ManagedZone> dying = new TreeMap<>();
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
  private long retiredBytes;

  /**
   * @param report all zones
   * @param maxActive how many may be active
   * @param unitBytes what frames are multiples of
   */
  ZoneBooks(List<ZoneDescriptor> report, int maxActive, int unitBytes) {
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
  boolean hasSlot() {
    return active < maxActive - slotsForSuperblock();
  }

  /** Whether one more zone may become active for the superblock itself. */
  boolean hasAnySlot() {
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
  void claim(ManagedZone zone, ZoneStream stream) {
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
    shares.served(before, zone.countedStream());
    list(zone);
  }

  /** Something else may be done with a zone now. Its written bytes are known before. */
  void use(ManagedZone zone, Use use) {
    unlist(zone);
    zone.use = use;
    if (zone.isDead()) {
      retire(zone);
    }
    list(zone);
  }

  /** Whoever learns it first, the watch or a write that fails: it is counted once. */
  private void retire(ManagedZone zone) {
    if (!zone.retired) {
      shares.served(zone.countedStream(), null);
      zone.retired = true;
      retiredBytes += zone.capacityBytes;
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
    } else if (zone.wantsFinish()) {
      filled.put(zone.index, zone);
    } else if (zone.holdsSlot()) {
      slotHolders.put(zone.index, zone);
    } else if (zone.isDead()) {
      dying.put(zone.index, zone);
    }
  }

  private void unlist(ManagedZone zone) {
    partialDataBytes -= partialData.remove(zone.index) == null ? 0 : zone.remainingBytes();
    partialOfCollector.remove(zone.index);
    finishable.remove(zone.index);
    filled.remove(zone.index);
    slotHolders.remove(zone.index);
    dying.remove(zone.index);
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
    ManagedZone zone = first(filled);
    if (zone == null) {
      zone = first(finishable);
    }
    return zone != null ? zone : first(slotHolders.tailMap(finishedAgain, false));
  }

  private static @Nullable ManagedZone first(NavigableMap<Integer, ManagedZone> zones) {
    Map.Entry<Integer, ManagedZone> entry = zones.firstEntry();
    return entry == null ? null : entry.getValue();
  }

  /** Active zones that the superblock does not take now, but will when it starts a zone over. */
  private int slotsForSuperblock() {
    int slots = 0;
    for (int zone : superblockZones) {
      Use use = zones[zone].use;
      boolean comesBack = use == Use.FREE || use == Use.SEALED || use == Use.CHANGING;
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
    serve(zone, zone.isDead() ? null : ZoneStream.COLD);
  }

  void makeFree(ManagedZone zone) {
    if (zone.index < wantedBefore && zone.stream != ZoneStream.SUPERBLOCK) {
      wantedBefore = 0;
      keptForSuperblock = zone.index;
      claim(zone, ZoneStream.SUPERBLOCK);
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

  /** See {@link ZoneAllocator#retire}. */
  ZoneState retire(ZoneDescriptor dying) {
    ManagedZone zone = zones[dying.index()];
    ZoneState before = zone.state();
    boolean idle =
        zone.use == Use.FREE
            || zone.use == Use.PARTIAL
            || zone.use == Use.SEALED
            || zone.use == Use.READ_ONLY;
    Use fate = ManagedZone.useOf(dying);
    zone.fate = fate;
    if (idle) {
      free.remove(zone);
      setActive(zone, false);
      use(zone, fate);
    }
    retire(zone);
    return before;
  }

  boolean isDying(ManagedZone zone) {
    return zone.fate != null || zone.isDead();
  }

  private ZoneCounts counts() {
    return new ZoneCounts(
        free.size(),
        Math.max(0, free.size() - shares.keptFrom(ZoneStream.HOT)),
        partialDataBytes,
        active,
        retiredBytes,
        shares.checkpointZones(),
        shares.checkpointRest(),
        shares.collectorDebt(),
        !dying.isEmpty(),
        slotHolders.size());
  }

  List<ZoneState> slotHolders() {
    return slotHolders.values().stream().map(ManagedZone::state).toList();
  }

  List<ZoneState> dying() {
    return dying.values().stream().map(ManagedZone::state).toList();
  }

  List<ZoneState> states() {
    List<ZoneState> states = new ArrayList<>(zones.length);
    for (ManagedZone zone : zones) {
      states.add(zone.state());
    }
    return states;
  }
}
