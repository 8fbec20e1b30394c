// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.scrub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.DataDamagedException;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.volume.reclaim.CopyRepair;
import zonefsj.fs.volume.reclaim.FoundFrames;
import zonefsj.fs.volume.reclaim.LiveExtents;
import zonefsj.fs.volume.reclaim.LiveExtents.Live;
import zonefsj.fs.volume.reclaim.LiveGroups;
import zonefsj.fs.volume.reclaim.PartialExtentReader;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.FileNamer;
import zonefsj.fs.volume.state.LostRanges;
import zonefsj.fs.volume.state.MetadataState;
import zonefsj.fs.volume.state.VolumeClock;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.state.WrongCopies;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.fs.volume.stored.ScrubRecord;
import zonefsj.gc.ChunkWalker;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;

/**
 * Verifies every checksum of a mounted filesystem: journal and checkpoint, in every copy, then all
 * live file data, zone by zone in the order of the drive. A new checkpoint, written from the index,
 * replaces damaged metadata at once; damaged file data are reported. Of a drive with several
 * copies, such as a mirror, each is verified, and what one has wrong is moved.
 *
 * <p>A zone is pinned while it is read, so its live data stay in place. One scrub at a time; any
 * thread.
 */
public final class Scrubber {
  private static final Logger LOG = LoggerFactory.getLogger(Scrubber.class);

  private static final long SAVE_EVERY_MILLIS = 60_000;
  private static final long LONGEST_PAUSE_NANOS = 200_000_000;

  /** Reports beyond this are only counted. */
  private static final int MAX_REPORTED = 1000;

  /** Limit of the wrong extents of a zone that get a line each in the log. */
  private static final int MOST_LOGGED = 16;

  private final DriveZones drive;
  private final MetadataState metadata;
  private final ZonedDevice medium;
  private final VerifiedReader reader;
  private final LostRanges lost;
  private final VolumeHealth health;
  private final VolumeClock clock;
  private final LiveExtents liveExtents;
  private final MetadataScrub metadataScrub;
  private final WrongCopies wrongCopies;
  private final CopyRepair repair;
  private final Semaphore mayRun = new Semaphore(1);
  private volatile boolean stopping;
  private volatile @Nullable ScrubRecord record;

  public Scrubber(
      DriveZones drive,
      MetadataState metadata,
      ZonedDevice medium,
      VerifiedReader reader,
      LostRanges lost,
      VolumeHealth health,
      VolumeClock clock,
      LiveExtents liveExtents,
      MetadataScrub metadataScrub,
      WrongCopies wrongCopies,
      CopyRepair repair)
      throws IOException {
    this.drive = drive;
    this.metadata = metadata;
    this.medium = medium;
    this.reader = reader;
    this.lost = lost;
    this.health = health;
    this.clock = clock;
    this.liveExtents = liveExtents;
    this.metadataScrub = metadataScrub;
    this.wrongCopies = wrongCopies;
    this.repair = repair;
    this.record = savedOrNull();
  }

  /** The saved progress; null if it cannot be decoded, so that the next scrub starts again. */
  private @Nullable ScrubRecord savedOrNull() throws IOException {
    byte[] saved = metadata.index().get(ColumnFamily.META, ScrubRecord.KEY);
    try {
      return saved == null
          ? null
          : ScrubRecord.decode(saved, drive.device().geometry().zoneCount());
    } catch (IOException damaged) {
      health.report("the progress of a scrub cannot be read: " + damaged.getMessage());
      return null;
    }
  }

  /** Progress of the newest scrub; null if there never was one. */
  public @Nullable ScrubRecord record() {
    return record;
  }

  /** The state of the scrub as text. */
  public String describe() {
    ScrubRecord now = record;
    String state =
        now == null ? "never" : now.describe(ScrubProgress.percent(drive.usage(), now.nextZone()));
    return now != null && !now.isFinished() && mayRun.availablePermits() > 0
        ? state + ", paused"
        : state;
  }

  /**
   * Scrubs until all is verified or {@code goOn} returns false; resumes an earlier scrub that was
   * stopped.
   *
   * @param bytesPerSecond limit; 0 for none
   * @param startOver whether to start from the beginning
   * @param goOn asked between reads
   * @return the progress
   * @throws IOException if one is running already, or the index fails
   */
  public ScrubRecord run(
      long bytesPerSecond, boolean startOver, BooleanSupplier goOn, ProgressListener progress)
      throws IOException {
    if (!mayRun.tryAcquire()) {
      throw new IOException("a scrub is running already; zonefs-j status shows how far it is");
    }
    try {
      return new Run(bytesPerSecond, startOver, goOn, progress).run();
    } finally {
      mayRun.release();
    }
  }

  /** Stops a running scrub, and waits until it has ended. */
  public void stop() {
    stopping = true;
    mayRun.acquireUninterruptibly();
    mayRun.release();
  }

  private LostRange asLost(Live live) {
    return live.asLost(LostRange.Why.CHECKSUM_MISMATCH, clock.millis());
  }

  /** Reads an extent, in a zone that is pinned, and lists the granules that cannot be read. */
  private List<LostRange> examine(Live live) throws IOException {
    PhysicalExtent placed = live.extent().placed();
    if (placed == null) {
      return List.of();
    }
    LostRange whole = asLost(live);
    List<LostRange> damaged = new ArrayList<>();
    if (!reader.verifies(placed)) {
      boolean[] unreadable = {false};
      PartialExtentReader.split(
          placed,
          (from, to) -> {
            if (stopping) {
              return true;
            }
            try {
              reader.read(placed.slice(from, to - from), ByteBuffer.allocate(to - from));
              return true;
            } catch (DataDamagedException wrong) {
              unreadable[0] |= wrong.isUnreadable();
              return false;
            }
          },
          (from, to, good) -> {
            if (!good) {
              LostRange range = whole.cut(whole.from() + from, whole.from() + to);
              damaged.add(unreadable[0] ? range.because(LostRange.Why.UNREADABLE) : range);
              unreadable[0] = false;
            }
          });
    }
    if (!stopping) {
      lost.examined(whole, damaged);
    }
    return damaged;
  }

  /**
   * Takes the next range that a reader found lost in part, if there is one, and reads its granules
   * one by one to find the lost ones. The collecting thread calls this between its steps.
   */
  public void survey() throws IOException {
    LostRange range = lost.nextToSurvey();
    if (range == null) {
      return;
    }
    int zone = drive.device().geometry().zoneOf(range.positionBytes());
    drive.usage().pin(zone);
    try {
      LiveExtents.SummaryClaim place =
          new LiveExtents.SummaryClaim(
              range.inode(),
              range.from(),
              range.to(),
              range.positionBytes(),
              range.positionBytes() + range.length());
      liveExtents.visible(
          place,
          group -> {
            for (Live live : group) {
              examine(live);
            }
            return !stopping;
          },
          // The reader that found the range has reported it.
          end -> {});
    } finally {
      drive.usage().unpin(zone);
    }
  }

  /** A row of the index: an extent of a file, by its end. */
  private record Row(long inode, long end) {}

  /** One scrub, or the rest of it. */
  private final class Run {
    private final long bytesPerSecond;
    private final BooleanSupplier goOn;
    private final ProgressListener progress;
    private final long beganNanos = System.nanoTime();
    private final Set<Row> rows = new HashSet<>();
    private ScrubRecord state;
    private @Nullable ScrubProgress zoneProgress;

    private final CopyScrub copies = new CopyScrub(drive.device(), drive.filesystem());

    private long paidBytes;
    private long savedMillis = clock.elapsedMillis();

    Run(long bytesPerSecond, boolean startOver, BooleanSupplier goOn, ProgressListener progress) {
      this.bytesPerSecond = bytesPerSecond;
      this.goOn = goOn;
      this.progress = progress;
      ScrubRecord before = record;
      boolean anew = startOver || before == null || before.isFinished();
      this.state = before == null || anew ? ScrubRecord.begin(clock.millis()) : before;
      if (anew) {
        lost.scrubBegins();
      }
    }

    ScrubRecord run() throws IOException {
      record = state;
      if (state.nextZone() == 0 && mayGoOn()) {
        MetadataScrub.Found found = metadataScrub.run(this::verified, progress, this::mayGoOn);
        state = state.withFound(found.damages() + found.left(), found.repaired());
      }
      ScrubProgress ofZones = new ScrubProgress(progress, drive.usage(), state.nextZone());
      zoneProgress = ofZones;
      while (state.nextZone() < zones() && mayGoOn()) {
        int zone = state.nextZone();
        scrub(zone);
        if (state.nextZone() > zone) {
          ofZones.finished(zone);
        }
      }
      if (state.nextZone() >= zones()) {
        liveExtents.listLost(this::mayGoOn);
        if (!mayGoOn()) {
          // It may not have seen all extents: the next run lists them again.
          save();
          return state;
        }
        lost.scrubbed(state.begunMillis());
        state = state.finishedAt(zones(), clock.millis());
      }
      save();
      return state;
    }

    /** Zones of the filesystem, which may grow and shrink meanwhile. */
    private int zones() {
      return drive.device().geometry().zoneCount();
    }

    private boolean mayGoOn() {
      return !stopping && goOn.getAsBoolean();
    }

    private void scrub(int zone) throws IOException {
      ZoneState allocated = drive.allocator().state(zone);
      ZoneStream stream = allocated.stream();
      ZoneDescriptor descriptor = drive.device().report(zone, 1).get(0);
      long live = drive.usage().liveBytes(zone);
      boolean readable =
          stream != null && stream.isData() && descriptor.condition() != ZoneCondition.OFFLINE;
      if (readable && live > 0 && !scrubLive(zone, descriptor, live)) {
        return;
      }
      state = state.at(zone + 1);
      record = state;
      if (clock.elapsedMillis() - savedMillis > SAVE_EVERY_MILLIS) {
        save();
      }
    }

    /** Returns false if it was stopped. */
    private boolean scrubLive(int zone, ZoneDescriptor descriptor, long liveBefore)
        throws IOException {
      copies.begin(descriptor);
      boolean isDone;
      drive.usage().pin(zone);
      try {
        isDone = scrubPinned(zone, descriptor, liveBefore);
      } finally {
        drive.usage().unpin(zone);
      }
      return repair(zone, copies.wrong()) && isDone;
    }

    /** Moves what a copy of the drive has wrong; returns false if it was stopped. */
    private boolean repair(int zone, List<WrongCopies.Place> wrong) throws IOException {
      if (wrong.isEmpty()) {
        return true;
      }
      wrong.stream().limit(MOST_LOGGED).forEach(wrongCopies::log);
      if (wrong.size() > MOST_LOGGED) {
        LOG.warn("zone {}: {} extents are wrong in a copy of the drive", zone, wrong.size());
      }
      CopyRepair.Repaired repaired = repair.moveNow(wrong, this::mayGoOn);
      state = state.withFound(0, repaired.moved());
      record = state;
      reportWrong(
          zone,
          repaired.staying(),
          health.isQuiet()
              ? "cannot be moved because the filesystem is read-only"
              : "cannot be moved now because no right copy of them can be read");
      reportWrong(zone, repaired.waiting(), "wait for room to be moved to");
      return !repaired.isStopped();
    }

    private void reportWrong(int zone, long extents, String why) {
      if (extents > 0) {
        report(
            health::report,
            "zone "
                + zone
                + ": "
                + extents
                + " extents are wrong in a copy of the drive, and "
                + why);
        state = state.withFound(extents - 1, 0);
        record = state;
      }
    }

    /** Returns false if it was stopped. */
    private boolean scrubPinned(int zone, ZoneDescriptor descriptor, long liveBefore)
        throws IOException {
      long seen = 0;
      FoundFrames frames = new FoundFrames();
      ChunkWalker chunks = new ChunkWalker(medium, drive.filesystem(), descriptor);
      for (ChunkWalker.FoundChunk chunk = chunks.next(); chunk != null; chunk = chunks.next()) {
        if (!mayGoOn()) {
          return false;
        }
        frames.add(chunk);
        verifyChunk(chunk);
        seen += liveBytes(chunk);
      }
      // Extents that concurrent commits changed may be missing, too: a scan decides.
      return seen >= Math.min(liveBefore, drive.usage().liveBytes(zone))
          || verifyByScan(zone, descriptor, frames);
    }

    /**
     * Verifies the live data of a zone by a scan of all extents. If an extent lies where no summary
     * was found, a summary is damaged. Returns false if it was stopped.
     */
    private boolean verifyByScan(int zone, ZoneDescriptor descriptor, FoundFrames frames)
        throws IOException {
      boolean[] isTold = {false};
      LiveGroups groups =
          new LiveGroups(
              group -> {
                if (!isTold[0] && group.stream().anyMatch(live -> frames.miss(descriptor, live))) {
                  isTold[0] = true;
                  report(
                      health::report,
                      "zone " + zone + ": a summary is damaged, the extents tell what it held");
                }
                return verifyUnlessStopped(group);
              });
      return liveExtents.byScan(index -> index == zone, this::mayGoOn, groups) && groups.end();
    }

    /** Verifies the extents that readers find in the chunk. */
    private void verifyChunk(ChunkWalker.FoundChunk chunk) throws IOException {
      boolean[] isBegun = {false};
      LiveGroups groups =
          new LiveGroups(
              group -> {
                if (!isBegun[0]) {
                  isBegun[0] = true;
                  copies.begin(chunk);
                }
                verify(group);
                return true;
              });
      for (ChunkSummary.Piece piece : chunk.summary().pieces()) {
        liveExtents.visible(
            LiveExtents.SummaryClaim.of(chunk, piece),
            groups,
            end -> reportRow(piece.inode(), end));
      }
      groups.end();
      copies.end();
    }

    /**
     * Live bytes as {@code ZoneUsage} counts them: data that a pending batch replaces are still
     * live.
     */
    private long liveBytes(ChunkWalker.FoundChunk chunk) throws IOException {
      long[] live = {0};
      for (ChunkSummary.Piece piece : chunk.summary().pieces()) {
        liveExtents.inIndex(
            LiveExtents.SummaryClaim.of(chunk, piece),
            group -> {
              live[0] += bytes(group);
              return true;
            });
      }
      return live[0];
    }

    private static long bytes(List<Live> group) {
      return group.stream().mapToLong(live -> live.extent().length()).sum();
    }

    /** Returns false if it was stopped. */
    private boolean verifyUnlessStopped(List<Live> group) throws IOException {
      if (!mayGoOn()) {
        return false;
      }
      verify(group);
      return true;
    }

    /** Reads adjacent extents at once; only if they do not verify, one by one. */
    private void verify(List<Live> group) throws IOException {
      List<VerifiedReader.ReadRequest> wanted = new ArrayList<>(group.size());
      for (Live live : group) {
        PhysicalExtent placed = live.extent().placed();
        if (placed != null) {
          ByteBuffer bytes = ByteBuffer.allocate(placed.lengthBytes());
          wanted.add(new VerifiedReader.ReadRequest(placed, bytes));
        }
      }
      try {
        if (copies.isUsed()) {
          copies.readAll(wanted);
        } else {
          reader.readAll(wanted);
        }
        copies.areRight(group);
        group.forEach(live -> lost.examined(asLost(live), List.of()));
        verified(bytes(group));
      } catch (DataDamagedException damaged) {
        for (Live live : group) {
          verifyOne(live);
        }
      }
    }

    private void verifyOne(Live live) throws IOException {
      List<LostRange> damaged = examine(live);
      if (damaged.isEmpty()) {
        copies.examine(live);
        verified(live.extent().length());
        return;
      }
      String file = new FileNamer(metadata.view()).describe(live.inode());
      for (LostRange range : damaged) {
        report(LOG::error, range.where(file) + ": " + range.reason(drive.device().geometry()));
      }
    }

    /** Reports an extent that cannot be decoded; several pieces may meet the same. */
    private void reportRow(long inode, long end) {
      if (rows.size() < MAX_REPORTED && rows.add(new Row(inode, end))) {
        report(
            LOG::error,
            new FileNamer(metadata.view()).describe(inode)
                + ": the extent that ends at byte "
                + end
                + " cannot be decoded");
      }
    }

    private void report(Consumer<String> health, String what) {
      state = state.withFound(1, 0);
      if (state.damages() <= MAX_REPORTED) {
        health.accept("scrub: " + what);
      }
    }

    /** Counts bytes, and waits until the rate allows more. */
    private void verified(long bytes) {
      state = state.withVerified(bytes);
      record = state;
      ScrubProgress ofZones = zoneProgress;
      if (ofZones != null) {
        ofZones.verified(state.nextZone(), bytes);
      }
      paidBytes += bytes;
      if (bytesPerSecond > 0) {
        long dueNanos = beganNanos + (long) (paidBytes * 1e9 / bytesPerSecond);
        long early;
        while ((early = dueNanos - System.nanoTime()) > 0 && mayGoOn()) {
          LockSupport.parkNanos(Math.min(early, LONGEST_PAUSE_NANOS));
        }
      }
    }

    private void save() throws IOException {
      savedMillis = clock.elapsedMillis();
      record = state;
      if (health.isReadOnly()) {
        return;
      }
      Batch batch = metadata.gate().enter();
      try {
        // Inside the gate: what suspends the volume seals the last batch after it has said so.
        if (!health.isSuspended()) {
          batch.put(ColumnFamily.META, ScrubRecord.KEY, state.encode());
        }
      } finally {
        metadata.gate().exit();
      }
    }
  }
}
