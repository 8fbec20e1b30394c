// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * Which lines are in which slots, for a part of all slots; evicts by CLOCK. A slot that somebody
 * uses is not given to another line. 34 to 38 bytes for each slot.
 *
 * <p>Threading: safe for use by several threads; its monitor is held for a few instructions,
 * without I/O.
 */
final class LineShard {
  static final int NONE = -1;

  /** Heap for each slot, with some for what is there once. */
  static final long MOST_SLOT_BYTES = 40;

  private final int firstSlot;
  private final long[] keys;
  private final long[] generations;
  private final int[] validBytes;
  private final int[] users;
  private final boolean[] mapped;
  private final boolean[] referenced;
  private final int[] next;
  private final int[] buckets;
  private int hand;
  private long evictedBytes;

  /**
   * @param firstSlot number of the first slot
   * @param slots number of slots, at least 1
   */
  LineShard(int firstSlot, int slots) {
    this.firstSlot = firstSlot;
    this.keys = new long[slots];
    this.generations = new long[slots];
    this.validBytes = new int[slots];
    this.users = new int[slots];
    this.mapped = new boolean[slots];
    this.referenced = new boolean[slots];
    this.next = new int[slots];
    this.buckets = new int[Integer.highestOneBit(slots) * 2];
    Arrays.fill(buckets, NONE);
  }

  synchronized long evictedBytes() {
    return evictedBytes;
  }

  /** Whether a line has the bytes up to an offset. */
  synchronized boolean has(long key, long generation, int toBytes) {
    int i = find(key);
    return i != NONE && generations[i] == generation && validBytes[i] >= toBytes;
  }

  /**
   * Begins to use a line that has the bytes up to an offset.
   *
   * @return its slot, or {@link #NONE}
   */
  synchronized int use(long key, long generation, int toBytes) {
    int i = find(key);
    if (i == NONE) {
      return NONE;
    }
    if (generations[i] != generation) {
      unmap(i);
      return NONE;
    }
    if (validBytes[i] < toBytes) {
      return NONE;
    }
    referenced[i] = true;
    users[i]++;
    return firstSlot + i;
  }

  /**
   * Begins to use a line whose bytes end at an offset, to add bytes to it.
   *
   * @return its slot, or {@link #NONE}
   */
  synchronized int useEnd(long key, long generation, int endBytes) {
    int i = find(key);
    if (i == NONE || generations[i] != generation || validBytes[i] != endBytes) {
      return NONE;
    }
    users[i]++;
    return firstSlot + i;
  }

  /** Ends the use of a slot. */
  synchronized void release(int slot) {
    users[slot - firstSlot]--;
  }

  /** Ends the use of a slot, to whose line bytes were added. */
  synchronized void extended(int slot, long key, int fromBytes, int toBytes) {
    int i = slot - firstSlot;
    users[i]--;
    if (mapped[i] && keys[i] == key && validBytes[i] == fromBytes) {
      validBytes[i] = toBytes;
    }
  }

  /**
   * Begins to use a slot that has no line; another line is evicted for it.
   *
   * @return the slot, or {@link #NONE} if all are in use
   */
  synchronized int take() {
    for (int steps = 0; steps < 2 * keys.length; steps++) {
      int i = hand;
      hand = hand + 1 == keys.length ? 0 : hand + 1;
      if (users[i] > 0) {
        continue;
      }
      if (mapped[i] && referenced[i]) {
        referenced[i] = false;
        continue;
      }
      if (mapped[i]) {
        evictedBytes += validBytes[i];
        unmap(i);
      }
      users[i]++;
      return firstSlot + i;
    }
    return NONE;
  }

  /**
   * Ends the use of a slot, which has the bytes of a line now.
   *
   * @param isCurrent asked in the monitor: whether these bytes are still those of the line
   * @return whether the line is in this slot now
   */
  synchronized boolean publish(
      int slot, long key, long generation, int lengthBytes, BooleanSupplier isCurrent) {
    int i = slot - firstSlot;
    users[i]--;
    if (!isCurrent.getAsBoolean()) {
      return false;
    }
    int old = find(key);
    if (old != NONE) {
      if (generations[old] == generation && validBytes[old] >= lengthBytes) {
        return false;
      }
      unmap(old);
    }
    keys[i] = key;
    generations[i] = generation;
    validBytes[i] = lengthBytes;
    mapped[i] = true;
    referenced[i] = false;
    int bucket = bucket(key);
    next[i] = buckets[bucket];
    buckets[bucket] = i;
    return true;
  }

  /** Forgets a line whose bytes the store has no longer. */
  synchronized void evict(long key) {
    int i = find(key);
    if (i != NONE) {
      evictedBytes += validBytes[i];
      unmap(i);
    }
  }

  /** Forgets a line. */
  synchronized void remove(long key) {
    int i = find(key);
    if (i != NONE) {
      unmap(i);
    }
  }

  private int find(long key) {
    int i = buckets[bucket(key)];
    while (i != NONE && keys[i] != key) {
      i = next[i];
    }
    return i;
  }

  private void unmap(int i) {
    mapped[i] = false;
    int bucket = bucket(keys[i]);
    if (buckets[bucket] == i) {
      buckets[bucket] = next[i];
      return;
    }
    int before = buckets[bucket];
    while (next[before] != i) {
      before = next[before];
    }
    next[before] = next[i];
  }

  private int bucket(long key) {
    return LineCache.hash(key) & (buckets.length - 1);
  }
}
