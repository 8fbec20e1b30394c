// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.util.List;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * The last zone of a drive whose size is no multiple of its zone size is shorter than the others.
 * It is not used: the shares of journal, checkpoints and collector are numbers of zones, and one
 * that holds less than was counted for it would be missing in the account of space.
 */
public final class ShortLastZone {
  private ShortLastZone() {}

  /**
   * Whether the last zone of a drive is too short to be used.
   *
   * @param report of all zones of the drive
   */
  public static boolean isIn(List<ZoneDescriptor> report) {
    if (report.isEmpty()) {
      return false;
    }
    ZoneDescriptor last = report.get(report.size() - 1);
    return isUsable(last)
        && report.stream()
            .limit(report.size() - 1L)
            .filter(ShortLastZone::isUsable)
            .mapToLong(ZoneDescriptor::capacityBytes)
            .min()
            .stream()
            .anyMatch(shortest -> last.capacityBytes() < shortest);
  }

  private static boolean isUsable(ZoneDescriptor zone) {
    return zone.type() != ZoneType.CONVENTIONAL
        && zone.condition() != ZoneCondition.OFFLINE
        && zone.condition() != ZoneCondition.READ_ONLY;
  }
}
