// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.block.PageMemory;

/**
 * Maps numbers to numbers: the state of an inode or a handle, in the bits of a long. Open
 * addressing with linear probing, in stripes, 16 bytes for each slot. At most 3/4 of the slots are
 * taken, and at least 3/8 while a table grows: 21 to 43 bytes for each key. After many removals at
 * least 1/4 is taken: 64 bytes. Keys are not 0; a key whose value becomes 0 is removed.
 *
 * <p>Large tables are outside the heap: the kernel determines the number of inodes that it knows,
 * and uses about a kilobyte for each itself.
 *
 * <p>Thread-safe: operations on one key are serialized.
 */
final class NumberTable {
  private static final Logger LOG = LoggerFactory.getLogger(NumberTable.class);

  private static final int STRIPES_LOG2 = 5;

  /** Number of stripes for {@link #keys}. */
  static final int STRIPES = 1 << STRIPES_LOG2;

  private static final int LEAST_SLOTS = 16;

  /** A stripe of at least 64 KiB is outside the heap. */
  private static final int LEAST_SLOTS_IN_PAGES = 4096;

  private static final int FEW_KEYS = 16;
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
   * @param change receives the value, 0 if there is none; runs under a lock
   * @return the new value
   */
  long update(long key, LongUnaryOperator change) {
    return stripe(key).update(key, change);
  }

  /**
   * Adds to the value of a key.
   *
   * @param delta may be negative; the value does not fall below 0
   * @return the new value
   */
  long add(long key, long delta) {
    return update(key, value -> Math.max(0, value + delta));
  }

  /** The value of a key, or 0. */
  long get(long key) {
    return stripe(key).get(key);
  }

  /** The keys of one stripe whose values match. */
  long[] keys(int stripe, LongPredicate wanted) {
    return stripes[stripe].keys(wanted);
  }

  /** Memory that the slots take, on the heap and outside it. */
  long memoryBytes() {
    long slots = 0;
    for (Stripe stripe : stripes) {
      slots += stripe.slots();
    }
    return slots * SLOT_BYTES;
  }

  /** Removes all keys. */
  void clear() {
    for (Stripe stripe : stripes) {
      stripe.clear();
    }
  }

  private Stripe stripe(long key) {
    return stripes[(int) ((key * GOLDEN) >>> (Long.SIZE - STRIPES_LOG2))];
  }

  /**
   * Pairs of a key and its value; a key of 0 is a free slot. Small arrays are on the heap, large
   * ones outside it.
   */
  private static final class Slots {
    private final @Nullable PageMemory pages;
    private final LongBuffer pairs;
    private final int mask;

    Slots(int count) {
      this.pages = count < LEAST_SLOTS_IN_PAGES ? null : pagesOrNull(count * SLOT_BYTES);
      this.pairs = pages == null ? LongBuffer.allocate(2 * count) : pages.buffer().asLongBuffer();
      this.mask = count - 1;
    }

    /** If the system refuses, the heap takes the table; a full heap ends the process. */
    private static @Nullable PageMemory pagesOrNull(int lengthBytes) {
      try {
        return PageMemory.allocate(lengthBytes);
      } catch (IOException refused) {
        LOG.warn("a table of inodes goes to the heap", refused);
        return null;
      }
    }

    int count() {
      return mask + 1;
    }

    long key(int slot) {
      return pairs.get(2 * slot);
    }

    long value(int slot) {
      return pairs.get(2 * slot + 1);
    }

    void put(int slot, long key, long value) {
      pairs.put(2 * slot, key);
      pairs.put(2 * slot + 1, value);
    }

    int next(int slot) {
      return (slot + 1) & mask;
    }

    /** Distance from one slot to another, in slots. */
    int distance(int from, int to) {
      return (to - from) & mask;
    }

    int home(long key) {
      // The bits above select the stripe.
      return (int) ((key * GOLDEN) >>> (Integer.SIZE - STRIPES_LOG2)) & mask;
    }

    /** The slot of a key, or the free slot for it. */
    int find(long key) {
      int slot = home(key);
      while (key(slot) != 0 && key(slot) != key) {
        slot = next(slot);
      }
      return slot;
    }

    /** Frees the memory; the slots are not used any more. */
    void free() {
      if (pages != null) {
        pages.close();
      }
    }
  }

  private static final class Stripe {
    private Slots slots = new Slots(LEAST_SLOTS);
    private int taken;

    synchronized int slots() {
      return slots.count();
    }

    synchronized long get(long key) {
      return slots.value(slots.find(key));
    }

    synchronized long update(long key, LongUnaryOperator change) {
      int slot = slots.find(key);
      boolean isNew = slots.key(slot) == 0;
      long value = change.applyAsLong(slots.value(slot));
      if (value == 0) {
        if (!isNew) {
          remove(slot);
        }
        return 0;
      }
      slots.put(slot, key, value);
      if (isNew && ++taken > slots.count() / 4 * 3) {
        resize(slots.count() * 2);
      }
      return value;
    }

    synchronized long[] keys(LongPredicate wanted) {
      long[] found = new long[FEW_KEYS];
      int count = 0;
      for (int slot = 0; slot < slots.count(); slot++) {
        if (slots.key(slot) != 0 && wanted.test(slots.value(slot))) {
          if (count == found.length) {
            found = Arrays.copyOf(found, 2 * count);
          }
          found[count++] = slots.key(slot);
        }
      }
      return Arrays.copyOf(found, count);
    }

    synchronized void clear() {
      replace(new Slots(LEAST_SLOTS));
      taken = 0;
    }

    /** Moves displaced keys back over the gap, so that no search ends at it. */
    private void remove(int freed) {
      int gap = freed;
      for (int slot = slots.next(gap); slots.key(slot) != 0; slot = slots.next(slot)) {
        int home = slots.home(slots.key(slot));
        if (slots.distance(home, slot) >= slots.distance(gap, slot)) {
          slots.put(gap, slots.key(slot), slots.value(slot));
          gap = slot;
        }
      }
      slots.put(gap, 0, 0);
      taken--;
      if (slots.count() > LEAST_SLOTS && taken < slots.count() / 4) {
        resize(slots.count() / 2);
      }
    }

    private void resize(int count) {
      Slots resized = new Slots(count);
      for (int slot = 0; slot < slots.count(); slot++) {
        long key = slots.key(slot);
        if (key != 0) {
          resized.put(resized.find(key), key, slots.value(slot));
        }
      }
      replace(resized);
    }

    private void replace(Slots other) {
      Slots old = slots;
      slots = other;
      old.free();
    }
  }
}
