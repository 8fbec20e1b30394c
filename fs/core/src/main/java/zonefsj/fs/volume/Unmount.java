package zonefsj.fs.volume;

import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.HostException;
import zonefsj.fs.volume.commit.Checkpointer;
import zonefsj.fs.volume.commit.Checkpoints;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.state.VolumeParts;
import zonefsj.fs.volume.stored.RootLog;

/**
 * The end of a mount, when nothing changes the volume any more: everything becomes durable, a root
 * says that all is clean, and what is open is closed. Not thread-safe: whoever closes the volume
 * calls it.
 */
final class Unmount {
  private static final Logger LOG = LoggerFactory.getLogger(Unmount.class);

  private final VolumeParts parts;
  private final Committer committer;
  private final Checkpoints checkpoints;
  private final Checkpointer checkpointer;

  Unmount(
      VolumeParts parts, Committer committer, Checkpoints checkpoints, Checkpointer checkpointer) {
    this.parts = parts;
    this.committer = committer;
    this.checkpoints = checkpoints;
    this.checkpointer = checkpointer;
  }

  /**
   * Makes everything durable on the drive, and the index on the host, if that lets us.
   *
   * @throws IOException if the drive failed; the next mount finds what was acknowledged
   */
  void makeDurable() throws IOException {
    committer.commit();
    committer.saveLost();
    committer.prove();
    // A commit that ended writing here without an exception is one that the index did not take.
    boolean indexIsWhole = !parts.health().isReadOnly() && finishIndex();
    // The proof is durable before the root says that all is clean.
    parts.device().flush();
    if (indexIsWhole) {
      writeCleanRoot();
      parts.device().flush();
    }
  }

  /**
   * Stores an image of the index and makes the index durable.
   *
   * @return false if the host does not let us: all is on the drive, and the next mount replays the
   *     journal as after a crash
   */
  private boolean finishIndex() throws IOException {
    try {
      checkpoints.takeUnlessDone();
      parts.index().flush();
      return true;
    } catch (HostException host) {
      LOG.warn("the index on the host is not up to date, the drive is: {}", host.getMessage());
      return false;
    }
  }

  private void writeCleanRoot() throws IOException {
    RootLog roots = parts.roots();
    if (roots.currentIsAtStake()) {
      parts.journal().nextSegment();
    }
    try {
      roots.write(roots.current().unmounted(parts.journal().end()));
    } catch (RootLog.AtStakeException oneCopyIsLeft) {
      parts.journal().nextSegment();
      roots.write(roots.current().unmounted(parts.journal().end()));
    }
  }

  /**
   * Closes everything, whatever fails.
   *
   * @throws IOException the last failure of the drive, with those before it
   */
  void release() throws IOException {
    List<Committer.Step> steps =
        List.of(
            parts.chunks()::close,
            checkpointer::close,
            parts.journal()::close,
            parts.roots()::close,
            parts.index()::close);
    IOException failed = null;
    for (Committer.Step step : steps) {
      try {
        step.run();
      } catch (HostException index) {
        LOG.warn("the index on the host cannot be closed", index);
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
    LOG.info("unmounted {}", parts.filesystem());
  }
}
