// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.util.concurrent.atomic.AtomicLongArray;
import zonefsj.fs.Attributes;

/**
 * Decides whether the kernel may trust its cached data of a file.
 *
 * <p>In the path interface each name is a separate node, so to the kernel two hard links are two
 * files: a write through one name does not change the cached pages and attributes of the other. A
 * file is therefore trusted only if it has one name and has never had more during this mount. A
 * fixed bitmap over a hash of inode numbers records this: a false positive costs a cache, never a
 * wrong byte.
 *
 * <p>Thread-safe.
 */
final class KeepCachePolicy {
  private static final int BITS_LOG2 = 20;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final AtomicLongArray seenShared = new AtomicLongArray(1 << (BITS_LOG2 - 6));

  /** Whether all cached data of this file passed through one node. */
  boolean mayKeep(Attributes attributes) {
    return mayKeep(attributes.inode(), attributes.isDirectory(), attributes.linkCount());
  }

  /** As above, with the individual attributes. */
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

  /** Records that an inode has, or had, more than one name. */
  void shared(long inode) {
    int bit = bit(inode);
    seenShared.getAndAccumulate(bit >>> 6, 1L << bit, (word, mask) -> word | mask);
  }

  private static int bit(long inode) {
    return (int) ((inode * GOLDEN) >>> (Long.SIZE - BITS_LOG2));
  }
}
