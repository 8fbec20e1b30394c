// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.function.LongConsumer;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.volume.state.ContentReader;
import zonefsj.fs.volume.state.ExtentLookup;
import zonefsj.fs.volume.state.LostRanges;
import zonefsj.fs.volume.state.VolumeClock;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.gc.ChunkWalker;
import zonefsj.zonemgr.ChunkSummary;

/**
 * Finds the live extents of a zone: those in the index, or those that a reader of a file would read
 * from the zone now, with pending batches included. Thread-safe.
 */
public final class LiveExtents {
  /** About 200 bytes each, and 300 of an extent of 1 MiB. */
  static final int GROUP_EXTENTS = 1024;

  private final ZonedDevice device;
  private final MetadataStore index;
  private final InodeLocks locks;
  private final LostRanges lost;
  private final VolumeClock clock;
  private final ContentReader content;

  public LiveExtents(
      ZonedDevice device,
      MetadataStore index,
      InodeLocks locks,
      LostRanges lost,
      VolumeClock clock,
      ContentReader content) {
    this.device = device;
    this.index = index;
    this.locks = locks;
    this.lost = lost;
    this.clock = clock;
    this.content = content;
  }

  /** A live part of a file. */
  public record Live(long inode, Extent extent) {
    /** The whole part as a lost range; it lies in a zone. */
    public LostRange asLost(LostRange.Why why, long nowMillis) {
      PhysicalExtent placed = extent.placed();
      long position = placed == null ? LostRange.NOWHERE : placed.firstBytePosition();
      return new LostRange(
          inode, extent.start(), extent.end(), position, why, true, nowMillis, nowMillis, 1);
    }
  }

  /**
   * A piece in the summary of a chunk.
   *
   * @param inode of the file
   * @param from first byte, offset in the file
   * @param to byte behind the last
   * @param lowBytes position on the drive that the first byte was written to
   * @param highBytes position behind the last
   */
  public record SummaryClaim(long inode, long from, long to, long lowBytes, long highBytes) {
    public static SummaryClaim of(ChunkWalker.FoundChunk chunk, ChunkSummary.Piece piece) {
      long from = piece.fileOffset();
      long low = chunk.framePosition() + piece.frameOffset();
      return new SummaryClaim(
          piece.inode(), from, from + piece.lengthBytes(), low, low + piece.lengthBytes());
    }

    boolean holds(Extent extent) {
      PhysicalExtent placed = extent.placed();
      return placed != null
          && placed.firstBytePosition() >= lowBytes
          && placed.firstBytePosition() < highBytes;
    }
  }

  /** Receives extents, in groups. */
  @FunctionalInterface
  public interface Groups {
    /**
     * @return whether to go on
     */
    boolean take(List<Live> group) throws IOException;
  }

  /** Starts a search for the extents of the index that lie in some pieces. */
  LiveSearch searchPieces(List<SummaryClaim> pieces) {
    return LiveSearch.inPieces(index, pieces);
  }

  /** Starts a search of all extents of the index for those that lie in some zones. */
  LiveSearch searchZones(IntPredicate zones) {
    return LiveSearch.inZones(index, device.geometry(), zones);
  }

  /**
   * Passes on the extents of the index that lie in a piece, in groups, because a piece may be cut
   * into as many extents as it has bytes. Costs one lookup if one extent holds the piece's range.
   * Concurrent changes may or may not be included.
   *
   * @return whether all were passed on
   */
  public boolean inIndex(SummaryClaim piece, Groups groups) throws IOException {
    return passOn(searchPieces(List.of(piece)), () -> true, groups);
  }

  private static boolean passOn(LiveSearch search, BooleanSupplier mayGoOn, Groups groups)
      throws IOException {
    while (search.hasMore()) {
      List<Live> group = search.next();
      if (!group.isEmpty() && !groups.take(group)) {
        return false;
      }
      if (search.hasMore() && !mayGoOn.getAsBoolean()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Passes on the extents that a reader would read from the place where a piece was written, in
   * groups; parts that a pending batch replaces are not included. Takes the inode's lock for each
   * group, not for all.
   *
   * @param undecodable receives the end of each extent there that cannot be decoded; the others are
   *     passed on
   * @return whether all were passed on
   */
  public boolean visible(SummaryClaim piece, Groups groups, LongConsumer undecodable)
      throws IOException {
    ReentrantReadWriteLock lock = locks.of(piece.inode());
    for (long at = piece.from(); at < piece.to(); ) {
      List<Live> group = new ArrayList<>();
      lock.readLock().lock();
      try {
        at = collectVisible(piece, at, group, undecodable);
      } finally {
        lock.readLock().unlock();
      }
      if (!group.isEmpty() && !groups.take(group)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Passes on the extents of the index that lie in some zones, in groups; costs a scan of all
   * extents. Concurrent changes may or may not be included.
   *
   * @param zones by their index
   * @param mayGoOn asked after each {@value LiveSearch#MOST_EXAMINED} extents or fewer
   * @return whether all were passed on
   */
  public boolean byScan(IntPredicate zones, BooleanSupplier mayGoOn, Groups groups)
      throws IOException {
    return passOn(searchZones(zones), mayGoOn, groups);
  }

  /**
   * Lists the lost extents of the index; costs a scan of all extents.
   *
   * @param mayGoOn asked for each extent
   */
  public void listLost(BooleanSupplier mayGoOn) throws IOException {
    long now = clock.millis();
    index.scan(
        ColumnFamily.EXTENTS,
        new byte[0],
        null,
        (key, value) -> {
          Extent extent = ExtentLookup.readableOrNull(key, value);
          if (extent != null && extent.isLost()) {
            long inode = Keys.leadingInode(key);
            lost.listGivenUp(inode, extent.start(), Keys.extentEnd(key), now);
          }
          return mayGoOn.getAsBoolean();
        });
    // A concurrent commit may have replaced some of them.
    lost.changed(inode -> true);
  }

  private long collectVisible(
      SummaryClaim piece, long from, List<Live> group, LongConsumer undecodable)
      throws IOException {
    return content.visitSome(
        piece.inode(),
        from,
        piece.to(),
        GROUP_EXTENTS,
        new ContentReader.Sink() {
          @Override
          public boolean memory(long at, ByteBuffer bytes) {
            return true;
          }

          @Override
          public boolean placed(long at, PhysicalExtent data) {
            Extent extent = Extent.placed(at, data);
            if (piece.holds(extent)) {
              group.add(new Live(piece.inode(), extent));
            }
            return true;
          }

          @Override
          public boolean lost(long at, long end) {
            return true;
          }

          @Override
          public boolean hole(long at, long end) {
            return true;
          }

          @Override
          public boolean undecodable(long to, long end, IOException why) {
            undecodable.accept(end);
            return true;
          }
        });
  }
}
