// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * What a cache knows of the zones of its drive: which bytes of a zone cannot change, and until
 * when.
 *
 * <p>A zone's generation changes before and after each reset and after each failed change, so what
 * was read in one generation is never used in another. Below the write pointer, the bytes of a
 * sequential zone do not change within a generation. Those of a conventional zone may: each of
 * their lines has a version, shared with a few others, which changes before and after each write.
 *
 * <p>Threading: safe for use by several threads; nothing waits.
 */
final class ZoneViews {
  private static final long UNKNOWN = -1;
  private static final int VERSIONS = 1024;

  /**
   * A zone.
   *
   * @param generation of its content
   * @param limitBytes bytes from its start that are written, or more; {@link #UNKNOWN} after a
   *     failure
   */
  record View(long generation, long limitBytes) {
    boolean isUnknown() {
      return limitBytes == UNKNOWN;
    }
  }

  private final BitSet conventional = new BitSet();
  private final AtomicReferenceArray<View> views;
  private final AtomicLongArray versions = new AtomicLongArray(VERSIONS);

  ZoneViews(List<ZoneDescriptor> zones) {
    views = new AtomicReferenceArray<>(zones.size());
    for (ZoneDescriptor zone : zones) {
      conventional.set(zone.index(), zone.type() == ZoneType.CONVENTIONAL);
      views.setPlain(zone.index(), new View(0, limitBytes(zone)));
    }
  }

  boolean isConventional(int zone) {
    return conventional.get(zone);
  }

  View view(int zone) {
    return views.get(zone);
  }

  /** Uses a report of a zone whose content was unknown, unless the zone has changed meanwhile. */
  View learn(View before, ZoneDescriptor report) {
    int zone = report.index();
    views.compareAndSet(zone, before, new View(before.generation(), limitBytes(report)));
    return views.get(zone);
  }

  /** Bytes were written up to an offset, by a write that began with a view. */
  void written(int zone, View before, long toBytes) {
    views.updateAndGet(
        zone,
        now ->
            now.generation() != before.generation()
                    || now.isUnknown()
                    || now.limitBytes() >= toBytes
                ? now
                : new View(now.generation(), toBytes));
  }

  /** A reset begins, or has succeeded: nothing is written. */
  void emptied(int zone) {
    views.updateAndGet(zone, now -> new View(now.generation() + 1, 0));
  }

  /** A change has failed: nothing is known. */
  void doubted(int zone) {
    views.updateAndGet(zone, now -> new View(now.generation() + 1, UNKNOWN));
  }

  /** The version of a line of a conventional zone. */
  long version(long line) {
    return versions.get(index(line));
  }

  /** A write to a line of a conventional zone begins or ends. */
  void changed(long line) {
    versions.incrementAndGet(index(line));
  }

  private static int index(long line) {
    return LineCache.hash(line) & (VERSIONS - 1);
  }

  private static long limitBytes(ZoneDescriptor zone) {
    return zone.condition() == ZoneCondition.NOT_WRITE_POINTER
        ? zone.sizeBytes()
        : zone.writtenBytes();
  }
}
