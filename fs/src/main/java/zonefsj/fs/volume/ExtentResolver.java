package zonefsj.fs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.data.Piece;
import zonefsj.fs.data.PlacedData;
import zonefsj.fs.data.Run;
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * Turns what a sealed batch changed in files into changes of extents. The index must hold
 * everything before the batch. Collects how the live bytes of zones change. Single-threaded.
 */
public final class ExtentResolver {
  /** A file of more extents goes by one range: a range costs every later reader a little. */
  private static final int MAX_POINT_DELETES = 64;

  private static final byte[] NOTHING = new byte[0];

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
   * Resolves one file. All its runs must be in a zone, or small enough to be inline.
   *
   * @throws IllegalStateException if a run is not where it says: what would be missing would be
   *     read as zeros
   */
  void resolve(FileDelta delta) throws IOException {
    long inode = delta.inode();
    if (delta.isDeleted()) {
      forgetAll(inode);
      return;
    }
    Changes changes = new Changes(inode);
    for (Piece piece : delta.pieces()) {
      changes.clear(piece.from(), piece.to());
      Run run = piece.run();
      if (run == null) {
        continue;
      }
      if (run.isLost()) {
        changes.add(Extent.lost(piece.from(), (int) piece.length()));
        continue;
      }
      if (!run.isPlaced()) {
        ByteBuffer bytes = run.bytes();
        byte[] inline = new byte[bytes.remaining()];
        bytes.get(inline);
        changes.add(Extent.inline(piece.from(), inline));
        continue;
      }
      long at = piece.from();
      for (PlacedData part : run.placed(piece.runOffset(), (int) piece.length())) {
        changes.add(Extent.placed(at, part));
        at += part.lengthBytes();
      }
      if (at != piece.to()) {
        throw new IllegalStateException(
            "inode " + inode + ": bytes " + at + " to " + piece.to() + " are in no zone");
      }
    }
    changes.finish();
  }

  private void forgetAll(long inode) throws IOException {
    List<byte[]> keys = new ArrayList<>();
    boolean[] many = {false};
    index.scan(
        Family.EXTENTS,
        Keys.extent(inode, 0),
        Keys.extent(inode + 1, 0),
        (key, value) -> {
          long end = Keys.extentEnd(key);
          if (end != 0) {
            countLive(Extent.decode(end, value), -1);
          }
          if (keys.size() < MAX_POINT_DELETES) {
            keys.add(key);
          } else {
            many[0] = true;
          }
          return true;
        });
    if (many[0]) {
      byte[] from = Keys.extent(inode, 0);
      byte[] to = Keys.extent(inode + 1, 0);
      record.deleteRange(Family.EXTENTS, from, to);
      record.deleteRange(Family.STAGED, from, to);
      return;
    }
    for (byte[] key : keys) {
      record.put(Family.EXTENTS, key, null);
      record.put(Family.STAGED, key, null);
    }
  }

  private void countLive(Extent extent, int sign) {
    PlacedData placed = extent.placed();
    if (placed != null && placed.liesOn(geometry)) {
      int zone = geometry.zoneOf(placed.positionBytes());
      liveChanges.merge(zone, (long) sign * extent.length(), Long::sum);
    }
  }

  /**
   * The extents of one file that change, by end offset; null: gone. Ranges come in ascending order.
   */
  private final class Changes {
    private final long inode;
    private final TreeMap<Long, @Nullable Extent> byEnd = new TreeMap<>();
    private final Set<Long> wereInline = new HashSet<>();
    private long allocatedChange;

    Changes(long inode) {
      this.inode = inode;
    }

    void add(Extent extent) {
      byEnd.put(extent.end(), extent);
      allocatedChange += extent.length();
      countLive(extent, 1);
    }

    void clear(long from, long to) throws IOException {
      for (Extent old : overlapping(from, to)) {
        byEnd.put(old.end(), null);
        if (old.inline() != null) {
          wereInline.add(old.end());
        }
        allocatedChange -= old.length();
        countLive(old, -1);
        if (old.start() < from) {
          add(old.slice(old.start(), from));
        }
        if (old.end() > to) {
          add(old.slice(to, old.end()));
        }
      }
    }

    private List<Extent> overlapping(long from, long to) throws IOException {
      List<Extent> found = new ArrayList<>();
      index.scan(
          Family.EXTENTS,
          Keys.extent(inode, from + 1),
          Keys.extent(inode + 1, 0),
          (key, value) -> {
            long end = Keys.extentEnd(key);
            // An extent that a range before cut keeps its end, so its newer form is found here.
            Extent extent = byEnd.containsKey(end) ? byEnd.get(end) : Extent.decode(end, value);
            if (extent == null) {
              return true;
            }
            if (extent.start() >= to) {
              return false;
            }
            found.add(extent);
            return true;
          });
      return found;
    }

    void finish() throws IOException {
      for (Map.Entry<Long, @Nullable Extent> entry : byEnd.entrySet()) {
        Extent extent = entry.getValue();
        byte[] key = Keys.extent(inode, entry.getKey());
        record.put(Family.EXTENTS, key, extent == null ? null : extent.encode());
        boolean staged = extent != null && isStaged(extent);
        if (staged || wereInline.contains(entry.getKey())) {
          record.put(Family.STAGED, key, staged ? NOTHING : null);
        }
      }
      if (allocatedChange != 0) {
        byte[] key = Keys.extent(inode, 0);
        byte[] before = index.get(Family.EXTENTS, key);
        long allocated = (before == null ? 0 : Keys.number(before)) + allocatedChange;
        record.put(Family.EXTENTS, key, allocated == 0 ? null : Keys.number(allocated));
      }
    }
  }
}
