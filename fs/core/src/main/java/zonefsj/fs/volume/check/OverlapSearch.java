// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.check.IndexCursor.Entry;
import zonefsj.fs.volume.state.FileNamer;

/**
 * Finds bytes of the drive that two extents claim: one scan of all extents, a sort by position
 * ({@link ClaimSorter}: 64 MiB of memory, and a file on the host for more than {@value
 * #MAX_EXTENTS_IN_MEMORY}), and one pass over the sorted claims. Extents of one file may share a
 * granule, whose other bytes belong to neither; the bytes themselves are compared.
 */
public final class OverlapSearch {
  static final int MAX_EXTENTS_IN_MEMORY = 1 << 20;

  /**
   * Bytes of the drive that an extent claims.
   *
   * @param from absolute position of the first
   * @param to position behind the last
   * @param inode of the file
   * @param end end offset of the extent in the file
   */
  public record Claim(long from, long to, long inode, long end) {}

  /** Receives two extents that claim the same bytes. */
  @FunctionalInterface
  public interface Listener {
    void overlap(Claim first, Claim second);
  }

  private final DeviceGeometry geometry;
  private final MetadataReader index;
  private final long extents;
  private final ProgressListener progress;
  private final Listener listener;
  private final Scratch scratch;
  private final int mostInMemory;
  private long claimed;

  /**
   * Searches the extents of one index.
   *
   * @param extents number of extents, for the progress
   */
  public OverlapSearch(
      DeviceGeometry geometry,
      MetadataReader index,
      long extents,
      Scratch scratch,
      ProgressListener progress,
      Listener listener) {
    this(geometry, index, extents, scratch, progress, listener, MAX_EXTENTS_IN_MEMORY);
  }

  /**
   * @param mostInMemory limit of extents in memory
   */
  OverlapSearch(
      DeviceGeometry geometry,
      MetadataReader index,
      long extents,
      Scratch scratch,
      ProgressListener progress,
      Listener listener,
      int mostInMemory) {
    this.extents = extents;
    this.scratch = scratch;
    this.mostInMemory = mostInMemory;
    this.geometry = geometry;
    this.index = index;
    this.progress = progress;
    this.listener = listener;
  }

  /** Returns a listener that adds findings. */
  static Listener reportTo(Findings findings, DeviceGeometry geometry, MetadataReader index) {
    FileNamer namer = new FileNamer(index);
    return (first, second) ->
        findings.add(
            "two extents claim the same bytes of the drive: of "
                + namer.describe(first.inode())
                + " and of "
                + namer.describe(second.inode()),
            "zone "
                + geometry.zoneOf(second.from())
                + ", bytes "
                + second.from()
                + " to "
                + Math.min(second.to(), first.to())
                + " of the drive",
            "one of the files shows the content of the other");
  }

  /** Runs the search. */
  public void check() throws IOException {
    try (ClaimSorter claims = new ClaimSorter(mostInMemory, scratch)) {
      collect(claims);
      Sweep sweep =
          new Sweep(new PassProgress(progress, "comparing the places of extents", claimed));
      claims.forEachSorted(sweep::next);
    }
  }

  private void collect(ClaimSorter claims) throws IOException {
    IndexCursor cursor =
        new IndexCursor(
            index,
            ColumnFamily.EXTENTS,
            new Findings(),
            new PassProgress(progress, "sorting extents by their place", extents));
    for (Entry entry = cursor.peek(); entry != null; entry = cursor.peek()) {
      cursor.skip();
      PhysicalExtent data = placedOrNull(entry);
      if (data != null
          && data.positionBytes() >= 0
          && data.positionBytes() < geometry.capacityBytes()) {
        long start = data.firstBytePosition();
        claims.add(
            new Claim(
                start, start + data.lengthBytes(), entry.inode(), Keys.extentEnd(entry.key())));
        claimed++;
      }
    }
  }

  /** Takes claims by their start, and compares each with the earlier one that ends farthest. */
  private final class Sweep {
    private final PassProgress pass;
    private @Nullable Claim farthest;

    Sweep(PassProgress pass) {
      this.pass = pass;
    }

    void next(Claim claim) {
      pass.add(1);
      Claim before = farthest;
      if (before != null && claim.from() < before.to()) {
        listener.overlap(before, claim);
      }
      if (before == null || claim.to() > before.to()) {
        farthest = claim;
      }
    }
  }

  private static @Nullable PhysicalExtent placedOrNull(Entry entry) {
    try {
      long end = Keys.extentEnd(entry.key());
      return end == 0 ? null : Extent.decode(end, entry.value()).placed();
    } catch (IOException reportedElsewhere) {
      return null;
    }
  }
}
