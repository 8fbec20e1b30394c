package zonefsj.fs.volume;

/**
 * How often each inode is referred to. Open addressing with linear probing over two arrays of
 * numbers, cut into stripes: 16 bytes a slot, of which 1/4 to 3/4 are taken, so 21 to 64 bytes an
 * inode. Thread-safe.
 */
final class InodeCounts {
  private static final int STRIPES_LOG2 = 5;
  private static final int LEAST_SLOTS = 16;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final Stripe[] stripes = new Stripe[1 << STRIPES_LOG2];

  InodeCounts() {
    for (int index = 0; index < stripes.length; index++) {
      stripes[index] = new Stripe();
    }
  }

  /**
   * Adds to the count of an inode; at 0 it is forgotten.
   *
   * @param delta may be negative; the count does not fall below 0
   * @return the count now
   */
  long add(long inode, long delta) {
    return stripe(inode).add(inode, delta);
  }

  /** The count of an inode. */
  long get(long inode) {
    return stripe(inode).add(inode, 0);
  }

  /** Forgets all. */
  void clear() {
    for (Stripe stripe : stripes) {
      stripe.clear();
    }
  }

  private Stripe stripe(long inode) {
    return stripes[(int) ((inode * GOLDEN) >>> (Long.SIZE - STRIPES_LOG2))];
  }

  /** Inode numbers are never 0: a 0 is a free slot. */
  private static final class Stripe {
    private long[] inodes = new long[LEAST_SLOTS];
    private long[] counts = new long[LEAST_SLOTS];
    private int taken;

    synchronized long add(long inode, long delta) {
      int slot = find(inodes, inode);
      boolean isNew = inodes[slot] == 0;
      long count = Math.max(0, counts[slot] + delta);
      if (count == 0) {
        if (!isNew) {
          remove(slot);
        }
        return 0;
      }
      inodes[slot] = inode;
      counts[slot] = count;
      if (isNew && ++taken > inodes.length / 4 * 3) {
        resize(inodes.length * 2);
      }
      return count;
    }

    synchronized void clear() {
      inodes = new long[LEAST_SLOTS];
      counts = new long[LEAST_SLOTS];
      taken = 0;
    }

    private static int home(long[] table, long inode) {
      // The bits above chose the stripe.
      return (int) ((inode * GOLDEN) >>> (Integer.SIZE - STRIPES_LOG2)) & (table.length - 1);
    }

    /** The slot of an inode, or the free one where it belongs. */
    private static int find(long[] table, long inode) {
      int slot = home(table, inode);
      while (table[slot] != 0 && table[slot] != inode) {
        slot = (slot + 1) & (table.length - 1);
      }
      return slot;
    }

    /** Moves those that were displaced back over the gap, so that no search ends at it. */
    private void remove(int freed) {
      int mask = inodes.length - 1;
      int gap = freed;
      for (int slot = (gap + 1) & mask; inodes[slot] != 0; slot = (slot + 1) & mask) {
        int home = home(inodes, inodes[slot]);
        if (((slot - home) & mask) >= ((slot - gap) & mask)) {
          inodes[gap] = inodes[slot];
          counts[gap] = counts[slot];
          gap = slot;
        }
      }
      inodes[gap] = 0;
      counts[gap] = 0;
      taken--;
      if (inodes.length > LEAST_SLOTS && taken < inodes.length / 4) {
        resize(inodes.length / 2);
      }
    }

    private void resize(int slots) {
      long[] newInodes = new long[slots];
      long[] newCounts = new long[slots];
      for (int slot = 0; slot < inodes.length; slot++) {
        if (inodes[slot] != 0) {
          int target = find(newInodes, inodes[slot]);
          newInodes[target] = inodes[slot];
          newCounts[target] = counts[slot];
        }
      }
      inodes = newInodes;
      counts = newCounts;
    }
  }
}
