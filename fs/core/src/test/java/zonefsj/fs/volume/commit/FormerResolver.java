// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

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
import zonefsj.fs.data.Interval;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.stored.BatchRecord;

/** The plain way: all extents that a batch touches in one map, every key by itself. */
final class FormerResolver {
  private final MetadataReader index;
  private final DeviceGeometry geometry;
  private final BatchRecord.Builder record;
  final Map<Integer, Long> liveChanges = new TreeMap<>();
  long extentChange;

  FormerResolver(MetadataReader index, DeviceGeometry geometry, BatchRecord.Builder record) {
    this.index = index;
    this.geometry = geometry;
    this.record = record;
  }

  void resolve(FileDelta delta) throws IOException {
    Changes changes = new Changes(delta.inode());
    if (delta.isDeleted()) {
      changes.clear(0, Long.MAX_VALUE);
    }
    for (Interval piece : delta.intervals()) {
      changes.clear(piece.from(), piece.to());
      WriteBuffer buffer = piece.buffer();
      if (buffer == null) {
        continue;
      }
      if (buffer.isLost()) {
        changes.add(Extent.lost(piece.from(), (int) piece.length()));
        continue;
      }
      if (!buffer.isPlaced()) {
        ByteBuffer bytes = buffer.bytes();
        byte[] inline = new byte[bytes.remaining()];
        bytes.get(inline);
        changes.add(Extent.inline(piece.from(), inline));
        continue;
      }
      long at = piece.from();
      for (PhysicalExtent part : buffer.placed(piece.bufferOffset(), (int) piece.length())) {
        changes.add(Extent.placed(at, part));
        at += part.lengthBytes();
      }
    }
    changes.finish();
  }

  private final class Changes {
    private final long inode;
    private final TreeMap<Long, @Nullable Extent> byEnd = new TreeMap<>();
    private final Set<Long> wereInline = new HashSet<>();
    private long allocatedChange;

    Changes(long inode) {
      this.inode = inode;
    }

    private void countLive(Extent extent, int sign) {
      PhysicalExtent placed = extent.placed();
      if (placed != null) {
        int zone = geometry.zoneOf(placed.positionBytes());
        liveChanges.merge(zone, (long) sign * extent.length(), Long::sum);
        extentChange += sign;
      }
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
          ColumnFamily.EXTENTS,
          Keys.extent(inode, from + 1),
          Keys.extent(inode + 1, 0),
          (key, value) -> {
            long end = Keys.extentEnd(key);
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
        record.put(ColumnFamily.EXTENTS, key, extent == null ? null : extent.encode());
        boolean staged = extent != null && ExtentResolver.isStaged(extent);
        if (staged || wereInline.contains(entry.getKey())) {
          record.put(ColumnFamily.STAGED, key, staged ? new byte[0] : null);
        }
      }
      if (allocatedChange != 0) {
        byte[] key = Keys.extent(inode, 0);
        byte[] before = index.get(ColumnFamily.EXTENTS, key);
        long allocated = (before == null ? 0 : Keys.number(before)) + allocatedChange;
        record.put(ColumnFamily.EXTENTS, key, allocated == 0 ? null : Keys.number(allocated));
      }
    }
  }
}
