// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import zonefsj.device.ZoneCondition;

/**
 * The state of one zone at one instant. Offsets are bytes from the zone's start.
 *
 * @param condition condition of the zone
 * @param pointerBytes the write pointer; the capacity if the zone is full; kept, but not reported
 *     as valid, if the zone is read-only or offline
 * @param writtenBytes number of bytes really written: below the pointer if the zone was finished
 *     early; the whole size of a conventional zone
 * @param resets number of resets of the zone
 */
record EmulatedZoneState(
    ZoneCondition condition, long pointerBytes, long writtenBytes, int resets) {
  static final EmulatedZoneState EMPTY = new EmulatedZoneState(ZoneCondition.EMPTY, 0, 0, 0);

  static EmulatedZoneState conventional(long sizeBytes) {
    return new EmulatedZoneState(ZoneCondition.NOT_WRITE_POINTER, sizeBytes, sizeBytes, 0);
  }

  EmulatedZoneState as(ZoneCondition newCondition) {
    return newCondition == condition
        ? this
        : new EmulatedZoneState(newCondition, pointerBytes, writtenBytes, resets);
  }
}
