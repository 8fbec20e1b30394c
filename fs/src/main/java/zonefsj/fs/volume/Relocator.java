package zonefsj.fs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PlacedData;
import zonefsj.fs.data.Run;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.volume.LiveExtents.Live;
import zonefsj.gc.ExtentOwner;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/**
 * Moves live data out of a zone for the collector. What is live is asked of the extents and of the
 * pending batches; what is moved is verified first; the switch to the new place is a
 * compare-and-set under the inode's lock, part of the open batch like any other change. Granules
 * that are damaged, read again and again, are given up in the same batch, so that they do not hold
 * their zone for ever: a copy would get a fresh checksum, so a lost extent takes their place. What
 * the drive cannot read at all stays where it is, for that may pass, unless its zone is offline.
 *
 * <p>Used by one collecting thread at a time.
 */
final class Relocator implements ExtentOwner {
  private static final Logger LOG = LoggerFactory.getLogger(Relocator.class);
  private static final int MOVE_AT_ONCE_BYTES = 4 << 20;

  private final VolumeParts parts;
  private final LiveExtents liveExtents;
  private final Committer committer;

  Relocator(VolumeParts parts, LiveExtents liveExtents, Committer committer) {
    this.parts = parts;
    this.liveExtents = liveExtents;
    this.committer = committer;
  }

  @Override
  public long relocate(int zone, long frameBytes, ChunkSummary summary) throws IOException {
    List<Live> live = new ArrayList<>();
    for (ChunkSummary.Piece piece : summary.pieces()) {
      long from = piece.fileOffset();
      live.addAll(liveExtents.in(zone, piece.inode(), from, from + piece.lengthBytes()));
    }
    return move(live);
  }

  @Override
  public long relocateByScan(int zone) throws IOException {
    long[] moved = {0};
    liveExtents.byScan(
        zone,
        group -> {
          for (Live one : group) {
            Extent extent = one.extent();
            moved[0] += move(liveExtents.in(zone, one.inode(), extent.start(), extent.end()));
          }
          return true;
        });
    return moved[0];
  }

  @Override
  public void commitRelocations() throws IOException {
    committer.commit();
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

  /** A live part of a file and what could be read of it. */
  private record Rescued(Live live, List<GranuleRescue.Part> parts) {}

  private long moveGroup(List<Live> group) throws IOException {
    List<Rescued> rescued = new ArrayList<>();
    List<ChunkWriter.Source> sources = new ArrayList<>();
    for (Live one : group) {
      PlacedData placed = one.extent().placed();
      if (placed == null) {
        continue;
      }
      List<GranuleRescue.Part> found = GranuleRescue.read(parts.reader(), placed);
      rescued.add(new Rescued(one, found));
      for (GranuleRescue.Part part : found) {
        ByteBuffer bytes = part.bytes();
        if (bytes != null) {
          sources.add(
              new ChunkWriter.Source(one.inode(), one.extent().start() + part.from(), bytes));
        }
      }
    }
    return rescued.isEmpty() ? 0 : writeAndSwitch(rescued, sources);
  }

  private long writeAndSwitch(List<Rescued> rescued, List<ChunkWriter.Source> sources)
      throws IOException {
    record Written(int zone, long bytes) {}
    List<Written> written = new ArrayList<>();
    List<List<PlacedData>> placed = List.of();
    IOException failure = null;
    try {
      if (!sources.isEmpty()) {
        placed =
            parts
                .chunks()
                .write(
                    ZoneStream.GC, sources, (zone, bytes) -> written.add(new Written(zone, bytes)));
      }
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
      Iterator<List<PlacedData>> places = placed.iterator();
      for (Rescued one : rescued) {
        moved += switchOver(batch, one, places);
      }
      return moved;
    } finally {
      parts.gate().exit();
    }
  }

  private long switchOver(Batch batch, Rescued rescued, Iterator<List<PlacedData>> newPlaces)
      throws IOException {
    long inode = rescued.live().inode();
    Extent old = rescued.live().extent();
    ReentrantReadWriteLock lock = parts.locks().of(inode);
    lock.writeLock().lock();
    try {
      long moved = 0;
      boolean unchanged = liveExtents.visible(inode, old.start(), old.end()).equals(List.of(old));
      for (GranuleRescue.Part part : rescued.parts()) {
        long at = old.start() + part.from();
        List<PlacedData> places = part.bytes() == null ? List.of() : newPlaces.next();
        boolean mayComeBack = part.unreadable() && !isOffline(old);
        if (!unchanged || mayComeBack) {
          LOG.debug("inode {} offset {} stays where it is", inode, at);
        } else if (part.bytes() == null) {
          giveUp(batch, inode, at, part.to() - part.from());
        } else {
          install(batch, inode, at, places);
        }
        moved += !unchanged || mayComeBack ? 0 : part.to() - part.from();
      }
      return moved;
    } finally {
      lock.writeLock().unlock();
    }
  }

  private boolean isOffline(Extent extent) {
    PlacedData placed = extent.placed();
    return placed != null
        && parts.allocator().state(parts.device().geometry().zoneOf(placed.positionBytes())).use()
            == Use.OFFLINE;
  }

  private void install(Batch batch, long inode, long from, List<PlacedData> places) {
    long at = from;
    for (PlacedData place : places) {
      batch.file(inode).install(at, Run.inZone(place), parts.memory());
      at += place.lengthBytes();
    }
  }

  private void giveUp(Batch batch, long inode, long from, int length) {
    batch.file(inode).install(from, Run.lost(length), parts.memory());
    parts
        .health()
        .reportFile(
            new FileNamer(parts.view()).describe(inode)
                + " offset "
                + from
                + "+"
                + length
                + ": cannot be read and is given up");
  }
}
