// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.software.SoftwareZoneState;

/**
 * What a layer has to know of a zone of the drive below. Constant from the layer's beginning.
 *
 * @param conventional whether it is conventional
 * @param condition its condition; an open zone counts as closed, since its owner has gone
 * @param capacityBytes its capacity; the size of a conventional one
 * @param pointerBytes its write pointer, from the zone's start; the capacity if the zone is full,
 *     conventional or failed
 */
record BaseZone(
    boolean conventional, ZoneCondition condition, long capacityBytes, long pointerBytes) {

  /** The zone as its drive reports it. */
  static BaseZone of(ZoneDescriptor zone) {
    boolean conventional = zone.type() == ZoneType.CONVENTIONAL;
    ZoneCondition condition = zone.condition().isOpen() ? ZoneCondition.CLOSED : zone.condition();
    long pointerBytes =
        switch (condition) {
          case EMPTY -> 0;
          case CLOSED -> zone.writtenBytes();
          default -> zone.capacityBytes();
        };
    return new BaseZone(conventional, condition, zone.capacityBytes(), pointerBytes);
  }

  /** The state in which the layer's zone begins. */
  SoftwareZoneState initialState() {
    return new SoftwareZoneState(condition, pointerBytes, pointerBytes, 0);
  }

  /** Whether writes to the zone are possible at all. */
  boolean isFailed() {
    return condition == ZoneCondition.READ_ONLY || condition == ZoneCondition.OFFLINE;
  }

  /** Whether two zones agree in all that the layer's content depends on. */
  boolean matches(BaseZone other) {
    return equals(other)
        || (isEmptyOrClosed(this, 0) && isEmptyOrClosed(other, 0) && sameShape(other));
  }

  /** Whether two zones have the same type and capacity. */
  boolean sameShape(BaseZone other) {
    return conventional == other.conventional && capacityBytes == other.capacityBytes;
  }

  private static boolean isEmptyOrClosed(BaseZone zone, long pointerBytes) {
    return (zone.condition == ZoneCondition.EMPTY || zone.condition == ZoneCondition.CLOSED)
        && zone.pointerBytes == pointerBytes;
  }
}
