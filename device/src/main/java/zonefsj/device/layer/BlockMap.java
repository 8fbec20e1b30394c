// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks of conventional zones the layer has: one bit for each block. A conventional zone of
 * 256 MiB in blocks of 4 KiB costs 8 KiB of memory from the first write to it on, other zones cost
 * nothing.
 *
 * <p>Threading: one thread at a time sets bits of one zone; any number of threads read them.
 */
final class BlockMap {
  private final BaseZones zones;
  private final int blockSizeBytes;
  private final AtomicReferenceArray<@Nullable AtomicLongArray> maps;

  BlockMap(BaseZones zones) {
    this.zones = zones;
    this.blockSizeBytes = zones.geometry().blockSizeBytes();
    this.maps = new AtomicReferenceArray<>(zones.zoneCount());
  }

  /** Number of blocks of a zone. */
  int blocks(int zone) {
    return Math.toIntExact(zones.sizeOfBytes(zone) / blockSizeBytes);
  }

  /** Whether the layer has a block. */
  boolean has(int zone, int block) {
    AtomicLongArray map = maps.get(zone);
    return map != null && (map.get(block / Long.SIZE) >>> (block % Long.SIZE) & 1) != 0;
  }

  /** Whether the layer has all blocks from {@code from} to before {@code to}. */
  boolean hasAll(int zone, int from, int to) {
    return runEnd(zone, from, to) == to && (from == to || has(zone, from));
  }

  /**
   * The end of the longest run of blocks that the layer has, or has not, as it has or has not the
   * first.
   *
   * @param from first block
   * @param to end of the search
   * @return at most {@code to}
   */
  int runEnd(int zone, int from, int to) {
    if (from >= to || maps.get(zone) == null) {
      return to;
    }
    boolean first = has(zone, from);
    int end = from + 1;
    while (end < to && has(zone, end) == first) {
      end++;
    }
    return end;
  }

  /** Adds blocks from {@code from} to before {@code to}. */
  void add(int zone, int from, int to) {
    AtomicLongArray map = maps.get(zone);
    if (map == null) {
      map = new AtomicLongArray((blocks(zone) + Long.SIZE - 1) / Long.SIZE);
      maps.set(zone, map);
    }
    for (int block = from; block < to; block++) {
      int word = block / Long.SIZE;
      map.set(word, map.get(word) | 1L << (block % Long.SIZE));
    }
  }
}
