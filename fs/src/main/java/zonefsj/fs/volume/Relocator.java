package zonefsj.fs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DataDamagedException;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PlacedData;
import zonefsj.fs.data.Run;
import zonefsj.fs.meta.Family;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Batch;
import zonefsj.gc.ExtentOwner;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.ZoneStream;

/**
 * Moves live data out of a zone for the collector. What is live is asked of the extents and of the
 * pending batches; what is moved is verified first; the switch to the new place is a
 * compare-and-set under the inode's lock, part of the open batch like any other change.
 *
 * <p>Used by one collecting thread at a time.
 */
final class Relocator implements ExtentOwner {
  private static final Logger LOG = LoggerFactory.getLogger(Relocator.class);
  private static final int MOVE_AT_ONCE_BYTES = 4 << 20;

  private final VolumeParts parts;
  private final ContentReader content;
  private final Committer committer;

  Relocator(VolumeParts parts, ContentReader content, Committer committer) {
    this.parts = parts;
    this.content = content;
    this.committer = committer;
  }

  /** A live part of a file. */
  private record Live(long inode, Extent extent) {}

  @Override
  public long relocate(int zone, long frameBytes, ChunkSummary summary) throws IOException {
    List<Live> live = new ArrayList<>();
    for (ChunkSummary.Piece piece : summary.pieces()) {
      collectLive(zone, piece.inode(), piece.fileOffset(), piece.lengthBytes(), live);
    }
    return move(live);
  }

  @Override
  public long relocateByScan(int zone) throws IOException {
    List<Live> found = new ArrayList<>();
    parts
        .index()
        .scan(
            Family.EXTENTS,
            new byte[0],
            null,
            (key, value) -> {
              long end = Keys.extentEnd(key);
              if (end != 0) {
                Extent extent = Extent.decode(end, value);
                if (liesIn(zone, extent)) {
                  found.add(new Live(Keys.leadingInode(key), extent));
                }
              }
              return true;
            });
    long moved = 0;
    for (Live one : found) {
      List<Live> live = new ArrayList<>();
      collectLive(zone, one.inode(), one.extent().start(), one.extent().length(), live);
      moved += move(live);
    }
    return moved;
  }

  @Override
  public void commitRelocations() throws IOException {
    committer.commit();
  }

  private boolean liesIn(int zone, Extent extent) {
    PlacedData placed = extent.placed();
    return placed != null && parts.device().geometry().zoneOf(placed.positionBytes()) == zone;
  }

  private void collectLive(int zone, long inode, long from, int length, List<Live> live)
      throws IOException {
    ReentrantReadWriteLock lock = parts.locks().of(inode);
    lock.readLock().lock();
    try {
      for (Extent extent : visible(inode, from, from + length)) {
        if (liesIn(zone, extent)) {
          live.add(new Live(inode, extent));
        }
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  /** What a reader would read from zones; a part that a pending batch replaces need not move. */
  private List<Extent> visible(long inode, long from, long to) throws IOException {
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
          public boolean hole(long at, long end) {
            return true;
          }
        });
    return found;
  }

  private long move(List<Live> live) throws IOException {
    long moved = 0;
    List<Live> group = new ArrayList<>();
    long bytes = 0;
    for (Live one : live) {
      group.add(one);
      bytes += one.extent().length();
      if (bytes >= MOVE_AT_ONCE_BYTES) {
        moved += moveGroup(group);
        group.clear();
        bytes = 0;
      }
    }
    return moved + moveGroup(group);
  }

  private long moveGroup(List<Live> group) throws IOException {
    List<Live> readable = new ArrayList<>();
    List<ChunkWriter.Source> sources = new ArrayList<>();
    for (Live one : group) {
      PlacedData placed = one.extent().placed();
      if (placed == null) {
        continue;
      }
      ByteBuffer bytes = ByteBuffer.allocate(one.extent().length());
      try {
        parts.reader().read(placed, bytes);
      } catch (DataDamagedException damaged) {
        // It stays where it is and stays damaged: a copy would get a fresh checksum.
        String what =
            "inode "
                + one.inode()
                + " offset "
                + one.extent().start()
                + ": "
                + damaged.getMessage();
        parts.health().report(what);
        continue;
      }
      readable.add(one);
      sources.add(new ChunkWriter.Source(one.inode(), one.extent().start(), bytes.flip()));
    }
    return sources.isEmpty() ? 0 : writeAndSwitch(readable, sources);
  }

  private long writeAndSwitch(List<Live> live, List<ChunkWriter.Source> sources)
      throws IOException {
    record Written(int zone, long bytes) {}
    List<Written> written = new ArrayList<>();
    List<List<PlacedData>> placed = List.of();
    IOException failure = null;
    try {
      placed =
          parts
              .chunks()
              .write(
                  ZoneStream.GC, sources, (zone, bytes) -> written.add(new Written(zone, bytes)));
    } catch (ChunkWriter.NoZoneException full) {
      failure = new NoSpaceForRelocationException("no free zone is left for the collector");
    } catch (IOException failed) {
      failure = failed;
    }
    Batch batch = parts.gate().enter();
    try {
      for (Written one : written) {
        batch.placed(one.zone(), one.bytes());
      }
      if (failure != null) {
        throw failure;
      }
      long moved = 0;
      for (int index = 0; index < live.size(); index++) {
        moved += switchOver(batch, live.get(index), placed.get(index));
      }
      return moved;
    } finally {
      parts.gate().exit();
    }
  }

  private long switchOver(Batch batch, Live live, List<PlacedData> newPlace) throws IOException {
    long inode = live.inode();
    Extent old = live.extent();
    ReentrantReadWriteLock lock = parts.locks().of(inode);
    lock.writeLock().lock();
    try {
      if (!visible(inode, old.start(), old.end()).equals(List.of(old))) {
        LOG.debug("inode {} offset {} changed while it was moved", inode, old.start());
        return 0;
      }
      long at = old.start();
      for (PlacedData part : newPlace) {
        batch.file(inode).install(at, Run.inZone(part), parts.memory());
        at += part.lengthBytes();
      }
      return old.length();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
