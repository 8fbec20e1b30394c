// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.operations.NamespaceOperations;
import zonefsj.fs.volume.state.VolumeHealth;

/**
 * Deletes orphans that no handle keeps open: those that an earlier mount left, and those that lost
 * their last handle while changes were refused. Thread-safe.
 */
final class OrphanPurge {
  private static final Logger LOG = LoggerFactory.getLogger(OrphanPurge.class);

  /** Inodes without a name that go with one commit. */
  private static final int ORPHANS_A_COMMIT = 1000;

  private final NamespaceOperations names;
  private final Committer committer;
  private final VolumeHealth health;

  OrphanPurge(NamespaceOperations names, Committer committer, VolumeHealth health) {
    this.names = names;
    this.committer = committer;
    this.health = health;
  }

  /**
   * Deletes all of them, a bounded number in each commit, because memory holds what waits for it.
   */
  void run(ProgressListener progress) throws IOException {
    try {
      long next = 0;
      // Few, unless many files were open in a crash.
      long total = progress == ProgressListener.NONE ? 0 : names.countOrphans();
      PassProgress pass = new PassProgress(progress, "deleting files without a name", total);
      while (next >= 0) {
        next = names.purgeOrphans(next, ORPHANS_A_COMMIT);
        committer.commit();
        pass.add(Math.min(ORPHANS_A_COMMIT, Math.max(0, total - pass.done())));
      }
    } catch (ErrnoException refused) {
      if (!health.isQuiet()) {
        throw new IOException("orphans could not be purged", refused);
      }
      LOG.info("files without a name end later: {}", refused.getMessage());
    }
  }
}
