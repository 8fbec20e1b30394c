package zonefsj.fs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PlacedData;
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.Keys;

/**
 * Tells what of a zone is live: what the index says, or what a reader of some file would read from
 * it now, pending batches included. Thread-safe.
 */
final class LiveExtents {
  /** About 200 bytes each, and 300 of an extent of 1 MiB. */
  static final int GROUP_EXTENTS = 1024;

  private final VolumeParts parts;
  private final ContentReader content;

  LiveExtents(VolumeParts parts, ContentReader content) {
    this.parts = parts;
    this.content = content;
  }

  /** A live part of a file. */
  record Live(long inode, Extent extent) {}

  /** What of a range of a file lies in a zone. */
  List<Live> in(int zone, long inode, long from, long to) throws IOException {
    List<Live> live = new ArrayList<>();
    ReentrantReadWriteLock lock = parts.locks().of(inode);
    lock.readLock().lock();
    try {
      for (Extent extent : visible(inode, from, to)) {
        if (liesIn(zone, extent)) {
          live.add(new Live(inode, extent));
        }
      }
    } finally {
      lock.readLock().unlock();
    }
    return live;
  }

  /**
   * What the index has of a range of a file that lies between two positions of the drive. Costs one
   * lookup where the range is one extent, or was overwritten by one.
   */
  List<Live> inIndex(long inode, long from, long to, long lowBytes, long highBytes)
      throws IOException {
    byte[] value = parts.index().get(Family.EXTENTS, Keys.extent(inode, to));
    if (value != null) {
      Extent last = Extent.decode(to, value);
      if (last.start() <= from) {
        return liesBetween(lowBytes, highBytes, last) ? List.of(new Live(inode, last)) : List.of();
      }
    }
    List<Live> live = new ArrayList<>();
    parts
        .index()
        .scan(
            Family.EXTENTS,
            Keys.extent(inode, from + 1),
            Keys.extent(inode + 1, 0),
            (key, found) -> {
              Extent extent = Extent.decode(Keys.extentEnd(key), found);
              if (extent.start() >= to) {
                return false;
              }
              if (liesBetween(lowBytes, highBytes, extent)) {
                live.add(new Live(inode, extent));
              }
              return true;
            });
    return live;
  }

  private static boolean liesBetween(long lowBytes, long highBytes, Extent extent) {
    PlacedData placed = extent.placed();
    return placed != null
        && placed.firstBytePosition() >= lowBytes
        && placed.firstBytePosition() < highBytes;
  }

  /** Takes extents, some at a time. */
  @FunctionalInterface
  interface Groups {
    /**
     * @return whether to go on
     */
    boolean take(List<Live> group) throws IOException;
  }

  /**
   * Tells of the extents of the index that lie in a zone; costs a scan of all of them. No more than
   * {@value #GROUP_EXTENTS} are held at once. What changes meanwhile may or may not be among them.
   *
   * @return whether all were told of
   */
  boolean byScan(int zone, Groups groups) throws IOException {
    byte[] from = new byte[0];
    while (true) {
      List<Live> group = new ArrayList<>();
      byte[] last = collect(zone, from, group);
      if (!group.isEmpty() && !groups.take(group)) {
        return false;
      }
      if (last == null) {
        return true;
      }
      from = Arrays.copyOf(last, last.length + 1);
    }
  }

  /** Returns the key of the last extent of the group if it is full, else null. */
  private byte @Nullable [] collect(int zone, byte[] from, List<Live> group) throws IOException {
    byte[][] last = {null};
    parts
        .index()
        .scan(
            Family.EXTENTS,
            from,
            null,
            (key, value) -> {
              long end = Keys.extentEnd(key);
              if (end != 0) {
                Extent extent = Extent.decode(end, value);
                if (liesIn(zone, extent)) {
                  group.add(new Live(Keys.leadingInode(key), extent));
                }
              }
              last[0] = group.size() == GROUP_EXTENTS ? key : null;
              return last[0] == null;
            });
    return last[0];
  }

  private boolean liesIn(int zone, Extent extent) {
    PlacedData placed = extent.placed();
    DeviceGeometry geometry = parts.device().geometry();
    return placed != null
        && placed.liesOn(geometry)
        && geometry.zoneOf(placed.positionBytes()) == zone;
  }

  /**
   * What a reader would read from zones; a part that a pending batch replaces is not among it. The
   * caller holds the inode's lock.
   */
  List<Extent> visible(long inode, long from, long to) throws IOException {
    List<Extent> found = new ArrayList<>();
    content.visit(
        inode,
        from,
        to,
        new ContentReader.Sink() {
          @Override
          public boolean memory(long at, ByteBuffer bytes) {
            return true;
          }

          @Override
          public boolean placed(long at, PlacedData data) {
            found.add(Extent.placed(at, data));
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
        });
    return found;
  }
}
