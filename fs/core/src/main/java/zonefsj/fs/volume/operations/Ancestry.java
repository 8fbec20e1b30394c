// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantReadWriteLock.ReadLock;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.LoopDetector;
import zonefsj.fs.volume.state.MetadataState;

/** Which directory lies in which. Thread-safe. */
final class Ancestry {
  private final MetadataState metadata;

  Ancestry(MetadataState metadata) {
    this.metadata = metadata;
  }

  /** The parent of a directory; the root directory is its own parent. */
  long parentOf(long directory) throws IOException {
    long[] parent = {ZoneFileSystem.ROOT_INODE};
    // A rename replaces the link to the parent in two steps, under the lock of the directory.
    ReadLock lock = metadata.locks().of(directory).readLock();
    lock.lock();
    try {
      metadata
          .view()
          .scan(
              ColumnFamily.PARENTS,
              Keys.inode(directory),
              Keys.inode(directory + 1),
              (key, value) -> {
                parent[0] = Keys.parentOf(key);
                return false;
              });
    } finally {
      lock.unlock();
    }
    if (parent[0] <= 0) {
      throw new IOException("inode " + directory + " has an impossible parent: " + parent[0]);
    }
    return parent[0];
  }

  /**
   * Whether a directory is the other one, or lies below it. Reads the index once for each level, so
   * the caller must not be inside a change. The caller keeps others from moving directories.
   */
  boolean isWithin(long directory, long ancestor) throws IOException {
    LoopDetector way = new LoopDetector(directory);
    long at = directory;
    while (at != ZoneFileSystem.ROOT_INODE && at != ancestor) {
      at = parentOf(at);
      if (way.isLoop(at)) {
        throw new IOException("directory " + at + " lies in itself; run zonefs-j fsck");
      }
    }
    return at == ancestor;
  }

  /**
   * How the directories of a rename lie in each other.
   *
   * @param sourceContainsTarget whether the new parent is the source, or lies below it
   * @param targetContainsSource whether the old parent is the target, or lies below it
   */
  record Containment(boolean sourceContainsTarget, boolean targetContainsSource) {
    /** In one directory: its entries lie below it. */
    static final Containment NONE = new Containment(false, false);
  }

  /**
   * Walks to the root directory. A tree can be millions of levels deep, so this precedes the change
   * and holds up no commit. Only renames under the same lock change the result: a directory that
   * has entries is not removed, and one that was removed takes no entry.
   */
  Containment containment(
      EntryRecord source, long parent, @Nullable EntryRecord target, long newParent)
      throws IOException {
    return new Containment(
        source.isDirectory() && isWithin(newParent, source.inode()),
        target != null && target.isDirectory() && isWithin(parent, target.inode()));
  }
}
