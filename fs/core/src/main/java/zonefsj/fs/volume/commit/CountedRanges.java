// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import zonefsj.device.DeviceGeometry;

/**
 * The ranges of files that are counted before a commit drops them. The ranges of a file do not
 * overlap, so each extent counts in one of them.
 *
 * <p>Thread-safe. The sums of a range are used under the commit lock only.
 */
public final class CountedRanges {
  private final Supplier<DeviceGeometry> geometry;
  private final Map<Long, List<CountedRange>> ranges = new HashMap<>();
  private final AtomicInteger count = new AtomicInteger();

  /**
   * Begins without a range.
   *
   * @param geometry of the drive at the time of the call; its zones become more or fewer
   */
  public CountedRanges(Supplier<DeviceGeometry> geometry) {
    this.geometry = geometry;
  }

  /** Number of ranges. */
  int count() {
    return count.get();
  }

  /** The ranges of a file, a copy; costs nothing while no range of any file is counted. */
  List<CountedRange> of(long inode) {
    if (count.get() == 0) {
      return List.of();
    }
    synchronized (this) {
      return List.copyOf(ranges.getOrDefault(inode, List.of()));
    }
  }

  /**
   * Adds those parts of a range that no other range of the file has.
   *
   * @return the new ranges; nothing of them is counted yet
   */
  synchronized List<CountedRange> add(long inode, long from, long to) {
    List<CountedRange> present = ranges.computeIfAbsent(inode, none -> new ArrayList<>());
    List<CountedRange> added = new ArrayList<>();
    long at = from;
    while (at < to) {
      long begin = at;
      CountedRange next = null;
      for (CountedRange range : present) {
        if (range.to() > begin
            && range.from() < to
            && (next == null || range.from() < next.from())) {
          next = range;
        }
      }
      long end = next == null ? to : next.from();
      if (at < end) {
        added.add(new CountedRange(inode, at, end, geometry));
      }
      at = next == null ? to : next.to();
    }
    present.addAll(added);
    if (present.isEmpty()) {
      ranges.remove(inode);
    }
    count.addAndGet(added.size());
    return added;
  }

  /** Removes ranges that nobody needs. */
  synchronized void remove(List<CountedRange> unneeded) {
    unneeded.forEach(range -> removeIf(range.inode(), range::equals));
  }

  /** Notes which batch drops some ranges. */
  synchronized void keepFor(List<CountedRange> needed, long batch) {
    needed.forEach(range -> range.setBatch(batch));
  }

  /** Removes of some ranges those that no batch will drop. */
  synchronized void removeUnkept(List<CountedRange> own) {
    own.forEach(range -> removeIf(range.inode(), one -> one == range && one.batch() < 0));
  }

  /** Removes the ranges that a batch, or one before it, has dropped. */
  void committed(long batch) {
    if (count.get() > 0) {
      synchronized (this) {
        for (long inode : List.copyOf(ranges.keySet())) {
          removeIf(inode, range -> range.batch() >= 0 && range.batch() <= batch);
        }
      }
    }
  }

  private void removeIf(long inode, Predicate<CountedRange> unneeded) {
    List<CountedRange> present = ranges.get(inode);
    if (present == null) {
      return;
    }
    int before = present.size();
    present.removeIf(unneeded);
    count.addAndGet(present.size() - before);
    if (present.isEmpty()) {
      ranges.remove(inode);
    }
  }
}
