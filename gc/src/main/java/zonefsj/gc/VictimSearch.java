// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import zonefsj.gc.VictimPolicy.Victim;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneUsage;

/** Finds victims for the collector. Used by one thread at a time. */
final class VictimSearch {
  private static final long UNITS_LOST_IN_A_ZONE = 3;

  /** A zone whose backoff has ended may be a candidate although no counter has changed. */
  private static final long LOOK_AGAIN_MILLIS = 1000;

  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ZoneBackoff stuck;
  private final int unitBytes;
  private final InstantSource clock;
  private final LongSupplier elapsedMillis;

  /** The last search without a candidate: value of the change counter, and utilization limit. */
  private long fruitlessChanges = -1;

  private double fruitlessBelow;
  private long fruitlessUntil;

  /**
   * @param unitBytes frame unit
   * @param clock gives the time, for the age of data
   * @param elapsedMillis milliseconds since some instant
   */
  VictimSearch(
      ZoneAllocator allocator,
      ZoneUsage usage,
      ZoneBackoff stuck,
      int unitBytes,
      InstantSource clock,
      LongSupplier elapsedMillis) {
    this.allocator = allocator;
    this.usage = usage;
    this.stuck = stuck;
    this.unitBytes = unitBytes;
    this.clock = clock;
    this.elapsedMillis = elapsedMillis;
  }

  /** A zone that is to be emptied before any other, however full it is. */
  Optional<Victim> priorityVictim() {
    return dying().or(this::unfinishedZone).or(this::wanted);
  }

  /** The zone with the fewest live bytes among those of which the superblock log needs one. */
  private Optional<Victim> wanted() {
    List<ZoneState> zones = new ArrayList<>(allocator.superblock().wanted());
    zones.sort(Comparator.comparingLong(zone -> usage.liveBytes(zone.zone())));
    return firstLive(zones, zone -> "the superblock needs a zone in place of a failed one");
  }

  /** A failed zone that holds live data. */
  private Optional<Victim> dying() {
    return firstLive(
        allocator.failedZones(),
        zone -> "the drive turned it " + (zone.use() == Use.OFFLINE ? "offline" : "read-only"));
  }

  /** A zone that keeps an active resource of the drive until it is reset. */
  Optional<Victim> unfinishedZone() {
    return firstLive(allocator.unfinishedZones(), zone -> "it cannot be finished");
  }

  private Optional<Victim> firstLive(List<ZoneState> zones, Function<ZoneState, String> reason) {
    for (ZoneState zone : zones) {
      int index = zone.zone();
      if (usage.liveBytes(index) > 0
          && usage.pendingBytes(index) == 0
          && !stuck.isBackedOff(index, zone.use())) {
        return Optional.of(new Victim(index, reason.apply(zone), true));
      }
    }
    return Optional.empty();
  }

  /**
   * Finds the zones worth collecting in one pass; it asks the allocator only for zones with live
   * data. After a search without a result it returns nothing until a counter changes or some time
   * passes.
   *
   * @param utilization upper limit of their utilization
   */
  List<ZoneStatistics> below(double utilization) {
    long now = elapsedMillis.getAsLong();
    long changes = usage.changes();
    if (changes == fruitlessChanges && utilization <= fruitlessBelow && now < fruitlessUntil) {
      return List.of();
    }
    List<ZoneStatistics> found = searchBelow(utilization);
    if (found.isEmpty()) {
      fruitlessChanges = changes;
      fruitlessBelow = utilization;
      fruitlessUntil = now + LOOK_AGAIN_MILLIS;
    }
    return found;
  }

  private List<ZoneStatistics> searchBelow(double utilization) {
    long now = clock.millis();
    List<ZoneStatistics> candidates = new ArrayList<>();
    for (int index = 0; index < usage.zoneCount(); index++) {
      if (usage.liveBytes(index) == 0
          || usage.pendingBytes(index) != 0
          || stuck.isBackedOff(index, Use.FILLED)) {
        continue;
      }
      ZoneState zone = allocator.state(index);
      ZoneStatistics statistics =
          new ZoneStatistics(
              index,
              netBytes(zone.capacityBytes()),
              usage.footprintBytes(index),
              now - usage.lastWriteMillis(index));
      boolean collectable =
          zone.use() == Use.FILLED && zone.stream() != null && zone.stream().isData();
      if (collectable && statistics.utilization() < utilization) {
        candidates.add(statistics);
      }
    }
    return candidates;
  }

  /** Capacity of a zone for data, without the units for summaries and the end of the zone. */
  long netBytes(long capacityBytes) {
    return capacityBytes - UNITS_LOST_IN_A_ZONE * unitBytes;
  }
}
