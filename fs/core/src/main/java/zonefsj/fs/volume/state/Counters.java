// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.stored.VolumeFormatException;

/** The counters of a filesystem, which each batch carries. Thread-safe. */
public final class Counters {
  /**
   * The counters at a seal.
   *
   * @param nextInode the next inode number
   * @param inodes number of inodes
   */
  public record Values(long nextInode, long inodes) {}

  private final AtomicLong nextInode;
  private final AtomicLong inodes;

  private Counters(long nextInode, long inodes) {
    this.nextInode = new AtomicLong(nextInode);
    this.inodes = new AtomicLong(inodes);
  }

  /**
   * Loads the counters of an index.
   *
   * @throws VolumeFormatException if they are missing or impossible
   */
  public static Counters load(MetadataReader index) throws IOException {
    byte[] next = index.get(ColumnFamily.META, Keys.NEXT_INODE);
    byte[] count = index.get(ColumnFamily.META, Keys.INODE_COUNT);
    if (next == null || count == null) {
      throw new VolumeFormatException("the index has no counters; run zonefs-j fsck");
    }
    boolean areNumbers = next.length == Long.BYTES && count.length == Long.BYTES;
    long nextInode = areNumbers ? Keys.number(next) : 0;
    long inodes = areNumbers ? Keys.number(count) : -1;
    if (nextInode <= ZoneFileSystem.ROOT_INODE || nextInode >= Keys.INODE_LIMIT || inodes < 0) {
      throw new VolumeFormatException("the index has impossible counters; run zonefs-j fsck");
    }
    return new Counters(nextInode, inodes);
  }

  /** Returns a number that no inode ever had. */
  public long newInode() {
    inodes.incrementAndGet();
    return nextInode.getAndIncrement();
  }

  /** Counts an inode as deleted; its number is never used again. */
  public void inodeGone() {
    inodes.decrementAndGet();
  }

  /** The counters of now, for the batch that is being sealed. */
  public Values values() {
    return new Values(nextInode.get(), inodes.get());
  }
}
