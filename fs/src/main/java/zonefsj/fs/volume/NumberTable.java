package zonefsj.fs.volume;

import java.util.Arrays;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

/**
 * Numbers by number: what is known of an inode or a handle, in the bits of a long. Open addressing
 * with linear probing over two arrays, cut into stripes: 16 bytes a slot. At most 3/4 of the slots
 * are taken, and at least 3/8 while a table grows: 21 to 43 bytes a key; after many are gone again
 * at least 1/4: 64 bytes. Keys are not 0; a key whose value becomes 0 is forgotten.
 *
 * <p>Thread-safe: what happens to one key happens in one order.
 */
final class NumberTable {
  private static final int STRIPES_LOG2 = 5;

  /** How many parts {@link #keys} can be asked of. */
  static final int STRIPES = 1 << STRIPES_LOG2;

  private static final int LEAST_SLOTS = 16;
  private static final int SLOT_BYTES = 2 * Long.BYTES;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final Stripe[] stripes = new Stripe[STRIPES];

  NumberTable() {
    for (int index = 0; index < stripes.length; index++) {
      stripes[index] = new Stripe();
    }
  }

  /**
   * Changes the value of a key.
   *
   * @param change is given the value, 0 if there is none, and runs under a lock
   * @return the value now
   */
  long update(long key, LongUnaryOperator change) {
    return stripe(key).update(key, change);
  }

  /**
   * Adds to the value of a key.
   *
   * @param delta may be negative; the value does not fall below 0
   * @return the value now
   */
  long add(long key, long delta) {
    return update(key, value -> Math.max(0, value + delta));
  }

  /** The value of a key, or 0. */
  long get(long key) {
    return stripe(key).get(key);
  }

  /** The keys of one stripe whose values are as wanted. */
  long[] keys(int stripe, LongPredicate wanted) {
    return stripes[stripe].keys(wanted);
  }

  /** Heap that the slots take. */
  long memoryBytes() {
    long slots = 0;
    for (Stripe stripe : stripes) {
      slots += stripe.slots();
    }
    return slots * SLOT_BYTES;
  }

  /** Forgets all. */
  void clear() {
    for (Stripe stripe : stripes) {
      stripe.clear();
    }
  }

  private Stripe stripe(long key) {
    return stripes[(int) ((key * GOLDEN) >>> (Long.SIZE - STRIPES_LOG2))];
  }

  /** A key of 0 is a free slot. */
  private static final class Stripe {
    private long[] keys = new long[LEAST_SLOTS];
    private long[] values = new long[LEAST_SLOTS];
    private int taken;

    synchronized int slots() {
      return keys.length;
    }

    synchronized long get(long key) {
      return values[find(keys, key)];
    }

    synchronized long update(long key, LongUnaryOperator change) {
      int slot = find(keys, key);
      boolean isNew = keys[slot] == 0;
      long value = change.applyAsLong(values[slot]);
      if (value == 0) {
        if (!isNew) {
          remove(slot);
        }
        return 0;
      }
      keys[slot] = key;
      values[slot] = value;
      if (isNew && ++taken > keys.length / 4 * 3) {
        resize(keys.length * 2);
      }
      return value;
    }

    synchronized long[] keys(LongPredicate wanted) {
      long[] found = new long[taken];
      int count = 0;
      for (int slot = 0; slot < keys.length; slot++) {
        if (keys[slot] != 0 && wanted.test(values[slot])) {
          found[count++] = keys[slot];
        }
      }
      return Arrays.copyOf(found, count);
    }

    synchronized void clear() {
      keys = new long[LEAST_SLOTS];
      values = new long[LEAST_SLOTS];
      taken = 0;
    }

    private static int home(long[] table, long key) {
      // The bits above chose the stripe.
      return (int) ((key * GOLDEN) >>> (Integer.SIZE - STRIPES_LOG2)) & (table.length - 1);
    }

    /** The slot of a key, or the free one where it belongs. */
    private static int find(long[] table, long key) {
      int slot = home(table, key);
      while (table[slot] != 0 && table[slot] != key) {
        slot = (slot + 1) & (table.length - 1);
      }
      return slot;
    }

    /** Moves those that were displaced back over the gap, so that no search ends at it. */
    private void remove(int freed) {
      int mask = keys.length - 1;
      int gap = freed;
      for (int slot = (gap + 1) & mask; keys[slot] != 0; slot = (slot + 1) & mask) {
        int home = home(keys, keys[slot]);
        if (((slot - home) & mask) >= ((slot - gap) & mask)) {
          keys[gap] = keys[slot];
          values[gap] = values[slot];
          gap = slot;
        }
      }
      keys[gap] = 0;
      values[gap] = 0;
      taken--;
      if (keys.length > LEAST_SLOTS && taken < keys.length / 4) {
        resize(keys.length / 2);
      }
    }

    private void resize(int slots) {
      long[] newKeys = new long[slots];
      long[] newValues = new long[slots];
      for (int slot = 0; slot < keys.length; slot++) {
        if (keys[slot] != 0) {
          int target = find(newKeys, keys[slot]);
          newKeys[target] = keys[slot];
          newValues[target] = values[slot];
        }
      }
      keys = newKeys;
      values = newValues;
    }
  }
}
