// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.check.OverlapSearch;
import zonefsj.fs.volume.check.OverlapSearch.Claim;
import zonefsj.fs.volume.check.Scratch;

/**
 * Makes sure that no two extents claim the same bytes of the drive. The checksums decide whose the
 * bytes are; if they match both, the first extent keeps them.
 */
final class OverlapRepair {
  private static final int MOST_ROUNDS = 8;

  private final DeviceGeometry geometry;
  private final VerifiedReader reader;
  private final RepairChanges changes;
  private final Scratch scratch;
  private final ProgressListener progress;

  OverlapRepair(
      ZonedDevice device, RepairChanges changes, Scratch scratch, ProgressListener progress) {
    this.geometry = device.geometry();
    this.reader = new VerifiedReader(device);
    this.changes = changes;
    this.scratch = scratch;
    this.progress = progress;
  }

  private record Pair(Claim first, Claim second) {}

  void mend() throws IOException {
    for (int round = 0; round < MOST_ROUNDS; round++) {
      List<Pair> pairs = new ArrayList<>();
      new OverlapSearch(
              geometry,
              changes.index(),
              changes.count(ColumnFamily.EXTENTS),
              scratch,
              progress,
              (a, b) -> pairs.add(new Pair(a, b)))
          .check();
      if (pairs.isEmpty()) {
        return;
      }
      for (Pair pair : pairs) {
        part(pair);
      }
    }
  }

  private void part(Pair pair) throws IOException {
    boolean firstHasLost = giveUpWhatIsDamaged(pair.first());
    boolean secondHasLost = giveUpWhatIsDamaged(pair.second());
    byte[] key = Keys.extent(pair.second().inode(), pair.second().end());
    byte[] value = changes.index().get(ColumnFamily.EXTENTS, key);
    if (firstHasLost || secondHasLost || value == null) {
      return;
    }
    Extent second = Extent.decode(pair.second().end(), value);
    changes.note("gave up data whose place is another file's");
    changes.put(ColumnFamily.EXTENTS, key, Extent.lost(second.start(), second.length()).encode());
    changes.apply();
  }

  private boolean giveUpWhatIsDamaged(Claim claim) throws IOException {
    byte[] key = Keys.extent(claim.inode(), claim.end());
    byte[] value = changes.index().get(ColumnFamily.EXTENTS, key);
    Extent extent = value == null ? null : Extent.decode(claim.end(), value);
    PhysicalExtent placed = extent == null ? null : extent.placed();
    if (extent == null || placed == null) {
      return true;
    }
    List<Extent> parts = ExtentRepair.rescue(reader, extent, placed);
    if (parts.size() == 1 && !parts.get(0).isLost()) {
      return false;
    }
    for (Extent part : parts) {
      changes.put(ColumnFamily.EXTENTS, Keys.extent(claim.inode(), part.end()), part.encode());
    }
    changes.note("gave up data whose place is another file's");
    changes.apply();
    return true;
  }
}
