// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import zonefsj.device.ZoneCondition;
import zonefsj.device.software.SoftwareZoneState;

/**
 * Whether a drive is the one that a layer belongs to: as it was when the layer began, or, after an
 * interrupted merge, in a state that a merge can leave.
 *
 * <p>Stateless and thread-safe.
 */
final class LayerMatch {
  private LayerMatch() {}

  /**
   * Checks a drive.
   *
   * @param now its zones
   * @throws LayerException if it is not the layer's
   */
  static void check(LayerStore layer, BaseZones now) throws LayerException {
    for (int zone = 0; zone < now.zoneCount(); zone++) {
      BaseZone then = layer.zones().zone(zone);
      BaseZone is = now.zone(zone);
      boolean matches =
          (then.matches(is) && !isResetGone(layer, zone))
              || hasFailedSince(then, is)
              || isMerging(layer.stage(), then, is, layer.machine().state(zone));
      if (!matches) {
        throw new LayerException(
            layer.name()
                + ": the drive below has changed since the layer began: zone "
                + zone
                + " was "
                + words(then)
                + " and is "
                + words(is)
                + "; give the drive as it was, or drop the layer with its changes");
      }
    }
  }

  /** Whether the state of before the merge is impossible now. */
  private static boolean isResetGone(LayerStore layer, int zone) {
    return layer.stage() == MergeStage.WRITING
        && LayeredStorage.isHidden(layer.machine().state(zone));
  }

  private static boolean hasFailedSince(BaseZone then, BaseZone is) {
    return then.sameShape(is)
        && (is.condition() == ZoneCondition.OFFLINE
            || (is.condition() == ZoneCondition.READ_ONLY && !then.isFailed()));
  }

  /**
   * A merge first resets zones, then appends to them up to what the layer has, and finishes those
   * that the layer has finished. A reset or finish that the power has cut off may be done on some
   * parts of a drive only: after such a reset, the zone has the beginning of what it held; after
   * such a finish, its pointer is anywhere behind what was written.
   */
  private static boolean isMerging(
      MergeStage stage, BaseZone then, BaseZone is, SoftwareZoneState layer) {
    boolean isHidden = LayeredStorage.isHidden(layer);
    if (!then.sameShape(is) || then.conventional() || then.isFailed() || is.isFailed()) {
      return false;
    }
    if (stage != MergeStage.WRITING) {
      return stage == MergeStage.RESETTING && isHidden && is.pointerBytes() <= then.pointerBytes();
    }
    long firstBytes = isHidden ? 0 : then.pointerBytes();
    return is.condition() == ZoneCondition.FULL
        ? layer.condition() == ZoneCondition.FULL
        : is.pointerBytes() >= firstBytes
            && (is.pointerBytes() <= layer.writtenBytes()
                || layer.condition() == ZoneCondition.FULL);
  }

  private static String words(BaseZone zone) {
    return switch (zone.condition()) {
      case NOT_WRITE_POINTER -> "conventional";
      case FULL -> "full";
      case READ_ONLY -> "read-only";
      case OFFLINE -> "offline";
      default -> "written up to byte " + zone.pointerBytes() + " of " + zone.capacityBytes();
    };
  }
}
