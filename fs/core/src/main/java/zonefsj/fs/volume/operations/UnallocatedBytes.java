// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.volume.state.ContentReader;

/**
 * Counts the bytes of a range that a file does not have: holes, and what damage took. A write of
 * the range needs room for these. For one count, by one thread.
 */
final class UnallocatedBytes implements ContentReader.Sink {
  private final long most;
  private long bytes;

  /** Where the first byte above the most is, or -1. */
  private long tooMany = -1;

  /**
   * @param most the count ends when there are more
   */
  UnallocatedBytes(long most) {
    this.most = most;
  }

  /**
   * Counts what a range lacks. Takes the inode's lock for {@link ContentReader#SLICE_PARTS} parts
   * at a time: what changes meanwhile may or may not be counted.
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

  /** Bytes that the range lacks, the most at most. */
  long bytes() {
    return bytes;
  }

  /** Whether the range lacks more than the most. */
  boolean areTooMany() {
    return tooMany >= 0;
  }

  /** Offset in the file behind the last byte that belongs to the most; if there are too many. */
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
