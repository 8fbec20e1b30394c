// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Finds victims for the collector. One search over all zones ranks the best ones, up to one in
 * {@value #ZONES_FOR_EACH_RANK} and {@value #MOST_RANKS}; later calls take them in this order if
 * they still qualify, so the cost of a choice does not grow with the drive. Takes 8 bytes for each
 * zone. Used by one thread at a time.
 */
final class VictimSearch {
  /** Fuller zones are not moved: summaries and padding would use the space that is gained. */
  static final double MAX_UTILIZATION = 0.97;

  private static final int ZONES_FOR_EACH_RANK = 128;
  private static final int MOST_RANKS = 64;

  private static final long UNITS_LOST_IN_A_ZONE = 3;

  /** More than can wait for a commit, or have been deferred, at the same time. */
  private static final int WITHHELD_AT_ONCE = 64;

  /** A zone whose backoff has ended may be a candidate although no counter has changed. */
  private static final long LOOK_AGAIN_MILLIS = 1000;

  /**
   * A zone to be collected.
   *
   * @param zone index
   * @param reason in a few words, for status
   * @param updateRate of its data, see {@link ZoneStatistics}
   * @param hasPriority whether it must be emptied before all others, at any cost
   */
  record Victim(int zone, String reason, double updateRate, boolean hasPriority) {}

  private record Ranked(int zone, double score) {}

  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ZoneBackoff stuck;
  private final InstantSource clock;
  private final LongSupplier elapsedMillis;
  private final int unitBytes;

  /** Capacity of each zone for data. */
  private volatile long[] netBytes = {};

  /** The best zones of the last search, best first. */
  private final ArrayDeque<Integer> ranked = new ArrayDeque<>();

  private @Nullable VictimPolicy rankedBy;
  private long rankedUntil;

  /** The last search without a candidate: value of the change counter, and utilization limit. */
  private long fruitlessChanges = -1;

  private double fruitlessBelow;

  /** Limit of the utilization of victims for threads that wait, and until when it holds. */
  private double waiterLimit;

  private long waiterLimitUntil = Long.MIN_VALUE;

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
    this.clock = clock;
    this.elapsedMillis = elapsedMillis;
    this.unitBytes = unitBytes;
    zonesAdded();
  }

  /** Notes the zones that the allocator knows now. Before anything is written to new ones. */
  void zonesAdded() {
    netBytes =
        allocator.states().stream()
            .mapToLong(zone -> zone.capacityBytes() - UNITS_LOST_IN_A_ZONE * unitBytes)
            .toArray();
  }

  /** A zone that is to be emptied before any other, however full it is. */
  Optional<Victim> priorityVictim() {
    return dying().or(this::unfinishedZone).or(this::wanted).or(this::withheld);
  }

  /** The zone with the fewest live bytes among those of which the superblock log needs one. */
  private Optional<Victim> wanted() {
    List<ZoneState> zones = new ArrayList<>(allocator.superblock().wanted());
    zones.sort(Comparator.comparingLong(zone -> usage.liveBytes(zone.zone())));
    return firstLive(zones, zone -> "the superblock needs a zone in place of a failed one");
  }

  /** A zone that the filesystem gives up. */
  private Optional<Victim> withheld() {
    return firstLive(
        allocator.withheldData(WITHHELD_AT_ONCE), zone -> "the filesystem gives the zone up");
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
        return Optional.of(new Victim(index, reason.apply(zone), usage.updateRate(index), true));
      }
    }
    return Optional.empty();
  }

  /**
   * Finds the best victim. After a search without a result it returns nothing until a counter
   * changes or some time passes.
   *
   * @param utilization upper limit of its utilization
   */
  Optional<Victim> best(VictimPolicy policy, double utilization) {
    long now = elapsedMillis.getAsLong();
    if (rankedBy != policy || now >= rankedUntil) {
      ranked.clear();
    }
    Optional<Victim> next = nextRanked(policy, utilization);
    if (next.isPresent()) {
      return next;
    }
    long changes = usage.changes();
    if (changes == fruitlessChanges && utilization <= fruitlessBelow && now < fruitlessUntil) {
      return Optional.empty();
    }
    rank(policy, utilization);
    rankedUntil = now + LOOK_AGAIN_MILLIS;
    next = nextRanked(policy, utilization);
    if (next.isEmpty()) {
      fruitlessChanges = changes;
      fruitlessBelow = utilization;
      fruitlessUntil = now + LOOK_AGAIN_MILLIS;
    }
    return next;
  }

  private Optional<Victim> nextRanked(VictimPolicy policy, double utilization) {
    Integer zone;
    while ((zone = ranked.poll()) != null) {
      ZoneStatistics now = candidate(zone, utilization, clock.millis());
      if (now != null && isCollectable(zone)) {
        return Optional.of(new Victim(zone, reason(policy, now), now.updateRate(), false));
      }
    }
    return Optional.empty();
  }

  /** What the policies look at, and which of them chose. */
  private static String reason(VictimPolicy policy, ZoneStatistics zone) {
    return String.format(
        Locale.ROOT,
        "%d%% live, written %d s ago, update rate %.2f, by %s",
        Math.round(zone.utilization() * 100),
        zone.ageMillis() / 1000,
        zone.updateRate(),
        policy.label());
  }

  private void rank(VictimPolicy policy, double utilization) {
    int most = Math.max(1, Math.min(MOST_RANKS, usage.zoneCount() / ZONES_FOR_EACH_RANK));
    PriorityQueue<Ranked> best = new PriorityQueue<>(Comparator.comparingDouble(Ranked::score));
    long now = clock.millis();
    for (int zone = 0; zone < usage.zoneCount(); zone++) {
      ZoneStatistics statistics = candidate(zone, utilization, now);
      if (statistics == null) {
        continue;
      }
      double score = policy.score(statistics);
      Ranked worst = best.size() < most ? null : best.peek();
      // The allocator is asked last, because that takes a lock.
      if ((worst == null || score > worst.score()) && isCollectable(zone)) {
        if (worst != null) {
          best.remove();
        }
        best.add(new Ranked(zone, score));
      }
    }
    ranked.clear();
    while (!best.isEmpty()) {
      ranked.addFirst(best.remove().zone());
    }
    rankedBy = policy;
  }

  /**
   * The best victim for a thread that waits for space: its cost is at most about twice the cost of
   * the emptiest one, so that the thread does not pay for later ones. The emptiest zone is looked
   * for at most once a second, unless nothing is below the limit that it gave.
   */
  Optional<Victim> bestForWaiter(VictimPolicy policy) {
    if (elapsedMillis.getAsLong() < waiterLimitUntil) {
      Optional<Victim> victim = best(policy, waiterLimit);
      if (victim.isPresent()) {
        return victim;
      }
    }
    waiterLimit = utilizationForWaiters();
    waiterLimitUntil = elapsedMillis.getAsLong() + LOOK_AGAIN_MILLIS;
    return best(policy, waiterLimit);
  }

  /** The limit for {@link #bestForWaiter}; looks at all zones. */
  double utilizationForWaiters() {
    double least = MAX_UTILIZATION;
    long now = clock.millis();
    for (int zone = 0; zone < usage.zoneCount(); zone++) {
      ZoneStatistics statistics = candidate(zone, least, now);
      if (statistics != null && isCollectable(zone)) {
        least = statistics.utilization();
      }
    }
    return Math.min(MAX_UTILIZATION, (1 + least) / 2);
  }

  /** Number of zones whose utilization is below a limit and that can be collected. */
  int countBelow(double utilization) {
    long now = clock.millis();
    int count = 0;
    for (int zone = 0; zone < usage.zoneCount(); zone++) {
      count += candidate(zone, utilization, now) != null && isCollectable(zone) ? 1 : 0;
    }
    return count;
  }

  /** The statistics of a zone whose utilization is below a limit; null for others. */
  private @Nullable ZoneStatistics candidate(int zone, double utilization, long nowMillis) {
    if (usage.liveBytes(zone) == 0
        || usage.pendingBytes(zone) != 0
        || usage.footprintBytes(zone) >= utilization * netBytes[zone]
        || stuck.isBackedOff(zone, Use.FILLED)) {
      return null;
    }
    return new ZoneStatistics(
        zone,
        netBytes[zone],
        usage.footprintBytes(zone),
        nowMillis - usage.lastWriteMillis(zone),
        usage.updateRate(zone));
  }

  private boolean isCollectable(int index) {
    ZoneState zone = allocator.state(index);
    return zone.use() == Use.FILLED && zone.stream() != null && zone.stream().isData();
  }

  /** Capacity of a zone for data, without the units for summaries and the end of the zone. */
  long netBytes(int zone) {
    return netBytes[zone];
  }
}
