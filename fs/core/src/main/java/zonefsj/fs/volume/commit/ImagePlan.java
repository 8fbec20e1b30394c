// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import zonefsj.fs.volume.commit.CheckpointCopy.Claim;
import zonefsj.fs.volume.state.AdaptiveReserves;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * Decides which zones of the newest image the next one leaves, by writing their files again, and
 * which free zones it may take.
 *
 * <p>Files that are written again cost their bytes, files that are kept hold their zones. An image
 * therefore leaves mostly dead zones, and if its share cannot grow, as many more as the image after
 * it needs. A file that has a part in a zone that is left is written again as a whole, one copy of
 * it. Used by one thread at a time; takes about 100 bytes for each zone in which a file has parts.
 */
final class ImagePlan {
  private static final double MIN_LIVE_SHARE = 0.5;

  /** Fuller zones gain too little for what they cost. */
  private static final double MOST_LIVE_SHARE = 7.0 / 8;

  /** One copy of a file of the newest image that the next one contains, too. */
  static final class KeptFile {
    private final int copy;
    private final Map<Integer, Long> bytesOfZones = new HashMap<>();
    private boolean isWritten;

    /**
     * @param copy number of the copy
     */
    KeptFile(int copy) {
      this.copy = copy;
    }

    /** Adds a part. */
    void add(int zone, long frameBytes) {
      bytesOfZones.merge(zone, frameBytes, Long::sum);
    }

    private long bytes() {
      return bytesOfZones.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private final ZoneAllocator allocator;
  private final SpacePlan plan;
  private final AdaptiveReserves reserves;
  private final Map<Integer, List<KeptFile>> filesOfZones = new HashMap<>();

  /** Bytes that stay in the zones that the image needs. */
  private final Map<Integer, Long> live = new HashMap<>();

  private final Set<Integer> left = new HashSet<>();

  /** Bytes that each copy of the image writes. */
  private final long[] writtenBytes = new long[CheckpointManifest.COPIES];

  private final Set<Integer> openZones;
  private final long openRestBytes;

  /** Zones with files that stay, apart from those that the copies have begun. */
  private int keptZones;

  /**
   * @param kept files of the newest image that the next one contains
   * @param newBytes of frames with other files, for each copy
   * @param openZones zones that the copies have begun, in which the image goes on
   * @param openRestBytes bytes that each copy can still take there
   */
  ImagePlan(
      ZoneAllocator allocator,
      SpacePlan plan,
      AdaptiveReserves reserves,
      List<KeptFile> kept,
      long newBytes,
      Set<Integer> openZones,
      long openRestBytes) {
    this.allocator = allocator;
    this.plan = plan;
    this.reserves = reserves;
    this.openZones = openZones;
    this.openRestBytes = openRestBytes;
    for (KeptFile file : kept) {
      file.bytesOfZones.forEach(
          (zone, bytes) -> {
            live.merge(zone, bytes, Long::sum);
            filesOfZones.computeIfAbsent(zone, none -> new ArrayList<>()).add(file);
          });
    }
    for (int copy = 0; copy < writtenBytes.length; copy++) {
      writtenBytes[copy] = newBytes;
    }
    keptZones = (int) live.keySet().stream().filter(zone -> !openZones.contains(zone)).count();
  }

  /** Zones whose files are written again. */
  Set<Integer> left() {
    return left;
  }

  /**
   * Leaves zones whose files are written again in any case.
   *
   * @param zones of the newest image
   */
  void leave(Set<Integer> zones, IntPredicate mustLeave) {
    zones.stream().filter(mustLeave::test).forEach(this::leave);
  }

  private void leave(int zone) {
    left.add(zone);
    for (KeptFile file : filesOfZones.getOrDefault(zone, List.of())) {
      if (!file.isWritten) {
        file.isWritten = true;
        writtenBytes[file.copy] += file.bytes();
        file.bytesOfZones.forEach(this::release);
      }
    }
  }

  private void release(int zone, long bytes) {
    long rest = live.merge(zone, -bytes, Long::sum);
    keptZones -= rest == 0 && !openZones.contains(zone) ? 1 : 0;
  }

  /** Bytes that are written more if a zone is left. */
  private long cost(int zone) {
    long bytes = 0;
    for (KeptFile file : filesOfZones.getOrDefault(zone, List.of())) {
      bytes += file.isWritten ? 0 : file.bytes();
    }
    return bytes;
  }

  /** Leaves mostly dead zones, the emptiest first, as far as the share has room for their files. */
  void leaveSparse() {
    long most = roomBytes(allocator.freeCheckpointZones());
    for (int zone : filledBelow(MIN_LIVE_SHARE)) {
      if (written() + cost(zone) > most) {
        return;
      }
      leave(zone);
    }
  }

  /**
   * Leaves zones, the emptiest first, until those that stay leave the image after this one its
   * place in the share; if that cannot grow, in the share and the zones of the collector.
   *
   * @return false if the free zones do not suffice for that: then it costs something for nothing
   */
  boolean leaveForNext() {
    long most = roomBytes(allocator.freeZonesForImage());
    int next = plan.zonesOfImage(reserves.imageBytes());
    // While it is stored, an image may have the last zone of the collector, too.
    int zones =
        reserves.isOvercommitted()
            ? allocator.mostCheckpointZones() + 1
            : allocator.checkpointShare();
    for (int zone : filledBelow(MOST_LIVE_SHARE)) {
      if (zonesHeldAfter() + next <= zones) {
        return true;
      }
      if (written() + cost(zone) > most) {
        return false;
      }
      leave(zone);
    }
    return zonesHeldAfter() + next <= zones;
  }

  /** Leaves all zones. */
  void leaveAll() {
    List.copyOf(live.keySet()).forEach(this::leave);
  }

  /**
   * Zones that the image may take if a failed one gives its zones back: the last ones of the
   * collector only if a complete one gives them back, too.
   */
  Claim claim() {
    return zonesHeldAfter() <= allocator.checkpointShare() ? Claim.WHOLE_RESERVE : Claim.RESERVE;
  }

  /** Zones that the image takes, approximately. */
  int freshZones() {
    int zones = 0;
    for (long bytes : writtenBytes) {
      zones += plan.zonesOfCopyBeyond(bytes, openRestBytes);
    }
    return zones;
  }

  private long written() {
    long bytes = 0;
    for (long ofCopy : writtenBytes) {
      bytes += ofCopy;
    }
    return bytes;
  }

  private long roomBytes(int freeZones) {
    return freeZones * plan.zoneNetBytes() + CheckpointManifest.COPIES * openRestBytes;
  }

  /** Full zones that are not left and less live than a share, the emptiest first. */
  private List<Integer> filledBelow(double share) {
    List<Map.Entry<Integer, Long>> zones = new ArrayList<>();
    for (Map.Entry<Integer, Long> zone : live.entrySet()) {
      ZoneState state = allocator.state(zone.getKey());
      if (state.use() == Use.FILLED
          && zone.getValue() > 0
          && zone.getValue() < state.capacityBytes() * share) {
        zones.add(Map.entry(zone.getKey(), zone.getValue()));
      }
    }
    zones.sort(Map.Entry.comparingByValue());
    return zones.stream().map(Map.Entry::getKey).toList();
  }

  /** Zones that the checkpoints have when the image is complete, approximately. */
  private int zonesHeldAfter() {
    return openZones.size() + keptZones + freshZones();
  }
}
