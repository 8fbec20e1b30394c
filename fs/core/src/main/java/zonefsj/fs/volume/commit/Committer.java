// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.LostChanges;
import zonefsj.fs.volume.state.RequestCalls;

/**
 * Commits for whoever needs durability: waits for its turn, lets {@link BatchCommitter} make the
 * open batch durable, frees zones for a batch that finds none, and keeps checkpoints up with the
 * journal. A thread that needs durability commits by itself, or waits for one that does ({@link
 * RequestCalls}); threads that arrive meanwhile share the next batch (group commit).
 *
 * <p>Thread-safe.
 */
public final class Committer {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

  /** Limit of the tries of a commit that finds no zone; a zone is freed before each new try. */
  private static final int MOST_TRIES = 16;

  private final BatchCommitter batches;
  private final CheckpointScheduler checkpoints;
  private final BooleanSupplier freeAZone;
  private final RequestCalls calls;

  /**
   * @param batches makes batches durable
   * @param checkpoints keep the journal short
   * @param freeAZone frees a zone without a commit of pending data; true if it did
   * @param calls commit for threads that must not wait without a limit
   */
  public Committer(
      BatchCommitter batches,
      CheckpointScheduler checkpoints,
      BooleanSupplier freeAZone,
      RequestCalls calls) {
    this.batches = batches;
    this.checkpoints = checkpoints;
    this.freeAZone = freeAZone;
    this.calls = calls;
  }

  /**
   * Makes everything that happened before this call durable.
   *
   * @throws IOException if that failed; or, for a {@link zonefsj.fs.RequestThread}, if the drive
   *     takes nothing for too long: the commit then goes on
   */
  public void commit() throws IOException {
    long needed = batches.openBatch();
    call(() -> checkpoints.runCommit(() -> commitUpTo(needed)));
  }

  private void call(CommitLog.Step step) throws IOException {
    try {
      calls.call(
          () -> {
            step.run();
            return true;
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("interrupted while waiting for a commit");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /**
   * Whether the journal is too long because a checkpoint finds no zones. Takes no lock.
   *
   * @see CheckpointTriggers#isHeldUp
   */
  public boolean isCheckpointHeldUp() {
    return checkpoints.isHeldUp();
  }

  /** See {@link CheckpointScheduler#awaitImageWithLastZones}. Called without any lock. */
  public boolean awaitImageWithLastZones() {
    return checkpoints.awaitImageWithLastZones();
  }

  /** See {@link BatchCommitter#lostChanges}. */
  public Optional<LostChanges> lostChanges() {
    return batches.lostChanges();
  }

  /** Makes everything durable, compacts the index and takes a checkpoint of it. */
  public void commitAndShrinkIndex() throws IOException {
    long compactions = checkpoints.compactions();
    commit();
    // Unless the commit's own checkpoint has just compacted it, or that of another refused writer.
    call(() -> checkpoints.shrinkIndexSince(compactions, checkpoints.shrinks()));
  }

  private void commitUpTo(long needed) throws IOException {
    BatchPlacement.PlacementMode mode = BatchPlacement.PlacementMode.JOURNAL_OR_ZONES;
    for (int tries = 1; !batches.commitUpTo(needed, mode); tries++) {
      // Accepted data have a zone, unless zones failed that were meant for them.
      LOG.warn("a commit found no zone for its data");
      if (tries == MOST_TRIES || !freeAZone.getAsBoolean()) {
        mode = BatchPlacement.PlacementMode.USE_RESERVE;
      }
    }
  }
}
