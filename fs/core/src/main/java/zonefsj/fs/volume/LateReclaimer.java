package zonefsj.fs.volume;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.volume.commit.Checkpoints;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.operations.OpenFiles;
import zonefsj.fs.volume.reclaim.VolumeCollector;
import zonefsj.fs.volume.state.SpaceAccount;

/**
 * Parts that the space account and the dirty memory ask for before they exist. {@link Volume} sets
 * them when it is put together. Thread-safe.
 */
final class LateReclaimer implements SpaceAccount.Reclaimer {
  private static final Logger LOG = LoggerFactory.getLogger(LateReclaimer.class);

  /** Long for the kernel, and a full drive may take it to say so. */
  private static final Duration LET_GO = Duration.ofMillis(200);

  volatile @Nullable VolumeCollector collector;
  volatile @Nullable Committer committer;
  volatile @Nullable Checkpoints checkpoints;
  volatile @Nullable BackgroundWork background;
  volatile @Nullable OpenFiles open;

  @Override
  public boolean makeRoom() throws InterruptedException {
    VolumeCollector present = collector;
    return present != null && present.makeRoom();
  }

  @Override
  public boolean collect() {
    VolumeCollector present = collector;
    return present != null && present.collect();
  }

  @Override
  public void pace(long bytes) throws InterruptedException {
    VolumeCollector present = collector;
    if (present != null && background != null) {
      present.pace(bytes);
    }
  }

  @Override
  public void settlePending() {
    commit();
  }

  @Override
  public void shrinkMetadata() {
    Checkpoints present = checkpoints;
    if (present != null) {
      try {
        present.shrinkIndex();
      } catch (IOException failed) {
        LOG.warn("the index cannot be made shorter", failed);
      }
    }
  }

  @Override
  public long deletions() {
    OpenFiles present = open;
    return present == null ? 0 : present.ended();
  }

  @Override
  public boolean awaitDeletion(long seen) throws InterruptedException {
    OpenFiles present = open;
    return present != null && present.awaitEnd(seen, LET_GO);
  }

  private void commit() {
    Committer present = committer;
    if (present != null) {
      try {
        present.commit();
      } catch (IOException failed) {
        LOG.debug("the commit for room failed; the writer will hear of it", failed);
      }
    }
  }

  void relieve() {
    BackgroundWork workers = background;
    if (workers != null) {
      workers.requestCommit();
    } else {
      commit();
    }
  }
}
