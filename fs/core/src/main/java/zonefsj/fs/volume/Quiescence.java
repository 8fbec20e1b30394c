// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;

/**
 * Stops and admits the changes of a mounted volume: frozen, it is read-only; suspended, it is
 * without its drive. The contracts stand at the methods of {@link Volume}. Thread-safe, except that
 * one thread at a time suspends or resumes.
 */
final class Quiescence {
  private static final Logger LOG = LoggerFactory.getLogger(Quiescence.class);

  private final VolumeAssembly parts;
  private final CurrentOptions options;

  /**
   * @param parts of the volume
   * @param options of the mount
   */
  Quiescence(VolumeAssembly parts, CurrentOptions options) {
    this.parts = parts;
    this.options = options;
  }

  void freeze() throws IOException, ErrnoException {
    if (!options.get().readOnly()) {
      parts.health.setFrozen(true);
      settle();
    }
  }

  void thaw() throws ErrnoException {
    if (parts.health.isReadOnly()) {
      throw new ErrnoException(Errno.EROFS, parts.health.readOnlyReason());
    }
    parts.health.setFrozen(false);
    purgeOrphans();
  }

  void suspend(Volume.Ejection ejection) throws IOException, ErrnoException {
    parts.health.setSuspended(true);
    boolean isOut = false;
    try {
      if (parts.resize.isRunning()) {
        throw new IOException(
            "the number of zones is being changed: wait until that has ended, or end it");
      }
      if (!parts.health.isReadOnly()) {
        settle();
        if (!parts.unmount.store()) {
          LOG.warn("the next mount of the drive has to replay the journal");
        }
      }
      ejection.eject();
      isOut = true;
    } finally {
      if (!isOut) {
        resume();
      }
    }
  }

  void resume() {
    parts.health.setSuspended(false);
    if (!parts.health.isReadOnly()) {
      purgeOrphans();
    }
  }

  /** Makes all changes durable when no more are admitted. */
  private void settle() throws IOException, ErrnoException {
    // A change that has passed its check may have changed nothing yet.
    parts.gate.awaitChanges();
    // A step that began before moves data.
    parts.collector.awaitStep();
    parts.fileSystem.sync();
  }

  /** Deletes the files without a name that lost their last handle while changes were refused. */
  private void purgeOrphans() {
    try {
      parts.orphans.run(ProgressListener.NONE);
    } catch (IOException failed) {
      LOG.warn("files without a name are left to the next mount", failed);
    }
  }
}
