// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An immutable set of keys that consists of ranges; ranges that overlap or touch are merged. */
final class KeyRanges {
  static final KeyRanges EMPTY = new KeyRanges(SortedBytes.EMPTY);

  /** The start of each range, and its end, exclusive. */
  private final SortedBytes ranges;

  private KeyRanges(SortedBytes ranges) {
    this.ranges = ranges;
  }

  /** The ranges: the key is the start, the value the end, exclusive. */
  SortedBytes ranges() {
    return ranges;
  }

  boolean contains(byte[] key) {
    SortedBytes.Entry range = ranges.atOrBefore(key);
    return range != null && Arrays.compareUnsigned(key, range.value()) < 0;
  }

  /** Adds the keys {@code from <= key < to}. */
  KeyRanges with(byte[] from, byte[] to) {
    if (Arrays.compareUnsigned(from, to) >= 0) {
      return this;
    }
    byte[] begin = from.clone();
    byte[] end = to.clone();
    SortedBytes others = ranges;
    SortedBytes.@Nullable Entry before = others.atOrBefore(begin);
    if (before != null && Arrays.compareUnsigned(before.value(), begin) >= 0) {
      begin = before.key();
    }
    for (SortedBytes.Entry next = others.atOrAfter(begin);
        next != null && Arrays.compareUnsigned(next.key(), end) <= 0;
        next = others.atOrAfter(begin)) {
      end = Arrays.compareUnsigned(next.value(), end) > 0 ? next.value() : end;
      others = others.remove(next.key());
    }
    return new KeyRanges(others.put(begin, end));
  }
}
