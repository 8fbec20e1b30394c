// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import zonefsj.device.DeviceGeometry;
import zonefsj.journal.JournalSegment;

/** Checks the places that a superblock entry names against the geometry of its drive. */
final class SuperblockPlaces {
  private SuperblockPlaces() {}

  /** Why the places of an entry cannot exist on a drive; empty if they can. */
  static String contradiction(SuperblockEntry entry, DeviceGeometry geometry) {
    for (JournalSegment segment : entry.segments()) {
      for (JournalSegment.Copy copy : segment.copies()) {
        if (!beginsInItsZone(geometry, copy)) {
          return "an impossible journal segment: " + segment;
        }
      }
    }
    if (hasOverlaps(entry.segments(), geometry)) {
      return "journal segments that lie upon each other";
    }
    SuperblockEntry.CheckpointRef checkpoint = entry.checkpoint();
    return checkpoint == null || liesOn(checkpoint, geometry)
        ? ""
        : "an impossible checkpoint: " + checkpoint;
  }

  private static boolean liesOn(SuperblockEntry.CheckpointRef checkpoint, DeviceGeometry geometry) {
    return checkpoint.manifestPositions().stream()
        .allMatch(at -> isWithinAZone(geometry, at, checkpoint.manifestFrameBytes()));
  }

  /** A copy may end before the segment does: if it was lost, the other copy went on alone. */
  private static boolean beginsInItsZone(DeviceGeometry geometry, JournalSegment.Copy copy) {
    return copy.startBytes() % geometry.blockSizeBytes() == 0
        && isWithinAZone(geometry, copy.startBytes(), 1)
        && geometry.zoneOf(copy.startBytes()) == copy.zone();
  }

  private static boolean isWithinAZone(DeviceGeometry geometry, long position, long lengthBytes) {
    return position >= 0
        && position < geometry.capacityBytes()
        && lengthBytes <= zoneEnd(geometry, position) - position;
  }

  private static long zoneEnd(DeviceGeometry geometry, long position) {
    long end = (geometry.zoneOf(position) + 1L) * geometry.zoneSizeBytes();
    return Math.min(end, geometry.capacityBytes());
  }

  /**
   * Whether a segment overlaps others with all of its copies: bytes that are named twice would be
   * read twice. One copy may overlap, if it ended early and its zone was used again. A copy went on
   * alone then, so all that overlaps is hardly more than what does not.
   */
  private static boolean hasOverlaps(List<JournalSegment> segments, DeviceGeometry geometry) {
    TreeMap<Long, Long> endsByStart = new TreeMap<>();
    long allFreeBytes = 0;
    long allOverlappingBytes = 0;
    for (JournalSegment segment : segments) {
      long freeBytes = 0;
      long overlappingBytes = 0;
      for (JournalSegment.Copy copy : segment.copies()) {
        long start = copy.startBytes();
        long room = zoneEnd(geometry, start) - start;
        long end = start + (segment.isOpen() ? room : Math.min(segment.lengthBytes(), room));
        Map.Entry<Long, Long> before = endsByStart.lowerEntry(end);
        if (before == null || before.getValue() <= start) {
          freeBytes = Math.max(freeBytes, end - start);
        } else {
          overlappingBytes = Math.max(overlappingBytes, end - start);
        }
        if (end > start) {
          addTo(endsByStart, start, end);
        }
      }
      if (overlappingBytes > 0 && freeBytes == 0) {
        return true;
      }
      allFreeBytes += freeBytes;
      // How far an open segment goes is not known: its copies are as long as their zones have room.
      allOverlappingBytes += segment.isOpen() ? 0 : overlappingBytes;
    }
    return allOverlappingBytes > allFreeBytes + geometry.zoneSizeBytes();
  }

  /** Adds a range to ranges that are apart. */
  private static void addTo(NavigableMap<Long, Long> endsByStart, long start, long end) {
    long from = start;
    long to = end;
    Map.Entry<Long, Long> before = endsByStart.lowerEntry(to);
    while (before != null && before.getValue() > from) {
      from = Math.min(from, before.getKey());
      to = Math.max(to, before.getValue());
      endsByStart.remove(before.getKey());
      before = endsByStart.lowerEntry(to);
    }
    endsByStart.put(from, to);
  }
}
