package zonefsj.zonemgr;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneDescriptor;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * What the allocator knows of all zones, and the sums that it asks for often. Makes no call to the
 * drive. Guarded by the allocator's lock. About 40 bytes a zone.
 */
final class ZoneBooks {
  final ManagedZone[] zones;
  final FreeShares shares = new FreeShares();
  private final ArrayDeque<ManagedZone> free = new ArrayDeque<>();
  private final List<Integer> superblockZones = new ArrayList<>();
  private final int maxActive;
  private int active;
  private int partialDataZones;
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
      if (zone.use == Use.FREE) {
        free.add(zone);
      }
      setActive(zone, descriptor.condition().isActive());
    }
  }

  int freeZones() {
    return free.size();
  }

  int activeZones() {
    return active;
  }

  long retiredBytes() {
    return retiredBytes;
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
    ManagedZone zone = free.removeFirst();
    setActive(zone, true);
    return zone;
  }

  /** A certain free zone becomes active. */
  void activate(ManagedZone zone) {
    free.remove(zone);
    setActive(zone, true);
  }

  /** What a written zone serves, as found at mount. */
  void claim(ManagedZone zone, ZoneStream stream) {
    forgetPartial(zone);
    serve(zone, stream);
    notePartial(zone);
    if (stream == ZoneStream.SUPERBLOCK) {
      // Empty or not, it is opened by its number only.
      free.remove(zone);
      superblockZones.add(zone.index);
    }
  }

  void serve(ManagedZone zone, @Nullable ZoneStream stream) {
    shares.served(zone.stream, stream);
    zone.stream = stream;
  }

  @Nullable ManagedZone findPartial(ZoneStream stream) {
    boolean collector = stream == ZoneStream.GC;
    if (!collector && partialDataZones == 0) {
      return null;
    }
    for (ManagedZone zone : zones) {
      boolean fits =
          collector ? zone.use == Use.PARTIAL && zone.stream == stream : zone.takesData();
      if (fits) {
        return zone;
      }
    }
    return null;
  }

  /** A zone to finish for its slot: one that takes no more anyway, else one that would. */
  @Nullable ManagedZone findFinishable() {
    for (ManagedZone zone : zones) {
      if (zone.wantsFinish()) {
        return zone;
      }
    }
    for (ManagedZone zone : zones) {
      if (zone.use == Use.PARTIAL && zone.stream != ZoneStream.SUPERBLOCK) {
        return zone;
      }
    }
    return null;
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

  void makeFree(ManagedZone zone) {
    if (zone.stream != ZoneStream.SUPERBLOCK) {
      serve(zone, null);
      free.addLast(zone);
    }
  }

  void setActive(ManagedZone zone, boolean isActive) {
    if (zone.active != isActive) {
      zone.active = isActive;
      active += isActive ? 1 : -1;
    }
    zone.finishFailed &= isActive;
  }

  void forgetPartial(ManagedZone zone) {
    partialDataZones -= zone.takesData() ? 1 : 0;
  }

  /** A zone was written in part, and has no handle any more. */
  void notePartial(ManagedZone zone) {
    partialDataZones += zone.takesData() ? 1 : 0;
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
    zone.fate = ManagedZone.useOf(dying);
    if (idle) {
      free.remove(zone);
      forgetPartial(zone);
      setActive(zone, false);
      zone.use = zone.fate;
    }
    if (before.use() != Use.READ_ONLY && before.use() != Use.OFFLINE) {
      retiredBytes += zone.capacityBytes;
    }
    return before;
  }

  boolean isDying(ManagedZone zone) {
    return zone.fate != null || zone.use == Use.READ_ONLY || zone.use == Use.OFFLINE;
  }

  /** Bytes that partly written data zones without a handle can still take. */
  long partialDataBytes() {
    long bytes = 0;
    if (partialDataZones > 0) {
      for (ManagedZone zone : zones) {
        if (zone.takesData()) {
          bytes += zone.remainingBytes();
        }
      }
    }
    return bytes;
  }

  List<ZoneState> states() {
    List<ZoneState> states = new ArrayList<>(zones.length);
    for (ManagedZone zone : zones) {
      states.add(zone.state());
    }
    return states;
  }
}
