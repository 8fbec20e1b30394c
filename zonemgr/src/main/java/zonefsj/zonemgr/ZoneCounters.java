// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * One counter for each zone, in pages that never move, so that zones can be added while others
 * count. Takes 8 bytes for each zone, rounded up to 2 KiB. Thread-safe, lock-free; {@link #grow} is
 * called by one thread at a time.
 */
final class ZoneCounters {
  private static final int PAGE_SHIFT = 8;
  private static final int PAGE_ZONES = 1 << PAGE_SHIFT;

  private volatile AtomicLongArray[] pages = {};

  /** Adds counters, which are 0, up to this number of zones. */
  void grow(int zoneCount) {
    int before = pages.length;
    AtomicLongArray[] more =
        Arrays.copyOf(pages, Math.max(before, (zoneCount + PAGE_ZONES - 1) >> PAGE_SHIFT));
    for (int page = before; page < more.length; page++) {
      more[page] = new AtomicLongArray(PAGE_ZONES);
    }
    pages = more;
  }

  private AtomicLongArray page(int zone) {
    return pages[zone >> PAGE_SHIFT];
  }

  long get(int zone) {
    return page(zone).get(zone & (PAGE_ZONES - 1));
  }

  void set(int zone, long value) {
    page(zone).set(zone & (PAGE_ZONES - 1), value);
  }

  long getAndSet(int zone, long value) {
    return page(zone).getAndSet(zone & (PAGE_ZONES - 1), value);
  }

  long addAndGet(int zone, long change) {
    return page(zone).addAndGet(zone & (PAGE_ZONES - 1), change);
  }

  void incrementAndGet(int zone) {
    page(zone).incrementAndGet(zone & (PAGE_ZONES - 1));
  }

  void decrementAndGet(int zone) {
    page(zone).decrementAndGet(zone & (PAGE_ZONES - 1));
  }

  boolean compareAndSet(int zone, long expected, long value) {
    return page(zone).compareAndSet(zone & (PAGE_ZONES - 1), expected, value);
  }
}
