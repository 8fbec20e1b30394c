// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

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
