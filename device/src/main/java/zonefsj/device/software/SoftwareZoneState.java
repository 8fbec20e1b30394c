// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;

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
public record SoftwareZoneState(
    ZoneCondition condition, long pointerBytes, long writtenBytes, int resets) {
  /** Nothing was ever written. */
  public static final SoftwareZoneState EMPTY = new SoftwareZoneState(ZoneCondition.EMPTY, 0, 0, 0);

  /** A conventional zone of a size. */
  public static SoftwareZoneState conventional(long sizeBytes) {
    return new SoftwareZoneState(ZoneCondition.NOT_WRITE_POINTER, sizeBytes, sizeBytes, 0);
  }

  /**
   * The state of a zone that a drive below has reported. Nobody has opened it through this drive,
   * so an open zone is closed; it counts as active on both. The drive below knows which bytes of a
   * full or failed zone were written.
   */
  public static SoftwareZoneState of(ZoneDescriptor zone) {
    return switch (zone.condition()) {
      case NOT_WRITE_POINTER -> conventional(zone.sizeBytes());
      case EMPTY -> EMPTY;
      case IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED ->
          new SoftwareZoneState(ZoneCondition.CLOSED, zone.writtenBytes(), zone.writtenBytes(), 0);
      case FULL, READ_ONLY, OFFLINE ->
          new SoftwareZoneState(zone.condition(), zone.capacityBytes(), zone.capacityBytes(), 0);
    };
  }

  /** The same with another condition. */
  public SoftwareZoneState as(ZoneCondition newCondition) {
    return newCondition == condition
        ? this
        : new SoftwareZoneState(newCondition, pointerBytes, writtenBytes, resets);
  }

  /** The same with all bytes before a pointer written. */
  public SoftwareZoneState at(long newPointerBytes) {
    return new SoftwareZoneState(condition, newPointerBytes, newPointerBytes, resets);
  }

  /** Whether another state is the same, whatever the number of resets. */
  public boolean isLike(SoftwareZoneState other) {
    return condition == other.condition
        && pointerBytes == other.pointerBytes
        && writtenBytes == other.writtenBytes;
  }
}
