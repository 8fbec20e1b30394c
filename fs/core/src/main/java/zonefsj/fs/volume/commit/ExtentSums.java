// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;

/**
 * Sums over some extents of the index, or the difference that a record makes to such sums: then
 * they may be negative.
 *
 * <p>Takes about 90 bytes for each zone in which the extents have data. Not thread-safe.
 */
final class ExtentSums {
  private final Supplier<DeviceGeometry> geometry;
  private final TreeMap<Integer, Long> zoneBytes = new TreeMap<>();
  private long placed;
  private long bytes;
  private long stagedBytes;
  private boolean anyInline;

  /**
   * Begins with no extents.
   *
   * @param geometry of the drive, which can grow meanwhile
   */
  ExtentSums(Supplier<DeviceGeometry> geometry) {
    this.geometry = geometry;
  }

  /**
   * Counts an extent.
   *
   * @param sign 1 for a new extent, -1 for a removed one
   */
  void count(Extent extent, int sign) {
    long length = (long) sign * extent.length();
    bytes += length;
    PhysicalExtent data = extent.placed();
    DeviceGeometry now = geometry.get();
    if (data != null && data.liesOn(now)) {
      addToZone(now.zoneOf(data.positionBytes()), length);
      placed += sign;
    }
    if (ExtentResolver.isStaged(extent)) {
      stagedBytes += length;
    }
    anyInline |= extent.inline() != null;
  }

  /** Adds what other sums count. */
  void add(ExtentSums others) {
    add(others, 1);
  }

  /** Removes what other sums count. */
  void subtract(ExtentSums others) {
    add(others, -1);
  }

  private void add(ExtentSums others, int sign) {
    others.zoneBytes.forEach((zone, length) -> addToZone(zone, sign * length));
    placed += sign * others.placed;
    bytes += sign * others.bytes;
    stagedBytes += sign * others.stagedBytes;
    anyInline |= others.anyInline;
  }

  private void addToZone(int zone, long length) {
    zoneBytes.merge(zone, length, Long::sum);
  }

  /** Live bytes by zone, in ascending order; 0 where as much went as came. */
  Map<Integer, Long> zoneBytes() {
    return Collections.unmodifiableMap(zoneBytes);
  }

  /** Number of extents that lie in zones. */
  long placed() {
    return placed;
  }

  /** Bytes of all extents. */
  long bytes() {
    return bytes;
  }

  /** Bytes that wait in the index for a zone. */
  long stagedBytes() {
    return stagedBytes;
  }

  /** Whether an extent with its bytes in the index was counted, maybe as removed. */
  boolean anyInline() {
    return anyInline;
  }
}
