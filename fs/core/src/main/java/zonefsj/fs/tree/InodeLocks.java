// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import java.util.Arrays;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Striped locks by inode number. Several locks are always taken in the order of their stripes, so
 * no deadlock is possible. No thread holds them during device I/O.
 */
public final class InodeLocks {
  private static final int STRIPES = 1024;

  private final ReentrantReadWriteLock[] stripes = new ReentrantReadWriteLock[STRIPES];

  /** Creates the locks, all free. */
  public InodeLocks() {
    Arrays.setAll(stripes, stripe -> new ReentrantReadWriteLock());
  }

  private static int stripe(long inode) {
    return (int) ((inode * 0x9E3779B97F4A7C15L) >>> 54);
  }

  /** The lock of one inode. */
  public ReentrantReadWriteLock of(long inode) {
    return stripes[stripe(inode)];
  }

  /** Takes the write locks of several inodes; the same inode may occur twice. */
  public Held lock(long... inodes) {
    int[] wanted = new int[inodes.length];
    for (int index = 0; index < inodes.length; index++) {
      wanted[index] = stripe(inodes[index]);
    }
    Arrays.sort(wanted);
    for (int stripe : wanted) {
      stripes[stripe].writeLock().lock();
    }
    return new Held(wanted);
  }

  /** Write locks that are held; {@link #close} releases them. */
  public final class Held implements AutoCloseable {
    private final int[] held;

    private Held(int[] held) {
      this.held = held;
    }

    @Override
    public void close() {
      for (int index = held.length - 1; index >= 0; index--) {
        stripes[held[index]].writeLock().unlock();
      }
    }
  }
}
