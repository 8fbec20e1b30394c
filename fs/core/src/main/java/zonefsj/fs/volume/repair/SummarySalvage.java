// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.gc.ChunkWalker;
import zonefsj.zonemgr.ChunkSummary;

/**
 * The last resort if no index is left: every chunk on the drive names the files of its data, and
 * their checksums. The data written last are taken; but a chunk behind a lost header, which may be
 * content of a file that looks like a chunk, is taken only where no other has data. Data that an
 * application deleted may come back; data that were too small for a zone do not. Takes the memory
 * of all extents.
 */
final class SummarySalvage {
  private record SalvagedPiece(
      boolean isDoubtful, long epoch, long sequence, long inode, Extent extent) {}

  private final ZonedDevice device;
  private final SuperblockEntry superblock;
  private final ProgressListener progress;
  private final List<SalvagedPiece> pieces = new ArrayList<>();

  /**
   * @param progress receives each zone that is read
   */
  SummarySalvage(ZonedDevice device, SuperblockEntry superblock, ProgressListener progress) {
    this.device = device;
    this.superblock = superblock;
    this.progress = progress;
  }

  /** Puts the extents that are found beneath those that the index has already. */
  void addTo(RepairChanges changes) throws IOException {
    List<ZoneDescriptor> written =
        device.report(0, device.geometry().zoneCount()).stream().filter(this::mayHoldData).toList();
    PassProgress pass =
        new PassProgress(progress, "reading the summaries of zones", written.size());
    for (ZoneDescriptor zone : written) {
      collect(zone);
      pass.add(1);
    }
    pieces.sort(
        Comparator.comparingLong(SalvagedPiece::inode)
            .thenComparing(SalvagedPiece::isDoubtful, Comparator.reverseOrder())
            .thenComparingLong(SalvagedPiece::epoch)
            .thenComparingLong(SalvagedPiece::sequence));
    for (int from = 0; from < pieces.size(); ) {
      int to = from;
      while (to < pieces.size() && pieces.get(to).inode() == pieces.get(from).inode()) {
        to++;
      }
      add(changes, pieces.get(from).inode(), pieces.subList(from, to));
      from = to;
    }
    changes.apply();
  }

  private boolean mayHoldData(ZoneDescriptor zone) {
    return zone.condition() != ZoneCondition.OFFLINE
        && zone.condition() != ZoneCondition.EMPTY
        && zone.condition() != ZoneCondition.NOT_WRITE_POINTER
        && !superblock.facts().superblockZones().contains(zone.index());
  }

  private void collect(ZoneDescriptor zone) throws IOException {
    ChunkWalker chunks = new ChunkWalker(device, superblock.filesystem(), zone);
    for (ChunkWalker.FoundChunk found = chunks.next(); found != null; found = chunks.next()) {
      if (found.isDoubtful() && found.epoch() > superblock.epoch()) {
        // As far as is known, no mount has written it.
        continue;
      }
      for (ChunkSummary.Piece piece : found.summary().pieces()) {
        PhysicalExtent data =
            PhysicalExtent.whole(
                found.framePosition() + piece.frameOffset(),
                piece.lengthBytes(),
                piece.checksums());
        boolean possible =
            piece.inode() > 0
                && piece.inode() < Keys.INODE_LIMIT
                && piece.lengthBytes() <= Extent.MAX_COVERED_BYTES
                && piece.fileOffset() <= Long.MAX_VALUE - piece.lengthBytes()
                && data.liesOn(device.geometry());
        if (possible) {
          pieces.add(
              new SalvagedPiece(
                  found.isDoubtful(),
                  found.epoch(),
                  found.sequence(),
                  piece.inode(),
                  Extent.placed(piece.fileOffset(), data)));
        }
      }
    }
  }

  private static void add(RepairChanges changes, long inode, List<SalvagedPiece> ofOne)
      throws IOException {
    NavigableMap<Long, Extent> byEnd = new TreeMap<>();
    for (SalvagedPiece piece : ofOne) {
      overlay(byEnd, piece.extent());
    }
    changes
        .index()
        .scan(
            ColumnFamily.EXTENTS,
            Keys.extent(inode, 1),
            Keys.extent(inode, Long.MIN_VALUE),
            (key, value) -> {
              overlayKnown(byEnd, key, value);
              return true;
            });
    for (Map.Entry<Long, Extent> entry : byEnd.entrySet()) {
      changes.put(
          ColumnFamily.EXTENTS, Keys.extent(inode, entry.getKey()), entry.getValue().encode());
    }
    new SuspectHoles(changes).doubt(inode);
    changes.note("found data of files by the summaries of chunks");
  }

  private static void overlayKnown(NavigableMap<Long, Extent> byEnd, byte[] key, byte[] value) {
    Extent known;
    try {
      known = Extent.decode(Keys.extentEnd(key), value);
    } catch (IOException damaged) {
      // It stays in place, and a later pass repairs it.
      return;
    }
    overlay(byEnd, known);
  }

  private static void overlay(NavigableMap<Long, Extent> byEnd, Extent newer) {
    List<Extent> under = new ArrayList<>();
    for (Extent old : byEnd.tailMap(newer.start(), false).values()) {
      if (old.start() >= newer.end()) {
        break;
      }
      under.add(old);
    }
    for (Extent old : under) {
      byEnd.remove(old.end());
      if (old.start() < newer.start()) {
        byEnd.put(newer.start(), old.slice(old.start(), newer.start()));
      }
      if (old.end() > newer.end()) {
        byEnd.put(old.end(), old.slice(newer.end(), old.end()));
      }
    }
    byEnd.put(newer.end(), newer);
  }
}
