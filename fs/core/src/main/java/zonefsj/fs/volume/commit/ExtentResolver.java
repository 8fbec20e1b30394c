// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.List;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.data.Interval;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * Turns the file deltas of a sealed batch into changes of extents. The index must hold everything
 * before the batch. Single-threaded.
 */
public final class ExtentResolver {
  private final MetadataReader index;
  private final BatchRecord.Builder record;
  private final DeleteLimits limits;
  private final ExtentChanges.LiveCount live;
  private final ExtentChanges.Remainders remainders;
  private final CountedRanges counted;

  /**
   * @param limits of the extents that are deleted one by one; above its length of the record, what
   *     is left of inline extents goes to zones
   * @param live is told of every extent that is added or removed
   * @param remainders takes what is left of inline extents
   * @param counted ranges whose extents need no pass
   */
  ExtentResolver(
      MetadataReader index,
      BatchRecord.Builder record,
      DeleteLimits limits,
      ExtentChanges.LiveCount live,
      ExtentChanges.Remainders remainders,
      CountedRanges counted) {
    this.index = index;
    this.record = record;
    this.limits = limits;
    this.live = live;
    this.remainders = remainders;
    this.counted = counted;
  }

  /**
   * Whether an extent is in the index only until it moves to a zone, not because its file is tiny.
   */
  public static boolean isStaged(Extent extent) {
    return extent.inline() != null
        && (extent.start() != 0 || extent.length() > BatchPlacement.INLINE_BYTES);
  }

  /**
   * Resolves one file. All its write buffers must be in a zone, or small enough to be inline.
   * Memory does not grow with the number of extents that the file had.
   */
  void resolve(FileDelta delta) throws IOException {
    List<CountedRange> dropped =
        counted.of(delta.inode()).stream()
            .filter(range -> range.isUsable() && covers(delta, range))
            .toList();
    ExtentChanges changes =
        new ExtentChanges(delta.inode(), index, record, limits, live, remainders, dropped);
    if (delta.isDeleted()) {
      changes.dropAll();
      return;
    }
    for (Interval piece : delta.intervals()) {
      changes.replace(piece);
    }
    delta.setAllocatedBytes(changes.finish());
  }

  /** Whether a delta replaces all old content of a range. */
  private static boolean covers(FileDelta delta, CountedRange range) {
    if (delta.isDeleted()) {
      return true;
    }
    long at = range.from();
    while (at < range.to()) {
      Interval piece = delta.firstBehind(at);
      if (piece == null || piece.from() > at) {
        return false;
      }
      at = piece.to();
    }
    return true;
  }
}
