// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;

/**
 * What is refused before a drive is asked, by what it reported of the zone. Stateless and
 * thread-safe.
 */
final class ZoneRefusals {
  private ZoneRefusals() {}

  static void refuseWorn(ZoneDescriptor zone, String what) throws DeviceException {
    if (zone.condition() == ZoneCondition.OFFLINE) {
      throw refuse(Reason.ZONE_OFFLINE, zone, what, "the zone is offline");
    }
    if (zone.condition() == ZoneCondition.READ_ONLY) {
      throw refuse(Reason.ZONE_READ_ONLY, zone, what, "the zone takes no writes");
    }
  }

  /** SMR drives open and close a full zone without a word and without effect. */
  static void refuseFull(ZoneIoctls.Request request, ZoneDescriptor zone) throws DeviceException {
    if (zone.condition() == ZoneCondition.FULL) {
      throw refuse(Reason.ZONE_FULL, zone, request.toString(), "the zone is full");
    }
  }

  static void checkPointer(long position, long length, ZoneDescriptor now) throws DeviceException {
    long end = now.startBytes() + now.capacityBytes();
    String what = "write of " + length + " bytes at " + position;
    // It may have died since its pointer was learnt.
    refuseWorn(now, what);
    if (now.condition() == ZoneCondition.FULL) {
      throw refuse(Reason.ZONE_FULL, now, what, "the zone is full");
    }
    if (now.hasWritePointer() && now.writePointerBytes() != position) {
      throw refuse(Reason.NOT_AT_WRITE_POINTER, now, what, "writes must be at the write pointer");
    }
    if (length > end - position) {
      throw refuse(Reason.BEYOND_CAPACITY, now, what, "the zone's capacity ends at " + end);
    }
  }

  static DeviceException refuse(Reason reason, ZoneDescriptor zone, String what, String why) {
    return new DeviceException(
        reason, zone.index(), ZoneErrors.where(zone) + what + " refused: " + why);
  }
}
