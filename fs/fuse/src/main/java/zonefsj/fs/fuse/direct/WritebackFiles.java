// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import zonefsj.fs.Attributes;
import zonefsj.fs.ErrnoException;

/**
 * The files of which the kernel may hold data that it has not sent yet, under its write-back cache:
 * those that are open for writing. Their number of blocks is not known here, and programs take a
 * file without blocks for one hole. So a file that is open for writing has at least one block. What
 * the kernel was told of it ends with the last writer: until then it may cache it, because it would
 * otherwise ask at every write(2).
 *
 * <p>Without the write-back cache, attributes stay as they are. Thread-safe.
 */
final class WritebackFiles {
  private static final int SECTOR_BYTES = 512;

  private final boolean writeback;
  private final Notices notices;
  private final Map<Long, Writers> writers = new ConcurrentHashMap<>();

  /** Handles that count as writers. */
  private final Set<Long> handles = ConcurrentHashMap.newKeySet();

  /** Writers that have ended. */
  private final LongAdder ends = new LongAdder();

  /**
   * The writers of a file.
   *
   * @param count handles that are open for writing, or being opened
   * @param told whether the kernel was told attributes while they were open
   */
  private record Writers(int count, boolean told) {}

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
      writers.merge(inode, new Writers(1, false), (old, one) -> add(old, 1));
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
    if (writeback) {
      boolean[] outdated = {false};
      writers.computeIfPresent(
          inode,
          (key, old) -> {
            ends.increment();
            outdated[0] = old.count() == 1 && old.told();
            return old.count() == 1 ? null : add(old, -1);
          });
      if (outdated[0]) {
        notices.attributesChanged(inode);
      }
    }
  }

  private static Writers add(Writers old, int more) {
    return new Writers(old.count() + more, old.told());
  }

  /** Reads or makes attributes. */
  @FunctionalInterface
  interface Source {
    /** The attributes of a file. */
    Attributes attributes() throws ErrnoException, IOException;
  }

  /** What the kernel is told of a file. */
  Attributes told(Source source) throws ErrnoException, IOException {
    if (!writeback) {
      return source.attributes();
    }
    long before = ends.sum();
    Attributes known = told(source.attributes());
    // A writer that ended since then did not know that the kernel would be told what was before.
    return known.isRegular() && before != ends.sum()
        ? known.withAllocated(known.allocatedBytes(), true)
        : known;
  }

  private Attributes told(Attributes known) {
    if (!known.isRegular()) {
      return known;
    }
    Writers present =
        writers.computeIfPresent(known.inode(), (key, old) -> new Writers(old.count(), true));
    if (present != null) {
      return known.withAllocated(Math.max(SECTOR_BYTES, known.allocatedBytes()), false);
    }
    // The next open for writing sends no attributes.
    return known.allocatedBytes() == 0 ? known.withAllocated(0, true) : known;
  }
}
