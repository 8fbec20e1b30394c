// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.state.DriveZones;

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
  /** So often zones are collected for a step that finds no room even then. */
  private static final int MOST_FRUITLESS = 16;

  private final DriveZones drive;
  private final MetadataReader index;
  private final VolumeCollector collector;
  private final Committer committer;

  public Defragmenter(
      DriveZones drive, MetadataReader index, VolumeCollector collector, Committer committer) {
    this.drive = drive;
    this.index = index;
    this.collector = collector;
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
      long moved = collector.moveScattered(search);
      if (moved == VolumeCollector.NO_ROOM) {
        search.goBackTo(before);
        boolean mayHelp = fruitless++ < MOST_FRUITLESS && collector.makeRoomByCommand(goOn);
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
}
