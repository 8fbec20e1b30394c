// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.gc.ExtentOwner.NoSpaceForRelocationException;

/**
 * Rewrites in the order of the file what lies scattered on the drive, so that a disk reads it with
 * few seeks. The collector's relocation moves the data: their content does not change, a crash
 * leaves the old or the new place, and what cannot be read stays where it is. Extents stay apart in
 * the index: only their places change.
 *
 * <p>Takes the collector's lock for one step at a time, in which at most {@value
 * ScatterSearch#MOST_BYTES} bytes are moved. Thread-safe; two runs at once may do the same work
 * twice.
 */
public final class Defragmenter {
  private static final Logger LOG = LoggerFactory.getLogger(Defragmenter.class);

  /** So often zones are collected for a step that finds no room even then. */
  private static final int MOST_FRUITLESS = 16;

  /** Bytes that a piece of 1 MiB takes in a zone beyond its data, at most. */
  private static final long MOST_OVERHEAD_BYTES = 256;

  /** Nothing was moved, because there is no room. */
  private static final long NO_ROOM = -1;

  private final DriveZones drive;
  private final MetadataReader index;
  private final VolumeCollector collector;
  private final CollectionByCommand byCommand;
  private final WriterThrottle throttle;
  private final Relocator relocator;
  private final SpaceAccount space;
  private final Committer committer;

  public Defragmenter(
      DriveZones drive,
      MetadataReader index,
      VolumeCollector collector,
      CollectionByCommand byCommand,
      WriterThrottle throttle,
      Relocator relocator,
      SpaceAccount space,
      Committer committer) {
    this.drive = drive;
    this.index = index;
    this.collector = collector;
    this.byCommand = byCommand;
    this.throttle = throttle;
    this.relocator = relocator;
    this.space = space;
    this.committer = committer;
  }

  /**
   * What a run did.
   *
   * @param examinedBytes bytes of files that were examined
   * @param rewrittenBytes bytes of them that lie in another place now
   * @param end why it ended
   */
  public record Result(long examinedBytes, long rewrittenBytes, End end) {}

  /** Why a run ends. */
  public enum End {
    /** All files were examined. */
    ALL,
    /** It was told to, or others scatter data as fast. */
    STOPPED,
    /** No zone can be freed for what is to be rewritten. */
    NO_ROOM
  }

  /**
   * Examines all files; what pending batches write is committed first.
   *
   * @param goOn asked before each step; the run ends when it returns false
   * @throws IOException also if the volume is closed meanwhile
   */
  public Result run(BooleanSupplier goOn, ProgressListener progress) throws IOException {
    collector.checkOpen();
    committer.commit();
    ScatterSearch search = new ScatterSearch(index, drive.device().geometry());
    // Those who write meanwhile scatter other data, maybe as fast.
    long most = 2 * drive.usage().totalLiveBytes();
    long rewritten = 0;
    int fruitless = 0;
    End end = End.ALL;
    while (end == End.ALL && !search.position().isEnd()) {
      ScatterSearch.Position before = search.position();
      long moved = collector.runExclusively(() -> step(search));
      if (moved == NO_ROOM) {
        search.goBackTo(before);
        boolean mayHelp = fruitless++ < MOST_FRUITLESS && byCommand.makeRoom(goOn);
        end = mayHelp ? End.ALL : End.NO_ROOM;
      } else {
        rewritten += moved;
        fruitless = 0;
      }
      boolean isLeft = !search.position().isEnd();
      if (isLeft && (rewritten > most || !goOn.getAsBoolean())) {
        end = End.STOPPED;
      }
      long examined = search.position().examinedBytes();
      progress.progress(
          "rewriting files", examined, Math.max(examined, drive.usage().totalLiveBytes()));
    }
    return new Result(search.position().examinedBytes(), rewritten, end);
  }

  /**
   * Moves the next extents that a search finds, unless room is so short that writers pay for it.
   *
   * @return bytes that were moved; {@link #NO_ROOM} if there was no room for them
   * @throws IOException also if the volume is being closed
   */
  private long step(ScatterSearch search) throws IOException {
    try {
      collector.checkOpen();
      relocator.commitRelocations();
      List<LiveExtents.Live> found = search.next();
      if (found.isEmpty()) {
        return 0;
      }
      if (throttle.throttles()) {
        return NO_ROOM;
      }
      long bytes = SpaceAccount.SLACK_BYTES;
      for (LiveExtents.Live one : found) {
        bytes += one.extent().length() + MOST_OVERHEAD_BYTES;
      }
      // Nobody else is promised the zones that this takes.
      try (SpaceAccount.Grant room = space.nothing()) {
        return room.tryAddRoom(bytes) ? relocator.moveTogether(found) : NO_ROOM;
      }
    } catch (NoSpaceForRelocationException none) {
      LOG.debug("files are not rewritten now", none);
      return NO_ROOM;
    }
  }
}
