// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLongArray;

/** A bit for each zone. Thread-safe. */
final class ZoneBits {
  private final AtomicLongArray words;
  private final int zones;

  ZoneBits(int zones, boolean set) {
    this.zones = zones;
    this.words = new AtomicLongArray((zones + Long.SIZE - 1) / Long.SIZE);
    if (set) {
      for (int zone = 0; zone < zones; zone++) {
        set(zone, true);
      }
    }
  }

  boolean get(int zone) {
    return (words.get(zone / Long.SIZE) & 1L << zone) != 0;
  }

  void set(int zone, boolean value) {
    long bit = 1L << zone;
    words.getAndUpdate(zone / Long.SIZE, word -> value ? word | bit : word & ~bit);
  }

  /** Sets the bits of zones, and leaves all others as they are. */
  void setAll(BitSet zonesToSet) {
    zonesToSet.stream().filter(zone -> zone < zones).forEach(zone -> set(zone, true));
  }

  /** Clears the bits of all zones. */
  void clear() {
    for (int word = 0; word < words.length(); word++) {
      words.set(word, 0);
    }
  }

  /** The bits at this moment. */
  BitSet toBitSet() {
    long[] copy = new long[words.length()];
    for (int word = 0; word < copy.length; word++) {
      copy[word] = words.get(word);
    }
    return BitSet.valueOf(copy);
  }

  /** Number of zones whose bit is set. */
  int count() {
    int count = 0;
    for (int word = 0; word < words.length(); word++) {
      count += Long.bitCount(words.get(word));
    }
    return count;
  }

  /** The first zone from a number whose bit is not set; -1 if there is none. */
  int nextClear(int from) {
    for (int zone = from; zone < zones; zone++) {
      if (!get(zone)) {
        return zone;
      }
    }
    return -1;
  }
}
