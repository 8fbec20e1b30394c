// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.util.concurrent.atomic.AtomicLongArray;
import zonefsj.fs.Attributes;

/**
 * Whether the kernel may trust what it has cached of a file.
 *
 * <p>Under the path interface each name is a node of its own, so to the kernel two hard links are
 * two files: what is written through one name leaves the cached pages and attributes of the other
 * as they were. A file is therefore trusted only if it has one name and has never been seen with
 * more during this mount. The memory of that is a fixed bitmap over a hash of inode numbers: a
 * false "seen" costs a cache, never a wrong byte.
 *
 * <p>Thread-safe.
 */
final class KeepCachePolicy {
  private static final int BITS_LOG2 = 20;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final AtomicLongArray seenShared = new AtomicLongArray(1 << (BITS_LOG2 - 6));

  /** Whether everything that the kernel has of this file came and went through one node. */
  boolean mayKeep(Attributes attributes) {
    return mayKeep(attributes.inode(), attributes.isDirectory(), attributes.linkCount());
  }

  /** The same, by what is asked of the attributes. */
  boolean mayKeep(long inode, boolean directory, int links) {
    if (directory) {
      return true;
    }
    if (links > 1) {
      shared(inode);
      return false;
    }
    int bit = bit(inode);
    return (seenShared.get(bit >>> 6) & (1L << bit)) == 0;
  }

  /** From now on an inode has, or had, more than one name. */
  void shared(long inode) {
    int bit = bit(inode);
    seenShared.getAndAccumulate(bit >>> 6, 1L << bit, (word, mask) -> word | mask);
  }

  private static int bit(long inode) {
    return (int) ((inode * GOLDEN) >>> (Long.SIZE - BITS_LOG2));
  }
}
