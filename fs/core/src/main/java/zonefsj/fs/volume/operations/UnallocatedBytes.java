// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.volume.state.ContentReader;

/**
 * Counts the bytes of a range that a file does not have: holes and lost extents. A write of the
 * range needs room for these. For one count, single-threaded.
 */
final class UnallocatedBytes implements ContentReader.Sink {
  private final long most;
  private long bytes;

  /** Offset of the first byte above the limit, or -1. */
  private long tooMany = -1;

  /**
   * @param most limit; the count ends above it
   */
  UnallocatedBytes(long most) {
    this.most = most;
  }

  /**
   * Counts the missing bytes of a range. Takes the inode's lock for {@link
   * ContentReader#SLICE_PARTS} parts at a time: concurrent changes may or may not count.
   */
  void count(InodeLocks locks, ContentReader content, long inode, long from, long to)
      throws IOException {
    ReentrantReadWriteLock lock = locks.of(inode);
    for (long at = from; at < to && !areTooMany(); ) {
      lock.readLock().lock();
      try {
        at = content.visitSome(inode, at, to, ContentReader.SLICE_PARTS, this);
      } finally {
        lock.readLock().unlock();
      }
    }
  }

  /** Missing bytes of the range, up to the limit. */
  long bytes() {
    return bytes;
  }

  /** Whether more bytes are missing than the limit. */
  boolean areTooMany() {
    return tooMany >= 0;
  }

  /** Offset in the file behind the last byte within the limit; -1 if the limit is not exceeded. */
  long end() {
    return tooMany;
  }

  @Override
  public boolean memory(long at, ByteBuffer data) {
    return true;
  }

  @Override
  public boolean placed(long at, PhysicalExtent data) {
    return true;
  }

  @Override
  public boolean hole(long at, long end) {
    if (end - at > most - bytes) {
      tooMany = at + (most - bytes);
      bytes = most;
      return false;
    }
    bytes += end - at;
    return true;
  }

  @Override
  public boolean lost(long at, long end) {
    return hole(at, end);
  }
}
