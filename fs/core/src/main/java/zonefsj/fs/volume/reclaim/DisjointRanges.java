// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** A set of ranges of files, none of which shares a byte with another. Single-threaded. */
final class DisjointRanges {
  /** The end of each range by its first byte, by inode. */
  private final Map<Long, TreeMap<Long, Long>> ends = new HashMap<>();

  /**
   * Adds a range, unless it shares bytes with one of the set.
   *
   * @param from offset of the first byte
   * @param to offset behind the last; above {@code from}
   * @return whether it was added
   */
  boolean add(long inode, long from, long to) {
    TreeMap<Long, Long> ofInode = ends.computeIfAbsent(inode, unused -> new TreeMap<>());
    Map.Entry<Long, Long> before = ofInode.lowerEntry(to);
    if (before != null && before.getValue() > from) {
      return false;
    }
    ofInode.put(from, to);
    return true;
  }
}
