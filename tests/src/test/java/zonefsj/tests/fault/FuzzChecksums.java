// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** Where the granules of each file are on the drive: only where these are damaged may EIO be. */
final class FuzzChecksums {
  /** Whether something happened to a range of the drive. */
  @FunctionalInterface
  interface Damaged {
    boolean touches(long from, long to);
  }

  private record Granule(long fileFrom, long fileTo, long from, long to) {}

  private final Map<Long, List<Granule>> byInode = new HashMap<>();

  /**
   * @param stores an index that holds everything
   */
  FuzzChecksums(MemoryMetadataStores stores) throws IOException {
    try (MetadataStore index = stores.openExisting().orElseThrow()) {
      index.scan(
          ColumnFamily.EXTENTS,
          new byte[0],
          null,
          (key, value) -> {
            long end = Keys.extentEnd(key);
            Extent extent = end == 0 ? null : Extent.decode(end, value);
            PhysicalExtent placed = extent == null ? null : extent.placed();
            if (extent != null && placed != null) {
              note(Keys.leadingInode(key), extent, placed);
            }
            return true;
          });
    }
  }

  private void note(long inode, Extent extent, PhysicalExtent placed) {
    int bytes = placed.checksums().granuleBytes();
    long fileStart = extent.start() - placed.skipBytes();
    for (int from = 0; from < placed.coveredBytes(); from += bytes) {
      int to = Math.min(placed.coveredBytes(), from + bytes);
      byInode
          .computeIfAbsent(inode, any -> new ArrayList<>())
          .add(
              new Granule(
                  fileStart + from,
                  fileStart + to,
                  placed.positionBytes() + from,
                  placed.positionBytes() + to));
    }
  }

  /** Whether a granule of a range of a file is damaged. */
  boolean anyOf(long inode, long offset, int length, Damaged damaged) {
    return byInode.getOrDefault(inode, List.of()).stream()
        .anyMatch(
            granule ->
                granule.fileFrom() < offset + length
                    && offset < granule.fileTo()
                    && damaged.touches(granule.from(), granule.to()));
  }
}
