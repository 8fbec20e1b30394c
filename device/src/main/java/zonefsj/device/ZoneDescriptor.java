// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/**
 * A drive's report of one zone at one instant. All offsets and sizes are in bytes; positions count
 * from the start of the drive.
 *
 * @param index number of the zone, from 0
 * @param type type of the zone
 * @param condition condition of the zone
 * @param startBytes position of the zone's first byte
 * @param sizeBytes distance to the start of the next zone
 * @param capacityBytes number of these bytes that can be written, at most {@code sizeBytes}
 * @param writePointerBytes absolute position of the next write; for {@link ZoneCondition#FULL} it
 *     is {@code startBytes + capacityBytes}; for a zone without a valid write pointer
 *     (conventional, read-only, offline) it is the last value of the drive and must not be used:
 *     check {@link #hasWritePointer()} first
 */
public record ZoneDescriptor(
    int index,
    ZoneType type,
    ZoneCondition condition,
    long startBytes,
    long sizeBytes,
    long capacityBytes,
    long writePointerBytes) {

  /** Whether {@link #writePointerBytes()} is valid in this condition. */
  public boolean hasWritePointer() {
    return switch (condition) {
      case EMPTY, IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED, FULL -> true;
      case NOT_WRITE_POINTER, READ_ONLY, OFFLINE -> false;
    };
  }

  /** Whether the zone takes no writes any more: READ_ONLY or OFFLINE. */
  public boolean hasFailed() {
    return condition == ZoneCondition.READ_ONLY || condition == ZoneCondition.OFFLINE;
  }

  /** Bytes between the zone's start and its write pointer; 0 without a valid write pointer. */
  public long writtenBytes() {
    return hasWritePointer() ? writePointerBytes - startBytes : 0;
  }

  /** Bytes that can still be appended in this condition. */
  public long remainingBytes() {
    return switch (condition) {
      case EMPTY, IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED ->
          startBytes + capacityBytes - writePointerBytes;
      case NOT_WRITE_POINTER, FULL, READ_ONLY, OFFLINE -> 0;
    };
  }
}
