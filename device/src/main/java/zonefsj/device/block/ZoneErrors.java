// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * Determines the reason of a failed access from the kernel's error and the zone's present state.
 * Most refusals are a plain EIO, so the zone's report says more than the error number.
 *
 * <p>Stateless and thread-safe.
 */
final class ZoneErrors {
  /** An unknown write pointer. */
  static final long UNKNOWN = -1;

  private ZoneErrors() {}

  /**
   * Classifies a failed write.
   *
   * @param errno the kernel's error number
   * @param zone the zone as reported after the failure
   * @param knownPointerBytes the pointer before the write, or {@link #UNKNOWN}
   */
  static Reason ofWrite(
      int errno,
      ZoneDescriptor zone,
      long positionBytes,
      long lengthBytes,
      long knownPointerBytes) {
    Reason told = ofErrno(errno);
    if (told != Reason.MEDIA) {
      return told;
    }
    if (zone.type() != ZoneType.SEQUENTIAL_REQUIRED || !zone.hasWritePointer()) {
      return ofCondition(zone.condition());
    }
    long end = zone.startBytes() + zone.capacityBytes();
    if (knownPointerBytes == positionBytes) {
      return positionBytes + lengthBytes > end ? Reason.BEYOND_CAPACITY : Reason.MEDIA;
    }
    if (zone.condition() == ZoneCondition.FULL) {
      return Reason.ZONE_FULL;
    }
    boolean tornHere =
        zone.writePointerBytes() >= positionBytes
            && zone.writePointerBytes() < positionBytes + lengthBytes
            && knownPointerBytes == UNKNOWN;
    return tornHere ? Reason.MEDIA : Reason.NOT_AT_WRITE_POINTER;
  }

  /** Classifies a failed transition. */
  static Reason ofTransition(int errno, ZoneDescriptor zone) {
    Reason told = ofErrno(errno);
    if (told != Reason.MEDIA) {
      return told == Reason.UNALIGNED ? Reason.INVALID_TRANSITION : told;
    }
    if (zone.type() == ZoneType.CONVENTIONAL) {
      return Reason.INVALID_TRANSITION;
    }
    return zone.condition() == ZoneCondition.FULL
        ? Reason.ZONE_FULL
        : ofCondition(zone.condition());
  }

  /** The reason that the error number alone gives; {@link Reason#MEDIA} if it gives none. */
  static Reason ofErrno(int errno) {
    return switch (errno) {
      case BlockLibc.ETOOMANYREFS -> Reason.TOO_MANY_OPEN;
      case BlockLibc.EOVERFLOW -> Reason.TOO_MANY_ACTIVE;
      case BlockLibc.EINVAL -> Reason.UNALIGNED;
      case BlockLibc.EBADF -> Reason.DEVICE_READ_ONLY;
      case BlockLibc.ENOMEM -> Reason.HOST_SHORTAGE;
      default -> Reason.MEDIA;
    };
  }

  /** The exception, with a message that names zone, condition, pointer and access. */
  static DeviceException exception(Reason reason, ZoneDescriptor zone, String what, Throwable why) {
    return new DeviceException(
        reason, zone.index(), where(zone) + what + " failed: " + why.getMessage(), why);
  }

  /** The beginning of every message about a zone. */
  static String where(ZoneDescriptor zone) {
    return "zone "
        + zone.index()
        + " ("
        + zone.condition()
        + ", write pointer at "
        + zone.writePointerBytes()
        + "): ";
  }

  private static Reason ofCondition(ZoneCondition condition) {
    return switch (condition) {
      case OFFLINE -> Reason.ZONE_OFFLINE;
      case READ_ONLY -> Reason.ZONE_READ_ONLY;
      default -> Reason.MEDIA;
    };
  }
}
