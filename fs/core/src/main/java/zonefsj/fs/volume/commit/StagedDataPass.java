// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.journal.Journal;

/**
 * Moves all staged data to zones before a checkpoint, in many commits, between which those of
 * others have their turn. Meanwhile commits stage nothing, so that all staged data are moved after
 * a bounded number of commits, however much is written. What is moved is an ordinary batch, so a
 * crash in between leaves the rest staged.
 *
 * <p>Threading: under the lock of the {@link CheckpointScheduler}, without the commit lock.
 */
final class StagedDataPass {
  private final CommitLog log;
  private final Journal journal;
  private final SpacePlan plan;
  private final SpaceAccount space;
  private final BatchCommitter batches;
  private final StagedDataMover mover;

  /**
   * @param log gives others their turn
   * @param journal in which each move is recorded
   * @param plan how long the journal may grow by moves
   * @param space lets commits stage data, or not
   * @param batches commit what is moved
   * @param mover moves as much as one batch takes
   */
  StagedDataPass(
      CommitLog log,
      Journal journal,
      SpacePlan plan,
      SpaceAccount space,
      BatchCommitter batches,
      StagedDataMover mover) {
    this.log = log;
    this.journal = journal;
    this.plan = plan;
    this.space = space;
    this.batches = batches;
    this.mover = mover;
  }

  /**
   * Moves staged data until none are left that can be moved. If the journal grows too long
   * meanwhile, the rest stays in the index, from where the image takes it, and commits stage
   * nothing before a later pass has moved it. Staged data that a pending batch replaces, or for
   * which no zone has room, stay, too.
   */
  void run() throws IOException {
    boolean[] hasMore = {true};
    boolean isBroken = true;
    try {
      while (hasMore[0] && journal.lengthBytes() <= plan.journalBytesWithMoves()) {
        log.commitInTurn(() -> hasMore[0] = moveSome());
      }
      isBroken = false;
    } finally {
      space.pauseStaging(hasMore[0] && !isBroken && space.hasStaged());
    }
  }

  private boolean moveSome() throws IOException {
    if (journal.lengthBytes() > plan.journalBytesWithMoves()) {
      // A commit came in between.
      return true;
    }
    space.pauseStaging(true);
    // Older than what staged data would become, and newer than what they are.
    batches.commitUnplaced();
    if (!mover.moveSome()) {
      return false;
    }
    batches.commitToZones();
    return true;
  }
}
