// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.HostException;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.volume.commit.CheckpointScheduler;
import zonefsj.fs.volume.commit.CheckpointWriter;
import zonefsj.fs.volume.commit.CommitLog;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.commit.LostDataCommitter;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.journal.Journal;

/**
 * The end of a mount, when no thread changes the volume any more: makes everything durable, writes
 * a superblock entry that records the clean unmount, and closes the parts. Not thread-safe: the
 * thread that closes the volume calls it.
 */
final class Unmount {
  private static final Logger LOG = LoggerFactory.getLogger(Unmount.class);

  private final DriveZones drive;
  private final Journal journal;
  private final SuperblockLog superblockLog;
  private final ChunkWriter chunks;
  private final MetadataStore index;
  private final VolumeHealth health;
  private final CommitLog log;
  private final Committer committer;
  private final LostDataCommitter lostData;
  private final CheckpointScheduler checkpoints;
  private final CheckpointWriter checkpointer;

  Unmount(
      DriveZones drive,
      Journal journal,
      SuperblockLog superblockLog,
      ChunkWriter chunks,
      MetadataStore index,
      VolumeHealth health,
      CommitLog log,
      Committer committer,
      LostDataCommitter lostData,
      CheckpointScheduler checkpoints,
      CheckpointWriter checkpointer) {
    this.drive = drive;
    this.journal = journal;
    this.superblockLog = superblockLog;
    this.chunks = chunks;
    this.index = index;
    this.health = health;
    this.log = log;
    this.committer = committer;
    this.lostData = lostData;
    this.checkpoints = checkpoints;
    this.checkpointer = checkpointer;
  }

  /**
   * Makes everything durable on the drive, and the index on the host, if the host allows that.
   *
   * @throws IOException if the drive failed; the next mount finds what was acknowledged
   */
  void makeDurable() throws IOException {
    boolean indexIsWhole = store();
    // The proof becomes durable before the superblock entry records a clean unmount.
    drive.device().flush();
    if (indexIsWhole) {
      writeCleanSuperblock();
      drive.device().flush();
    }
  }

  /**
   * Commits everything, and stores what the next mount would have to replay, when no thread changes
   * the volume.
   *
   * @return false if the index on the host does not have everything
   */
  boolean store() throws IOException {
    committer.commit();
    lostData.save();
    log.prove();
    // A commit can end writing without an exception: the index did not take it.
    return !health.isReadOnly() && finishIndex();
  }

  /**
   * Stores an image of the index and makes the index durable.
   *
   * @return false if the host fails: everything is on the drive, and the next mount replays the
   *     journal as after a crash
   */
  private boolean finishIndex() throws IOException {
    try {
      checkpoints.takeUnlessDone();
      index.flush();
      return true;
    } catch (HostException host) {
      LOG.warn("the index on the host is not up to date, the drive is: {}", host.getMessage());
      return false;
    }
  }

  private void writeCleanSuperblock() throws IOException {
    if (superblockLog.currentHasOneCopy()) {
      journal.nextSegment();
    }
    try {
      superblockLog.write(superblockLog.current().unmounted(journal.end()));
    } catch (SuperblockLog.LastCopyException oneCopyIsLeft) {
      journal.nextSegment();
      superblockLog.write(superblockLog.current().unmounted(journal.end()));
    }
  }

  /**
   * Closes all parts, even if some fail.
   *
   * @throws IOException the last failure of the drive, with the earlier ones suppressed
   */
  void release() throws IOException {
    List<CommitLog.Step> steps =
        List.of(
            chunks::close, checkpointer::close, journal::close, superblockLog::close, index::close);
    IOException failed = null;
    for (CommitLog.Step step : steps) {
      try {
        step.run();
      } catch (HostException host) {
        LOG.warn("the index on the host cannot be closed", host);
      } catch (IOException one) {
        if (failed != null) {
          one.addSuppressed(failed);
        }
        failed = one;
      }
    }
    if (failed != null) {
      throw failed;
    }
    LOG.info("unmounted {}", drive.filesystem());
  }
}
