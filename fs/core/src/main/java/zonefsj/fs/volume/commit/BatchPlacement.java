// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.data.Interval;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.SpacePlan;

/**
 * Places the data that a sealed batch still has in memory: tiny files in the index, little data in
 * the journal record, all other data in zones. One object serves one try of one commit.
 */
public final class BatchPlacement {
  private static final Logger LOG = LoggerFactory.getLogger(BatchPlacement.class);

  /** Files of at most this length may live in the index. */
  static final int INLINE_BYTES = 1024;

  /** A commit with at most this much data carries it in its journal record. */
  static final int STAGED_COMMIT_BYTES = Extent.MAX_INLINE_BYTES;

  /** Files of at most this length live in the index even if it has no room for longer ones. */
  private static final int FEWEST_INLINE_BYTES = 64;

  /**
   * Longer files, up to {@link #INLINE_BYTES}, go to the index until its image has a quarter of its
   * planned length. The rest is for names, inodes and extents: each byte of an image takes five
   * bytes on the drive.
   */
  private static final int INLINE_SHARE_OF_IMAGE = 4;

  /** Bytes that a piece takes in a zone beyond its data, at most: part of a summary, alignment. */
  private static final long MOST_OVERHEAD_BYTES = 128;

  private final ChunkWriter chunks;
  private final PiecePlacement pieces;
  private final MetadataStore index;
  private final InodeLocks locks;
  private final DirtyMemory memory;
  private final SpacePlan plan;
  private final SpaceAccount space;
  private final Batch batch;
  private final List<Inline> inline = new ArrayList<>();

  /** What {@link #moveToZones} has placed. */
  private final List<Moved> moved = new ArrayList<>();

  /** Bytes that the index has left for tiny files; -1 until the first of them asks. */
  private long inlineRoomBytes = -1;

  /** Bytes that wait in the journal record for a zone, until the index counts them. */
  private long stagedBytes;

  /**
   * Makes the placements of a volume's batches.
   *
   * @param chunks writes data into zones
   * @param pieces writes pieces of files
   * @param index knows how much room it has for tiny files
   * @param locks of inodes, which readers of a write buffer hold
   * @param memory takes back the buffers of placed data
   * @param plan how the zones are shared out
   * @param space counts the bytes that wait in a journal record for a zone
   */
  public record Factory(
      ChunkWriter chunks,
      PiecePlacement pieces,
      MetadataStore index,
      InodeLocks locks,
      DirtyMemory memory,
      SpacePlan plan,
      SpaceAccount space) {
    /** Returns the placement of one batch, for one try. */
    BatchPlacement of(Batch batch) {
      return new BatchPlacement(chunks, pieces, index, locks, memory, plan, space, batch);
    }
  }

  private BatchPlacement(
      ChunkWriter chunks,
      PiecePlacement pieces,
      MetadataStore index,
      InodeLocks locks,
      DirtyMemory memory,
      SpacePlan plan,
      SpaceAccount space,
      Batch batch) {
    this.chunks = chunks;
    this.pieces = pieces;
    this.index = index;
    this.locks = locks;
    this.memory = memory;
    this.plan = plan;
    this.space = space;
    this.batch = batch;
  }

  /** Where a commit may place its data. */
  enum PlacementMode {
    /**
     * In the journal record unless {@link SpaceAccount#stagingIsPaused}, or in zones of the stream.
     */
    JOURNAL_OR_ZONES,
    /** In zones of the stream, not in the journal record. */
    ZONES_ONLY,
    /** In the journal record, in zones of the stream, and also in the collector's reserve. */
    USE_RESERVE
  }

  /** A write buffer that goes into the index itself. */
  private record Inline(long inode, WriteBuffer buffer) {}

  /**
   * Places the data that are still in memory, or leaves them for the journal record.
   *
   * @throws ChunkWriter.NoZoneException if no zone is free in this mode; data that have a zone keep
   *     it
   * @throws IOException if several zones failed in a row
   */
  void place(PlacementMode mode) throws IOException {
    List<PiecePlacement.Piece> waiting = new ArrayList<>();
    for (FileDelta delta : new TreeMap<>(batch.files()).values()) {
      collectWaiting(delta, waiting);
    }
    boolean stage =
        mode != PlacementMode.ZONES_ONLY
            && !space.reserves().indexIsLarge()
            // Too much in the index is better than a commit that finds no zone.
            && (mode == PlacementMode.USE_RESERVE
                || (!space.stagingIsPaused()
                    && waiting.stream().noneMatch(BatchPlacement::wouldStayInIndex)));
    if (stage && totalBytes(waiting) <= STAGED_COMMIT_BYTES) {
      // One sequential write and one flush, instead of two zones. The data move to a zone before
      // the journal is trimmed.
      waiting.forEach(one -> inline.add(new Inline(one.inode(), one.buffer())));
      stagedBytes = totalBytes(waiting);
      space.stage(stagedBytes);
      return;
    }
    Map<DataStream, List<PiecePlacement.Piece>> streamed = pieces.byStream(waiting);
    for (DataStream stream : List.of(DataStream.COLD, DataStream.HOT)) {
      pieces.place(
          stream,
          streamed.getOrDefault(stream, List.of()),
          batch::placed,
          mode == PlacementMode.USE_RESERVE);
    }
  }

  /**
   * Whether this is a tiny file that the index had no room for. In the index, it would look like a
   * tiny file that belongs there.
   */
  private static boolean wouldStayInIndex(PiecePlacement.Piece one) {
    return one.source().fileOffset() == 0 && one.buffer().length() <= INLINE_BYTES;
  }

  private static long totalBytes(List<PiecePlacement.Piece> waiting) {
    return waiting.stream().mapToLong(one -> one.buffer().length()).sum();
  }

  private void collectWaiting(FileDelta delta, List<PiecePlacement.Piece> waiting) {
    ReentrantReadWriteLock lock = locks.of(delta.inode());
    lock.writeLock().lock();
    try {
      delta.normalize(memory);
      for (Interval piece : delta.intervals()) {
        WriteBuffer buffer = piece.buffer();
        if (buffer == null || buffer.isPlaced()) {
          continue;
        }
        if (piece.from() == 0 && fitsInline(piece.length())) {
          inline.add(new Inline(delta.inode(), buffer));
          continue;
        }
        int head = buffer.headBytes();
        ChunkWriter.Source source =
            new ChunkWriter.Source(
                delta.inode(), piece.from() + head, buffer.bytes().position(head));
        waiting.add(new PiecePlacement.Piece(delta.inode(), buffer, source));
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private boolean fitsInline(long bytes) {
    if (bytes <= FEWEST_INLINE_BYTES) {
      return true;
    }
    if (bytes > INLINE_BYTES) {
      return false;
    }
    if (inlineRoomBytes < 0) {
      long most = plan.plannedImageBytes() / INLINE_SHARE_OF_IMAGE;
      inlineRoomBytes = Math.max(0, most - index.imageBytes());
    }
    if (bytes > inlineRoomBytes) {
      return false;
    }
    inlineRoomBytes -= bytes;
    return true;
  }

  /** Data of the index that are in a zone now. */
  private record Moved(long inode, PhysicalExtent place) {}

  /**
   * Writes data of the index to zones, if there is room for them; see {@link InlineRemainders}.
   * They count as placed by this batch.
   */
  List<List<PhysicalExtent>> moveToZones(List<ChunkWriter.Source> data, long newBytes) {
    long overhead = data.size() * MOST_OVERHEAD_BYTES;
    try (SpaceAccount.Grant grant =
        newBytes == 0 ? space.nothing() : space.tryGrantLive(newBytes)) {
      boolean hasRoom =
          grant != null
              && (newBytes == 0
                  ? space.hasRoomFor(overhead)
                  : grant.tryAddRoom(newBytes + overhead));
      if (!hasRoom) {
        return List.of();
      }
      List<List<PhysicalExtent>> places = chunks.write(DataStream.HOT, data, batch::placed);
      for (int index = 0; index < data.size(); index++) {
        long inode = data.get(index).inode();
        places.get(index).forEach(place -> moved.add(new Moved(inode, place)));
      }
      return places;
    } catch (IOException failed) {
      LOG.warn("what is left of data in the index stays there", failed);
      return List.of();
    }
  }

  /** The batch is in the index: what went into it needs no memory any more. */
  void applied() {
    // From here on they count as extents of the index.
    space.stage(-stagedBytes);
    for (Inline one : inline) {
      // A reader that began before the batch was applied holds the lock and is done with the
      // buffer.
      ReentrantReadWriteLock lock = locks.of(one.inode());
      lock.writeLock().lock();
      try {
        one.buffer().storedInline(memory);
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  /**
   * The files that have data of this batch in a zone that the drive is known to have turned
   * offline. Called after the flush: these data are lost before anybody was told that they are
   * durable.
   */
  Set<Long> filesWithLostData() {
    if (batch.placedBytes().keySet().stream().noneMatch(chunks::isOffline)) {
      return Set.of();
    }
    Set<Long> files = new HashSet<>();
    for (FileDelta delta : batch.files().values()) {
      for (Interval piece : delta.intervals()) {
        if (isOffline(piece)) {
          files.add(delta.inode());
        }
      }
    }
    for (Moved one : moved) {
      if (chunks.isOffline(one.place())) {
        files.add(one.inode());
      }
    }
    return files;
  }

  private boolean isOffline(Interval piece) {
    WriteBuffer buffer = piece.buffer();
    return buffer != null
        && buffer.placed(piece.bufferOffset(), (int) piece.length()).stream()
            .anyMatch(chunks::isOffline);
  }

  /** See {@link ChunkWriter#checkNoneIsLost}. */
  void checkNoneIsLost() throws DeviceException {
    chunks.checkNoneIsLost(batch.placedBytes().keySet());
  }
}
