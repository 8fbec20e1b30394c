// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.operations.NamespaceOperations;
import zonefsj.fs.volume.state.VolumeHealth;

/**
 * Deletes the files that have no name and that nobody has open: what an earlier mount left, and
 * what lost its last handle while no changes were let in. Thread-safe.
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

  /** Each commit takes a bounded number of them: memory has to take what waits for a commit. */
  void run() throws IOException {
    try {
      long next = 0;
      while (next >= 0) {
        next = names.purgeOrphans(next, ORPHANS_A_COMMIT);
        committer.commit();
      }
    } catch (ErrnoException refused) {
      if (!health.isQuiet()) {
        throw new IOException("orphans could not be purged", refused);
      }
      LOG.info("files without a name end later: {}", refused.getMessage());
    }
  }
}
