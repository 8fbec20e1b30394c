// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;

/**
 * What the collector did with an extent: where its parts are now, or that they are lost. Bytes
 * outside the parts stay in place.
 *
 * @param inode whose extent
 * @param old the extent as the index had it
 * @param parts in order, at least one
 */
public record Relocation(long inode, Extent old, List<Part> parts) {
  /**
   * A part of the extent.
   *
   * @param from offset in the file
   * @param to offset behind its last byte
   * @param placed its new place, in order; empty if it is lost
   */
  public record Part(long from, long to, List<PhysicalExtent> placed) {}

  /**
   * The extents that replace a present extent in the old one's place, or a rest of the old one.
   *
   * @param present the extent as the index has it now
   * @return empty if it is a different extent, or all of it stays
   */
  List<Extent> replacing(Extent present) {
    if (!isRestOfOld(present)) {
      return List.of();
    }
    List<Extent> now = new ArrayList<>(2);
    boolean moved = false;
    long at = present.start();
    for (Part part : parts) {
      long low = Math.max(present.start(), part.from());
      long high = Math.min(present.end(), part.to());
      if (low >= high) {
        continue;
      }
      addRest(now, present, at, low);
      moved = true;
      at = high;
      if (part.placed().isEmpty()) {
        now.add(Extent.lost(low, (int) (high - low)));
      } else {
        addPlaced(now, part, low, high);
      }
    }
    addRest(now, present, at, present.end());
    return moved ? now : List.of();
  }

  /** Adds a range that was not moved. */
  private static void addRest(List<Extent> now, Extent present, long from, long to) {
    PhysicalExtent placed = present.placed();
    if (placed != null && from < to) {
      int skipped = (int) (from - present.start());
      now.add(Extent.placed(from, placed.slice(skipped, (int) (to - from))));
    }
  }

  private static void addPlaced(List<Extent> now, Part part, long from, long to) {
    long at = part.from();
    for (PhysicalExtent data : part.placed()) {
      long low = Math.max(from, at);
      long high = Math.min(to, at + data.lengthBytes());
      if (low < high) {
        now.add(Extent.placed(low, data.slice((int) (low - at), (int) (high - low))));
      }
      at += data.lengthBytes();
    }
  }

  /** Whether an extent has the bytes of the old one: exactly the same place on the drive. */
  private boolean isRestOfOld(Extent present) {
    PhysicalExtent was = old.placed();
    PhysicalExtent is = present.placed();
    return was != null
        && is != null
        && present.start() >= old.start()
        && present.end() <= old.end()
        && is.firstBytePosition() - was.firstBytePosition() == present.start() - old.start();
  }
}
