package zonefsj.fs.volume;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.data.Piece;
import zonefsj.fs.data.PlacedData;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * Turns what a sealed batch changed in files into changes of extents. The index must hold
 * everything before the batch. Collects how the live bytes of zones change. Single-threaded.
 */
public final class ExtentResolver {
  private final MetadataReader index;
  private final DeviceGeometry geometry;
  private final BatchRecord.Builder record;
  private final Map<Integer, Long> liveChanges = new TreeMap<>();

  ExtentResolver(MetadataReader index, DeviceGeometry geometry, BatchRecord.Builder record) {
    this.index = index;
    this.geometry = geometry;
    this.record = record;
  }

  /** Whether an extent is in the index for the time being only, not because it is tiny. */
  public static boolean isStaged(Extent extent) {
    return extent.inline() != null
        && (extent.start() != 0 || extent.length() > Committer.INLINE_BYTES);
  }

  /** How live bytes change, by zone. */
  Map<Integer, Long> liveChanges() {
    return liveChanges;
  }

  /**
   * Resolves one file. All its runs must be in a zone, or small enough to be inline. Memory does
   * not grow with the number of extents that the file had.
   */
  void resolve(FileDelta delta) throws IOException {
    ExtentChanges changes = new ExtentChanges(delta.inode(), index, record, this::countLive);
    if (delta.isDeleted()) {
      changes.dropAll();
      return;
    }
    for (Piece piece : delta.pieces()) {
      changes.replace(piece);
    }
    changes.finish();
  }

  private void countLive(Extent extent, int sign) {
    PlacedData placed = extent.placed();
    if (placed != null && placed.liesOn(geometry)) {
      int zone = geometry.zoneOf(placed.positionBytes());
      liveChanges.merge(zone, (long) sign * extent.length(), Long::sum);
    }
  }
}
