package zonefsj.fs.volume.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PlacedData;
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.FileNamer;
import zonefsj.fs.volume.check.IndexCursor.Entry;

/**
 * Looks for bytes of the drive that two extents claim. Takes as many zones at once as fit into
 * {@value #MAX_EXTENTS_AT_ONCE} extents and scans all extents once for each such group, so that
 * memory is bounded (64 MiB), and a drive of less than a million extents costs one scan. Extents of
 * one file may share a granule, whose other bytes belong to neither; what is compared is the bytes
 * themselves.
 */
public final class OverlapSearch {
  static final int MAX_EXTENTS_AT_ONCE = 1 << 20;

  /**
   * Bytes of the drive that an extent claims.
   *
   * @param from absolute position of the first
   * @param to position behind the last
   * @param inode whose extent
   * @param end its end offset in the file
   */
  public record Claim(long from, long to, long inode, long end) {}

  /** Hears of two extents that claim the same bytes. */
  @FunctionalInterface
  public interface Listener {
    void overlap(Claim first, Claim second);
  }

  private final DeviceGeometry geometry;
  private final MetadataReader index;
  private final ProgressListener progress;
  private final Listener listener;

  /** Searches the extents of one index. */
  public OverlapSearch(
      DeviceGeometry geometry, MetadataReader index, ProgressListener progress, Listener listener) {
    this.geometry = geometry;
    this.index = index;
    this.progress = progress;
    this.listener = listener;
  }

  /** Makes findings of what it hears. */
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

  /**
   * Looks for overlaps.
   *
   * @param extentCounts how many extents begin in each zone
   */
  public void check(long[] extentCounts) throws IOException {
    int first = 0;
    while (first < extentCounts.length) {
      long count = extentCounts[first];
      int end = first + 1;
      while (end < extentCounts.length && count + extentCounts[end] <= MAX_EXTENTS_AT_ONCE) {
        count += extentCounts[end++];
      }
      if (count > 1) {
        checkZones(first, end);
      }
      first = end;
      progress.progress("searching for overlaps: zones", first, extentCounts.length);
    }
  }

  private void checkZones(int first, int end) throws IOException {
    long from = geometry.zoneStartBytes(first);
    long to = geometry.zoneStartBytes(end);
    List<Claim> claims = new ArrayList<>();
    IndexCursor cursor = new IndexCursor(index, Family.EXTENTS, new Findings());
    for (Entry entry = cursor.peek(); entry != null; entry = cursor.peek()) {
      cursor.skip();
      PlacedData data = placedOrNull(entry);
      if (data != null && data.positionBytes() >= from && data.positionBytes() < to) {
        long start = data.firstBytePosition();
        claims.add(
            new Claim(
                start, start + data.lengthBytes(), entry.inode(), Keys.extentEnd(entry.key())));
      }
    }
    claims.sort(Comparator.comparingLong(Claim::from));
    Claim farthest = null;
    for (Claim claim : claims) {
      if (farthest != null && claim.from() < farthest.to()) {
        listener.overlap(farthest, claim);
      }
      if (farthest == null || claim.to() > farthest.to()) {
        farthest = claim;
      }
    }
  }

  private static @Nullable PlacedData placedOrNull(Entry entry) {
    try {
      long end = Keys.extentEnd(entry.key());
      return end == 0 ? null : Extent.decode(end, entry.value()).placed();
    } catch (IOException reportedElsewhere) {
      return null;
    }
  }
}
