// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
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
  public record Told(long inode, long from, long to, long lowBytes, long highBytes) {
    public static Told of(ChunkWalker.FoundChunk chunk, ChunkSummary.Piece piece) {
      long from = piece.fileOffset();
      long low = chunk.framePosition() + piece.frameOffset();
      return new Told(
          piece.inode(), from, from + piece.lengthBytes(), low, low + piece.lengthBytes());
    }

    private boolean holds(Extent extent) {
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

  /**
   * Passes on the extents of the index that lie in a piece, at most {@value #GROUP_EXTENTS} at
   * once, because a piece may be cut into as many extents as it has bytes. Costs one lookup if one
   * extent holds the piece's range. Concurrent changes may or may not be included.
   *
   * @return whether all were passed on
   */
  public boolean inIndex(Told piece, Groups groups) throws IOException {
    Extent only = ExtentLookup.covering(index, piece.inode(), piece.from(), piece.to());
    if (only != null) {
      return !piece.holds(only) || groups.take(List.of(new Live(piece.inode(), only)));
    }
    for (long at = piece.from(); at < piece.to(); ) {
      List<Live> group = new ArrayList<>();
      at = collectInIndex(piece, at, group);
      if (!group.isEmpty() && !groups.take(group)) {
        return false;
      }
    }
    return true;
  }

  /** Returns the offset behind the last extent of the group if it is full, else the piece's end. */
  private long collectInIndex(Told piece, long from, List<Live> group) throws IOException {
    long[] end = {piece.to()};
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(piece.inode(), from + 1),
        Keys.extent(piece.inode() + 1, 0),
        (key, found) -> {
          Extent extent = ExtentLookup.readableOrNull(key, found);
          if (extent == null) {
            return true;
          }
          if (extent.start() >= piece.to()) {
            return false;
          }
          if (piece.holds(extent)) {
            group.add(new Live(piece.inode(), extent));
          }
          if (group.size() < GROUP_EXTENTS) {
            return true;
          }
          end[0] = extent.end();
          return false;
        });
    return end[0];
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
  public boolean visible(Told piece, Groups groups, LongConsumer undecodable) throws IOException {
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
   * Passes on the extents of the index that lie in some zones; costs a scan of all extents. Holds
   * at most {@value #GROUP_EXTENTS} at once. Concurrent changes may or may not be included.
   *
   * @param zones by their index
   * @param mayGoOn asked for each extent; extents found before it returns false are passed on
   * @return whether all were passed on
   */
  public boolean byScan(IntPredicate zones, BooleanSupplier mayGoOn, Groups groups)
      throws IOException {
    byte[] from = new byte[0];
    while (true) {
      List<Live> group = new ArrayList<>();
      byte[] last = collect(zones, mayGoOn, from, group);
      if (!group.isEmpty() && !groups.take(group)) {
        return false;
      }
      if (last == null) {
        return true;
      }
      if (!mayGoOn.getAsBoolean()) {
        return false;
      }
      from = Arrays.copyOf(last, last.length + 1);
    }
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

  /** Returns the key of the last extent if there may be more behind it, else null. */
  private byte @Nullable [] collect(
      IntPredicate zones, BooleanSupplier mayGoOn, byte[] from, List<Live> group)
      throws IOException {
    byte[][] last = {null};
    index.scan(
        ColumnFamily.EXTENTS,
        from,
        null,
        (key, value) -> {
          Extent extent = ExtentLookup.readableOrNull(key, value);
          long inode = extent == null ? 0 : Keys.leadingInode(key);
          if (extent != null && inode > 0 && inode < Keys.INODE_LIMIT && liesIn(zones, extent)) {
            group.add(new Live(inode, extent));
          }
          boolean more = group.size() < GROUP_EXTENTS && mayGoOn.getAsBoolean();
          last[0] = more ? null : key;
          return more;
        });
    return last[0];
  }

  private boolean liesIn(IntPredicate zones, Extent extent) {
    PhysicalExtent placed = extent.placed();
    DeviceGeometry geometry = device.geometry();
    return placed != null
        && placed.liesOn(geometry)
        && zones.test(geometry.zoneOf(placed.positionBytes()));
  }

  private long collectVisible(Told piece, long from, List<Live> group, LongConsumer undecodable)
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
