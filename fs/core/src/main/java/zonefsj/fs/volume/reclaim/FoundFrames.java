// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.util.Map;
import java.util.TreeMap;
import zonefsj.device.ZoneDescriptor;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.volume.reclaim.LiveExtents.Live;
import zonefsj.gc.ChunkWalker;

/**
 * The places in a zone where frames of chunks were found. Adjoining frames are one entry, so an
 * intact zone takes a few entries. Single-threaded.
 */
public final class FoundFrames {
  private final TreeMap<Long, Long> ends = new TreeMap<>();

  /** Adds a frame; frames come in the order of the zone. */
  public void add(ChunkWalker.FoundChunk chunk) {
    long from = chunk.framePosition();
    Map.Entry<Long, Long> last = ends.lastEntry();
    boolean adjoins = last != null && last.getValue() == from;
    ends.put(adjoins ? last.getKey() : from, from + chunk.frameLengthBytes());
  }

  /**
   * Whether an extent lies in none of the frames, though it was written before the search.
   *
   * @param zone as it was before the search
   */
  public boolean miss(ZoneDescriptor zone, Live live) {
    PhysicalExtent placed = live.extent().placed();
    if (placed == null || isBehind(zone, placed.firstBytePosition())) {
      return false;
    }
    Map.Entry<Long, Long> frame = ends.floorEntry(placed.firstBytePosition());
    return frame == null || frame.getValue() <= placed.firstBytePosition();
  }

  private static boolean isBehind(ZoneDescriptor zone, long positionBytes) {
    return zone.hasWritePointer() && positionBytes >= zone.writePointerBytes();
  }
}
