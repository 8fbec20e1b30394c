// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * What is known of one zone from the answers of its drive. A pointer is known only while nothing
 * else is changing the zone. Thread-safe; its monitor is held for a few instructions.
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

  /** What was known at the beginning of an access. */
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

  /** A change begins; the pointer is known to it only if it is alone. */
  synchronized Known begin() {
    Known known = new Known(changesInFlight == 0 ? pointerBytes : UNKNOWN, ++version);
    changesInFlight++;
    return known;
  }

  /** Whether nothing has begun or ended since the change that {@code known} was given to began. */
  synchronized boolean isAlone(Known known) {
    return version == known.version();
  }

  /**
   * A change has ended; if it was alone, {@code newPointerBytes} is the pointer now.
   *
   * @return whether it was alone
   */
  synchronized boolean end(Known known, long newPointerBytes) {
    changesInFlight--;
    boolean alone = version == known.version() && changesInFlight == 0;
    // Whoever has looked in the meantime may have seen the pointer of before.
    version++;
    pointerBytes = alone ? newPointerBytes : UNKNOWN;
    return alone;
  }

  /** Takes a reported pointer, unless something has begun since {@code known}. */
  synchronized boolean learn(Known known, long reportedPointerBytes) {
    boolean quiet = version == known.version() && changesInFlight == 0;
    if (quiet) {
      pointerBytes = reportedPointerBytes;
    }
    return quiet;
  }
}
