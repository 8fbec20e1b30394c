// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.tree.MetadataView;
import zonefsj.fs.volume.commit.CommitLog;
import zonefsj.fs.volume.commit.Relocation;
import zonefsj.fs.volume.commit.RelocationCommitter;
import zonefsj.fs.volume.reclaim.LiveExtents.Live;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.FileNamer;
import zonefsj.fs.volume.state.LostRanges;
import zonefsj.fs.volume.state.VolumeClock;
import zonefsj.fs.volume.state.WrongCopies;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.gc.ChunkWalker;
import zonefsj.gc.ExtentOwner;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * Moves live data out of a zone for the collector. The index decides what is live: pending batches
 * lie over it, and data that they replace die at their commit. Data are verified before they are
 * moved. The switch to the new place is a record of its own ({@link RelocationCommitter#relocate}),
 * so collector and batches do not wait for each other. Granules that stay damaged after repeated
 * reads are given up in the same record, so that they do not hold their zone forever: a copy would
 * get a fresh checksum, so a lost extent takes their place. Data that the drive cannot read stay in
 * place, because the error may be temporary, unless their zone is offline.
 *
 * <p>Used by one collecting thread at a time.
 */
public final class Relocator implements ExtentOwner {
  private static final Logger LOG = LoggerFactory.getLogger(Relocator.class);

  /** Commits moved data after this many bytes; limits the record to a megabyte, and its memory. */
  private static final long COMMIT_AFTER_BYTES = 16 << 20;

  private static final int COMMIT_AFTER_MOVES = 8192;

  private final DriveZones drive;
  private final MetadataView view;
  private final VerifiedReader reader;
  private final LostRanges lost;
  private final VolumeClock clock;
  private final LiveExtents liveExtents;
  private final ChunkWriter chunks;
  private final RelocationCommitter committer;
  private final CommitLog log;

  /** Relocations that are not committed yet. */
  private final List<Relocation> moves = new ArrayList<>();

  /** The extents of {@link #moves}. */
  private final Set<Moving> moving = new HashSet<>();

  /** Their bytes by zone, which count as pending there. */
  private final Map<Integer, Long> written = new HashMap<>();

  /**
   * Zones from which data were moved by relocations that are not committed. They are pinned: if one
   * was reset and the same range of the same file came to the same place in it, the relocation
   * would take the new data for the old.
   */
  private final Set<Integer> sources = new HashSet<>();

  private long movedBytes;

  /** Since the mount. */
  private long movedExtents;

  public Relocator(
      DriveZones drive,
      MetadataView view,
      VerifiedReader reader,
      LostRanges lost,
      VolumeClock clock,
      LiveExtents liveExtents,
      ChunkWriter chunks,
      RelocationCommitter committer,
      CommitLog log) {
    this.drive = drive;
    this.view = view;
    this.reader = reader;
    this.lost = lost;
    this.clock = clock;
    this.liveExtents = liveExtents;
    this.chunks = chunks;
    this.committer = committer;
    this.log = log;
  }

  @Override
  public RelocationRun relocate(int zone, double updateRate, List<ChunkWalker.FoundChunk> found) {
    List<LiveExtents.SummaryClaim> pieces = new ArrayList<>();
    for (ChunkWalker.FoundChunk chunk : found) {
      for (ChunkSummary.Piece piece : chunk.summary().pieces()) {
        pieces.add(LiveExtents.SummaryClaim.of(chunk, piece));
      }
    }
    return new Run(liveExtents.searchPieces(pieces), DataStream.ofMoved(updateRate));
  }

  @Override
  public RelocationRun relocateByScan(IntPredicate zones) {
    // Of all zones, most data are not hot.
    return new Run(liveExtents.searchZones(zones), DataStream.GC_COLD);
  }

  /**
   * Moves the extents of which a copy of the drive is wrong, and makes that durable. Parts that
   * cannot be read now stay in place, also if the drive returns wrong bytes: a copy may get well.
   *
   * @param places of files; what no longer lies there stays as it is
   * @throws NoSpaceForRelocationException if no zone is left to move them to
   */
  MovedPlaces moveFrom(List<WrongCopies.Place> places) throws IOException {
    // One record must not move anything twice: what waits for its record goes first.
    commitRelocations();
    long before = movedExtents;
    Tally tally = new Tally(false);
    boolean isCommitted = false;
    try {
      List<Live> found = findIn(places);
      if (!found.isEmpty()) {
        moveGroup(DataStream.GC_COLD, found, tally);
      }
    } finally {
      isCommitted = commitOrDrop();
    }
    return isCommitted
        ? new MovedPlaces(
            movedExtents - before, places.stream().filter(place -> isIn(place, tally)).toList())
        : new MovedPlaces(0, places);
  }

  /**
   * Moves extents so that they follow each other, and makes that durable. Parts that cannot be read
   * now stay in place.
   *
   * @param found of the index as it is now, each once, in the order of their file; what waited for
   *     its record was committed before, because one record must not move anything twice
   * @return bytes that were moved
   * @throws NoSpaceForRelocationException if no zone is left to move them to
   */
  long moveTogether(List<Live> found) throws IOException {
    Tally tally = new Tally(false);
    boolean isCommitted = false;
    try {
      List<Live> asOnDrive = new ArrayList<>(found);
      asOnDrive.sort(Comparator.comparingLong(Relocator::position));
      moveGroup(DataStream.REWRITTEN, asOnDrive, tally);
    } finally {
      isCommitted = commitOrDrop();
    }
    return isCommitted ? tally.movedBytes : 0;
  }

  private static long position(Live live) {
    PhysicalExtent placed = live.extent().placed();
    return placed == null ? 0 : placed.positionBytes();
  }

  private static boolean isIn(WrongCopies.Place place, Tally tally) {
    return tally.staying.stream()
        .anyMatch(
            range ->
                range.inode() == place.inode()
                    && range.from() < place.to()
                    && place.from() < range.to());
  }

  /**
   * The extents at some places, each once. A commit between two searches may cut an extent that the
   * first one has found, and the second one then finds a rest of it: that is dropped.
   */
  private List<Live> findIn(List<WrongCopies.Place> places) throws IOException {
    DeviceGeometry geometry = drive.device().geometry();
    DisjointRanges taken = new DisjointRanges();
    List<Live> found = new ArrayList<>();
    for (WrongCopies.Place place : places) {
      long zoneStart = geometry.zoneStartBytes(geometry.zoneOf(place.positionBytes()));
      LiveSearch search =
          liveExtents.searchPieces(
              List.of(
                  new LiveExtents.SummaryClaim(
                      place.inode(),
                      place.from(),
                      place.to(),
                      zoneStart,
                      zoneStart + geometry.zoneSizeBytes())));
      while (search.hasMore()) {
        for (Live live : search.next()) {
          Extent extent = live.extent();
          if (touches(live, place) && taken.add(live.inode(), extent.start(), extent.end())) {
            found.add(live);
          }
        }
      }
    }
    return found;
  }

  private static boolean touches(Live live, WrongCopies.Place place) {
    PhysicalExtent placed = live.extent().placed();
    return placed != null
        && placed.positionBytes() < place.positionBytes() + place.lengthBytes()
        && place.positionBytes() < placed.positionBytes() + placed.coveredBytes();
  }

  /**
   * Moves what a search finds: of each slice all at once, so that small extents share reads and
   * chunks. A commit may cut or replace an extent after it was found: its relocation then moves
   * what is left of it in the old place ({@link RelocationCommitter#relocate}).
   */
  private final class Run implements RelocationRun {
    private final LiveSearch search;
    private final DataStream stream;

    Run(LiveSearch search, DataStream stream) {
      this.search = search;
      this.stream = stream;
    }

    @Override
    public RelocationResult moveSome() throws IOException {
      Tally tally = new Tally(true);
      List<Live> found = search.next();
      if (!found.isEmpty()) {
        moveGroup(stream, found, tally);
      }
      return tally.sum();
    }

    @Override
    public boolean hasMore() {
      return search.hasMore();
    }
  }

  /** Sums of the live data processed so far. */
  private static final class Tally {
    /** Whether what the drive returns wrong for good is given up. */
    private final boolean givesUp;

    /** What stays in place, if nothing is given up. */
    private final List<LostRange> staying = new ArrayList<>();

    private long movedBytes;
    private long stayingBytes;

    Tally(boolean givesUp) {
      this.givesUp = givesUp;
    }

    RelocationResult sum() {
      return new RelocationResult(movedBytes, stayingBytes);
    }
  }

  @Override
  public void commitRelocations() throws IOException {
    commitOrDrop();
  }

  /** Returns false if the relocations were dropped. */
  private boolean commitOrDrop() throws IOException {
    try {
      if (written.keySet().stream().anyMatch(drive.allocator()::mayLackAppends)) {
        LOG.warn("moved data may be lost in a zone that failed; they stay where they were");
        return false;
      }
      if (!moves.isEmpty()) {
        committer.relocate(moves);
      }
      return true;
    } finally {
      // Committed, dropped, or refused permanently: the written bytes are not pending any more.
      written.forEach((zone, bytes) -> drive.usage().addPending(zone, -bytes));
      written.clear();
      moves.clear();
      moving.clear();
      sources.forEach(drive.usage()::unpin);
      sources.clear();
      movedBytes = 0;
    }
  }

  @Override
  public void awaitCounts() throws IOException {
    // A commit applies its record and counts it under one lock.
    log.runExclusively(() -> {});
  }

  @Override
  public boolean proveCommits() throws IOException {
    return committer.prove();
  }

  /** An extent whose relocation waits for its record. */
  private record Moving(long inode, long end) {}

  /** A live part of a file, and its parts that could be read. */
  private record Rescued(Live live, List<PartialExtentReader.Part> parts) {}

  private static final Comparator<Rescued> IN_ORDER_OF_FILES =
      Comparator.<Rescued>comparingLong(rescued -> rescued.live().inode())
          .thenComparingLong(rescued -> rescued.live().extent().start());

  private void moveGroup(DataStream stream, List<Live> group, Tally tally) throws IOException {
    List<Rescued> rescued = rescue(group);
    List<ChunkWriter.Source> sources = new ArrayList<>();
    for (Rescued one : rescued) {
      Live live = one.live();
      for (PartialExtentReader.Part part : one.parts()) {
        ByteBuffer data = part.bytes();
        if (data != null) {
          sources.add(
              new ChunkWriter.Source(live.inode(), live.extent().start() + part.from(), data));
        }
      }
    }
    Iterator<List<PhysicalExtent>> places = write(stream, sources).iterator();
    long before = tally.movedBytes;
    for (Rescued one : rescued) {
      note(one, places, tally);
    }
    movedBytes += tally.movedBytes - before;
    if (movedBytes >= COMMIT_AFTER_BYTES || moves.size() >= COMMIT_AFTER_MOVES) {
      commitRelocations();
    }
  }

  private List<Rescued> rescue(List<Live> group) throws IOException {
    List<Live> placed = new ArrayList<>(group.size());
    List<PhysicalExtent> places = new ArrayList<>(group.size());
    for (Live one : group) {
      PhysicalExtent place = one.extent().placed();
      // Content of a file can look like a chunk that names an extent which its own chunk names,
      // too.
      if (place != null && moving.add(new Moving(one.inode(), one.extent().end()))) {
        placed.add(one);
        places.add(place);
      }
    }
    List<List<PartialExtentReader.Part>> found = PartialExtentReader.readAll(reader, places);
    List<Rescued> rescued = new ArrayList<>(group.size());
    for (int index = 0; index < placed.size(); index++) {
      rescued.add(new Rescued(placed.get(index), found.get(index)));
    }
    // They were read as they lie on the drive, and are written as files are read.
    rescued.sort(IN_ORDER_OF_FILES);
    return rescued;
  }

  private List<List<PhysicalExtent>> write(DataStream stream, List<ChunkWriter.Source> sources)
      throws IOException {
    if (sources.isEmpty()) {
      return List.of();
    }
    try {
      return chunks.write(stream, sources, (zone, bytes) -> written.merge(zone, bytes, Long::sum));
    } catch (ChunkWriter.NoZoneException full) {
      throw new NoSpaceForRelocationException("no free zone is left for the collector");
    }
  }

  private void note(Rescued rescued, Iterator<List<PhysicalExtent>> places, Tally tally) {
    Live live = rescued.live();
    Extent old = live.extent();
    List<Relocation.Part> moved = new ArrayList<>(1);
    List<LostRange> unread = new ArrayList<>();
    LostRange whole = live.asLost(LostRange.Why.UNREADABLE, clock.millis());
    for (PartialExtentReader.Part part : rescued.parts()) {
      long from = old.start() + part.from();
      long to = old.start() + part.to();
      List<PhysicalExtent> now = part.bytes() == null ? List.of() : places.next();
      if (part.bytes() == null && staysInPlace(part, old, tally)) {
        LOG.debug("inode {} offset {} stays where it is", live.inode(), from);
        tally.stayingBytes += to - from;
        LostRange range = whole.cut(from, to);
        unread.add(part.isWrong() ? range.because(LostRange.Why.CHECKSUM_MISMATCH) : range);
        if (!tally.givesUp) {
          tally.staying.add(range);
        }
        continue;
      }
      tally.movedBytes += to - from;
      if (part.bytes() == null) {
        logLost(live.inode(), from, part.to() - part.from());
        // The record that gives it up also lists it.
        unread.add(whole.cut(from, to));
      }
      moved.add(new Relocation.Part(from, to, now));
    }
    lost.examined(whole, unread);
    PhysicalExtent placed = old.placed();
    if (!moved.isEmpty() && placed != null) {
      int zone = drive.device().geometry().zoneOf(placed.positionBytes());
      if (sources.add(zone)) {
        drive.usage().pin(zone);
      }
      movedExtents++;
      moves.add(new Relocation(live.inode(), old, moved));
    }
  }

  /** Whether data that cannot be read stay in place, because they may become readable again. */
  private boolean staysInPlace(PartialExtentReader.Part part, Extent old, Tally tally) {
    return !tally.givesUp || (part.unreadable() && !isOffline(old));
  }

  private boolean isOffline(Extent extent) {
    PhysicalExtent placed = extent.placed();
    return placed != null
        && drive.allocator().state(drive.device().geometry().zoneOf(placed.positionBytes())).use()
            == Use.OFFLINE;
  }

  private void logLost(long inode, long from, int length) {
    LOG.error(
        "{} offset {}+{}: cannot be read and is given up",
        new FileNamer(view).describe(inode),
        from,
        length);
  }
}
