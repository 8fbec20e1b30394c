// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * The known state of one zone, from the answers of its drive. A pointer is known only while no
 * other change of the zone runs. Thread-safe; its monitor is held for a few instructions.
 */
final class ZoneShadow {
  static final long UNKNOWN = -1;

  private final ZoneType type;
  private final long startBytes;
  private final long sizeBytes;
  private final long capacityBytes;
  private long pointerBytes = UNKNOWN;
  private int changesInFlight;
  private long version;

  /** The known state at the beginning of an access. */
  record Known(long pointerBytes, long version) {
    boolean isPointerKnown() {
      return pointerBytes != UNKNOWN;
    }
  }

  ZoneShadow(ZoneDescriptor zone) {
    this.type = zone.type();
    this.startBytes = zone.startBytes();
    this.sizeBytes = zone.sizeBytes();
    this.capacityBytes = zone.capacityBytes();
  }

  boolean isSequential() {
    return type == ZoneType.SEQUENTIAL_REQUIRED;
  }

  long startBytes() {
    return startBytes;
  }

  long writableEndBytes() {
    return startBytes + capacityBytes;
  }

  boolean isSameZone(ZoneDescriptor zone) {
    return zone.type() == type
        && zone.startBytes() == startBytes
        && zone.sizeBytes() == sizeBytes
        && zone.capacityBytes() == capacityBytes;
  }

  synchronized Known peek() {
    return new Known(changesInFlight == 0 ? pointerBytes : UNKNOWN, version);
  }

  /** Records the start of a change; it gets the pointer only if no other change runs. */
  synchronized Known begin() {
    Known known = new Known(changesInFlight == 0 ? pointerBytes : UNKNOWN, ++version);
    changesInFlight++;
    return known;
  }

  /** Whether no change has begun or ended since the change of {@code known} began. */
  synchronized boolean isExclusive(Known known) {
    return version == known.version();
  }

  /**
   * Records the end of a change; if no other change ran, {@code newPointerBytes} is the pointer
   * now.
   *
   * @return whether no other change ran
   */
  synchronized boolean end(Known known, long newPointerBytes) {
    changesInFlight--;
    boolean alone = version == known.version() && changesInFlight == 0;
    // A concurrent report may have seen the old pointer.
    version++;
    pointerBytes = alone ? newPointerBytes : UNKNOWN;
    return alone;
  }

  /** Records a reported pointer, unless a change has begun since {@code known}. */
  synchronized boolean learn(Known known, long reportedPointerBytes) {
    boolean quiet = version == known.version() && changesInFlight == 0;
    if (quiet) {
      pointerBytes = reportedPointerBytes;
    }
    return quiet;
  }
}
