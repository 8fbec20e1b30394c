// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import zonefsj.fs.Attributes;

/**
 * The files of which the kernel may hold data that it has not sent yet, under its write-back cache:
 * those that are open for writing. Their number of blocks is not known here, and programs take a
 * file without blocks for one hole. So a file that is open for writing has at least one block. What
 * the kernel was told of it ends with the last writer: until then it may cache it, because it would
 * otherwise ask at every write(2).
 *
 * <p>The notice of this end goes to the kernel for every file that had a writer, whoever asked for
 * its attributes. The kernel then also drops the attributes in replies to what it asked before (its
 * attr_version, fs/fuse/inode.c), so a reply that is under way needs no care. It does not drop
 * those of SETATTR and LINK, but takes them under the lock of the inode, for which close(2) waits.
 * A notice costs one write(2) of 40 bytes to /dev/fuse for each file that is written, for example
 * by tar, and the next stat(2) of it asks again.
 *
 * <p>The thread that serves the RELEASE, or the failed OPEN, sends the notice before it answers and
 * without a lock. The kernel takes it at once: it holds the inode until the answer, and waits for
 * no page because the notice is about attributes alone.
 *
 * <p>Without the write-back cache, attributes stay as they are. Thread-safe.
 */
final class WritebackFiles {
  private static final int SECTOR_BYTES = 512;

  private final boolean writeback;
  private final Notices notices;

  /** The number of handles of a file that are open for writing, or being opened. */
  private final Map<Long, Integer> writers = new ConcurrentHashMap<>();

  /** Handles that count as writers. */
  private final Set<Long> handles = ConcurrentHashMap.newKeySet();

  /**
   * @param writeback whether the kernel caches writes
   */
  WritebackFiles(boolean writeback, Notices notices) {
    this.writeback = writeback;
    this.notices = notices;
  }

  /** A file gets a writer. Called before the kernel learns of its handle. */
  void beginWriter(long inode) {
    if (writeback) {
      writers.merge(inode, 1, Integer::sum);
    }
  }

  /** The writer has this handle. */
  void opened(long handle) {
    if (writeback) {
      handles.add(handle);
    }
  }

  /**
   * A handle is released: the kernel has sent what was written through it.
   *
   * @param inode of its file
   */
  void released(long handle, long inode) {
    if (handles.remove(handle)) {
      endWriter(inode);
    }
  }

  /** A writer of a file has ended, or could not be opened. */
  void endWriter(long inode) {
    if (writeback
        && writers.computeIfPresent(inode, (key, count) -> count == 1 ? null : count - 1) == null) {
      notices.attributesChanged(inode);
    }
  }

  /**
   * What the kernel is told of a file.
   *
   * @param known its attributes, just read or made
   */
  Attributes forKernel(Attributes known) {
    if (!writeback || !known.isRegular()) {
      return known;
    }
    if (writers.containsKey(known.inode())) {
      return known.withAllocated(Math.max(SECTOR_BYTES, known.allocatedBytes()), false);
    }
    // The next open for writing sends no attributes.
    return known.allocatedBytes() == 0 ? known.withAllocated(0, true) : known;
  }
}
