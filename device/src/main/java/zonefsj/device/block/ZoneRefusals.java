// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;

/**
 * Refusals that follow from the report of a zone, before the drive is asked. Stateless and
 * thread-safe.
 */
final class ZoneRefusals {
  private ZoneRefusals() {}

  static void refuseFailed(ZoneDescriptor zone, String what) throws DeviceException {
    if (zone.condition() == ZoneCondition.OFFLINE) {
      throw refuse(Reason.ZONE_OFFLINE, zone, what, "the zone is offline");
    }
    if (zone.condition() == ZoneCondition.READ_ONLY) {
      throw refuse(Reason.ZONE_READ_ONLY, zone, what, "the zone takes no writes");
    }
  }

  /** SMR drives silently ignore an open or close of a full zone. */
  static void refuseFull(ZoneRequest request, ZoneDescriptor zone) throws DeviceException {
    if (zone.condition() == ZoneCondition.FULL) {
      throw refuse(Reason.ZONE_FULL, zone, request.toString(), "the zone is full");
    }
  }

  static void checkPointer(long position, long length, ZoneDescriptor now) throws DeviceException {
    long end = now.startBytes() + now.capacityBytes();
    String what = "write of " + length + " bytes at " + position;
    // The zone may have failed since its pointer was read.
    refuseFailed(now, what);
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
