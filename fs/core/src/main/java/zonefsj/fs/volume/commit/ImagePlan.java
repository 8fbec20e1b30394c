// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.util.ArrayList;
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
 * it needs. Used by one thread at a time.
 */
final class ImagePlan {
  private static final double MIN_LIVE_SHARE = 0.5;

  private final ZoneAllocator allocator;
  private final SpacePlan plan;
  private final AdaptiveReserves reserves;

  /** Bytes that the image needs of each zone of the newest one. */
  private final Map<Integer, Long> live;

  private final Set<Integer> left = new HashSet<>();

  /** Bytes that the image writes, both copies. */
  private long writtenBytes;

  private final Set<Integer> openZones;
  private final long openRestBytes;

  /**
   * @param live bytes that the image needs of each zone of the newest one
   * @param mustLeave zones whose files are written again in any case
   * @param newBytes of files that are on no zone yet, both copies
   * @param openZones zones that the copies have begun, in which the image goes on
   * @param openRestBytes bytes that each copy can still take there
   */
  ImagePlan(
      ZoneAllocator allocator,
      SpacePlan plan,
      AdaptiveReserves reserves,
      Map<Integer, Long> live,
      IntPredicate mustLeave,
      long newBytes,
      Set<Integer> openZones,
      long openRestBytes) {
    this.allocator = allocator;
    this.plan = plan;
    this.reserves = reserves;
    this.live = live;
    this.openZones = openZones;
    this.openRestBytes = openRestBytes;
    writtenBytes = newBytes;
    live.keySet().stream().filter(mustLeave::test).forEach(this::leave);
  }

  private void leave(int zone) {
    left.add(zone);
    writtenBytes += live.getOrDefault(zone, 0L);
  }

  /** Zones whose files are written again. */
  Set<Integer> left() {
    return left;
  }

  /** Leaves mostly dead zones, the emptiest first, as far as the share has room for their files. */
  void leaveSparse() {
    long most = roomBytes(allocator.freeCheckpointZones());
    for (Map.Entry<Integer, Long> zone : filled()) {
      boolean isSparse =
          zone.getValue() < allocator.state(zone.getKey()).capacityBytes() * MIN_LIVE_SHARE;
      if (!isSparse || writtenBytes + zone.getValue() > most) {
        return;
      }
      leave(zone.getKey());
    }
  }

  /**
   * Leaves zones, the emptiest first, until those that stay leave the image after this one its
   * place in the share, as far as free zones allow.
   */
  void leaveForNext() {
    long most = roomBytes(allocator.freeZonesForImage());
    int next = plan.zonesOfImage(reserves.imageBytes());
    for (Map.Entry<Integer, Long> zone : filled()) {
      boolean suffices = zonesHeldAfter() + next <= allocator.checkpointShare();
      if (suffices || writtenBytes + zone.getValue() > most) {
        return;
      }
      leave(zone.getKey());
    }
  }

  /** Leaves all zones; the image goes on in none. */
  void leaveAll() {
    for (int zone : live.keySet()) {
      if (!left.contains(zone)) {
        leave(zone);
      }
    }
  }

  /**
   * Zones that the image may take if a failed one gives its zones back: the last ones of the
   * collector only if a complete one gives them back, too.
   */
  Claim claim() {
    return zonesHeldAfter() <= allocator.checkpointShare() ? Claim.WHOLE_RESERVE : Claim.RESERVE;
  }

  private long roomBytes(int freeZones) {
    return freeZones * plan.zoneNetBytes() + CheckpointManifest.COPIES * openRestBytes;
  }

  /** Full zones that are not left, the emptiest first. */
  private List<Map.Entry<Integer, Long>> filled() {
    List<Map.Entry<Integer, Long>> zones = new ArrayList<>();
    for (Map.Entry<Integer, Long> zone : live.entrySet()) {
      ZoneState state = allocator.state(zone.getKey());
      if (state.use() == Use.FILLED && !left.contains(zone.getKey())) {
        zones.add(zone);
      }
    }
    zones.sort(Map.Entry.comparingByValue());
    return zones;
  }

  /** Zones that the checkpoints have when the image is complete, approximately. */
  private int zonesHeldAfter() {
    int kept = openZones.size();
    for (Map.Entry<Integer, Long> zone : live.entrySet()) {
      boolean goes = zone.getValue() == 0 || left.contains(zone.getKey());
      kept += goes || openZones.contains(zone.getKey()) ? 0 : 1;
    }
    long bytesOfCopy = writtenBytes / CheckpointManifest.COPIES;
    return kept + plan.zonesOfImageBeyond(bytesOfCopy, openRestBytes);
  }
}
