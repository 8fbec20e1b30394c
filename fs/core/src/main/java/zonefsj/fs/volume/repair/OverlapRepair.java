// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
import zonefsj.fs.volume.reclaim.PartialExtentReader;

/**
 * Makes sure that no two extents claim the same bytes of the drive. The checksums decide whose the
 * bytes are. If they match both, or the drive fails to read the bytes, the extent of which more can
 * be verified keeps them, at a tie the first: a read error may pass, and if the bytes are not those
 * of this extent after all, they do not match its checksums, and reads fail. What only one extent
 * claims is given up only if it has wrong bytes.
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

  void repair() throws IOException {
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

  /** An extent as the index has it now, and what of its data can be read. */
  private record Holder(
      long inode, Extent extent, PhysicalExtent placed, List<PartialExtentReader.Part> parts) {
    boolean hasWrongBytes() {
      return parts.stream().anyMatch(PartialExtentReader.Part::isWrong);
    }

    long from() {
      return placed.firstBytePosition();
    }

    long to() {
      return from() + placed.lengthBytes();
    }

    long verifiedBytes() {
      return verifiedBytes(from(), to());
    }

    /** How many of the bytes between two positions on the drive match their checksums. */
    long verifiedBytes(long from, long to) {
      long sum = 0;
      for (PartialExtentReader.Part part : parts) {
        if (part.bytes() != null) {
          long low = Math.max(from, from() + part.from());
          long high = Math.min(to, from() + part.to());
          sum += Math.max(0, high - low);
        }
      }
      return sum;
    }
  }

  private @Nullable Holder holder(Claim claim) throws IOException {
    byte[] key = Keys.extent(claim.inode(), claim.end());
    byte[] value = changes.index().get(ColumnFamily.EXTENTS, key);
    Extent extent = value == null ? null : Extent.decode(claim.end(), value);
    PhysicalExtent placed = extent == null ? null : extent.placed();
    return extent == null || placed == null
        ? null
        : new Holder(claim.inode(), extent, placed, PartialExtentReader.read(reader, placed));
  }

  /** What is still claimed by both afterwards is found by the next round. */
  private void part(Pair pair) throws IOException {
    Holder first = holder(pair.first());
    Holder second = holder(pair.second());
    if (first == null || second == null) {
      return;
    }
    if (first.hasWrongBytes() || second.hasWrongBytes()) {
      replace(first, ExtentRepair.withoutWrongBytes(first.extent(), first.parts()));
      replace(second, ExtentRepair.withoutWrongBytes(second.extent(), second.parts()));
      return;
    }
    long from = Math.max(first.from(), second.from());
    long to = Math.min(first.to(), second.to());
    if (from < to) {
      markLost(isOfSecond(first, second, from, to) ? first : second, from, to);
    }
  }

  private static boolean isOfSecond(Holder first, Holder second, long from, long to) {
    long more = second.verifiedBytes(from, to) - first.verifiedBytes(from, to);
    return more > 0 || (more == 0 && second.verifiedBytes() > first.verifiedBytes());
  }

  /** Replaces what lies between two positions on the drive by a lost extent. */
  private void markLost(Holder holder, long from, long to) throws IOException {
    Extent extent = holder.extent();
    long lostFrom = extent.start() + (from - holder.from());
    long lostTo = extent.start() + (to - holder.from());
    List<Extent> parts = new ArrayList<>();
    if (extent.start() < lostFrom) {
      parts.add(extent.slice(extent.start(), lostFrom));
    }
    parts.add(Extent.lost(lostFrom, (int) (to - from)));
    if (lostTo < extent.end()) {
      parts.add(extent.slice(lostTo, extent.end()));
    }
    replace(holder, parts);
  }

  private void replace(Holder holder, List<Extent> parts) throws IOException {
    if (parts.stream().noneMatch(Extent::isLost)) {
      return;
    }
    for (Extent part : parts) {
      changes.put(ColumnFamily.EXTENTS, Keys.extent(holder.inode(), part.end()), part.encode());
    }
    changes.note("gave up data whose place is another file's");
    changes.apply();
  }
}
