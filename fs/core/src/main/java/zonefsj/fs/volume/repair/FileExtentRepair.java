// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.volume.commit.ExtentResolver;

/**
 * Repairs the extents of one file, which come in the order of their ends: makes them disjoint and
 * cuts them at the end of the file. Bytes of the file that two extents claim become lost, because
 * the newer one is unknown. Keeps in memory only what a later extent can still reach, which is at
 * most 2 GiB long.
 */
final class FileExtentRepair {
  private static final byte[] NOTHING = new byte[0];
  private static final int LONGEST_LOST_BYTES = 1 << 30;

  /** Sparse files may be 4 EiB long, which would take too many lost extents, and too much time. */
  private static final int MOST_OF_ONE_FILE = 4096;

  private final RepairChanges changes;
  private final long inode;
  private final long sizeBytes;
  private final @Nullable HoleBudget suspectHoles;
  private final NavigableMap<Long, Extent> pending = new TreeMap<>();
  private final TreeSet<Long> oldEnds = new TreeSet<>();
  private final TreeSet<Long> unchangedEnds = new TreeSet<>();
  private boolean lacksData;
  private long recorded;
  private boolean recordedIsGood = true;
  private long sum;
  private long settledTo;
  private long fillsLeft = MOST_OF_ONE_FILE;

  /**
   * @param suspectHoles limits the lost extents in holes that may be missing data; null if holes
   *     are not doubted
   */
  FileExtentRepair(
      RepairChanges changes, long inode, long sizeBytes, @Nullable HoleBudget suspectHoles) {
    this.changes = changes;
    this.inode = inode;
    this.sizeBytes = sizeBytes;
    this.suspectHoles = suspectHoles;
  }

  /**
   * Takes the file's recorded allocated bytes, which come before the extents; drops any other key
   * with an impossible end.
   */
  void recorded(long end, byte[] value) throws IOException {
    if (end == 0 && value.length == Long.BYTES) {
      recorded = Keys.number(value);
      lacksData = suspectHoles != null && hasLessThan(recorded);
    } else if (end == 0) {
      recordedIsGood = false;
    } else {
      changes.delete(ColumnFamily.EXTENTS, Keys.extent(inode, end));
    }
  }

  /** Whether the extents of the index are fewer bytes than these. */
  private boolean hasLessThan(long bytes) throws IOException {
    long[] sum = {0};
    changes
        .index()
        .scan(
            ColumnFamily.EXTENTS,
            Keys.extent(inode, 1),
            // As unsigned numbers the impossible ends are greater.
            Keys.extent(inode, Long.MIN_VALUE),
            (key, value) -> {
              sum[0] += lengthOf(Keys.extentEnd(key), value);
              return sum[0] < bytes;
            });
    return sum[0] < bytes;
  }

  private static int lengthOf(long end, byte[] value) {
    try {
      return Extent.decode(end, value).length();
    } catch (IOException damaged) {
      return 0;
    }
  }

  /** Adds an extent that cannot be decoded: only its end and its greatest length are known. */
  void addUnknown(long end) {
    oldEnds.add(end);
    long from = pending.isEmpty() ? settledTo : pending.lastKey();
    lose(Math.max(from, end - Extent.MAX_COVERED_BYTES), Math.min(end, sizeBytes));
  }

  /**
   * Adds an extent, or what is left of it.
   *
   * @param end of the extent in the index
   */
  void add(long end, List<Extent> parts) throws IOException {
    oldEnds.add(end);
    // What earlier extents claim, before the first part takes their claim away.
    long endBefore = pending.isEmpty() ? settledTo : pending.lastKey();
    for (Extent part : parts) {
      boolean same = parts.size() == 1 && !part.isLost();
      place(part, same && part.end() == end, endBefore);
    }
    settle(end - Integer.MAX_VALUE);
  }

  private void place(Extent whole, boolean same, long endBefore) throws IOException {
    if (whole.start() >= sizeBytes) {
      changes.note("cut extents behind the end of their file");
      return;
    }
    boolean unchanged = same;
    Extent extent = whole;
    if (whole.end() > sizeBytes) {
      changes.note("cut extents behind the end of their file");
      extent = whole.slice(whole.start(), sizeBytes);
      unchanged = false;
    }
    if (extent.start() < endBefore) {
      unchanged = false;
      cutAt(extent.start());
      lose(Math.max(extent.start(), settledTo), Math.min(endBefore, extent.end()));
      if (extent.end() <= endBefore) {
        return;
      }
      extent = extent.slice(endBefore, extent.end());
    }
    keep(extent, unchanged);
  }

  private void keep(Extent extent, boolean unchanged) {
    pending.put(extent.end(), extent);
    if (unchanged) {
      unchangedEnds.add(extent.end());
    } else {
      unchangedEnds.remove(extent.end());
    }
  }

  private void cutAt(long offset) {
    for (Map.Entry<Long, Extent> last = pending.lastEntry();
        last != null && last.getKey() > offset;
        last = pending.lastEntry()) {
      pending.remove(last.getKey());
      unchangedEnds.remove(last.getKey());
      Extent extent = last.getValue();
      if (extent.start() < offset) {
        keep(extent.slice(extent.start(), offset), false);
      }
    }
  }

  private void lose(long from, long to) {
    for (Extent lost : lost(from, to)) {
      keep(lost, false);
    }
  }

  private List<Extent> lost(long from, long to) {
    List<Extent> lost = new ArrayList<>();
    for (long at = from; at < to; ) {
      int length = (int) Math.min(LONGEST_LOST_BYTES, to - at);
      lost.add(Extent.lost(at, length));
      changes.note("gave up data that cannot be told or read");
      at += length;
    }
    return lost;
  }

  private void settle(long upTo) throws IOException {
    while (!pending.isEmpty() && pending.firstKey() <= upTo) {
      Extent extent = pending.pollFirstEntry().getValue();
      fillHole(extent.start());
      settle(extent, unchangedEnds.remove(extent.end()));
    }
  }

  private void settle(Extent extent, boolean unchanged) throws IOException {
    long end = extent.end();
    settledTo = end;
    dropOldBefore(end);
    oldEnds.remove(end);
    write(extent, unchanged);
  }

  private void dropOldBefore(long end) {
    for (Long old = oldEnds.pollFirst(); old != null; old = oldEnds.pollFirst()) {
      if (old >= end) {
        oldEnds.add(old);
        return;
      }
      changes.delete(ColumnFamily.EXTENTS, Keys.extent(inode, old));
      changes.delete(ColumnFamily.STAGED, Keys.extent(inode, old));
    }
  }

  private void write(Extent extent, boolean unchanged) throws IOException {
    byte[] key = Keys.extent(inode, extent.end());
    sum += extent.length();
    if (!unchanged) {
      byte[] value = extent.encode();
      if (!java.util.Arrays.equals(value, changes.index().get(ColumnFamily.EXTENTS, key))) {
        changes.note("mended extents");
        changes.put(ColumnFamily.EXTENTS, key, value);
      }
    }
    boolean staged = ExtentResolver.isStaged(extent);
    boolean noted = changes.index().get(ColumnFamily.STAGED, key) != null;
    if (staged != noted) {
      changes.note("noted which extents wait for a zone");
      changes.put(ColumnFamily.STAGED, key, staged ? NOTHING : null);
    }
  }

  void finish() throws IOException {
    settle(Long.MAX_VALUE);
    fillHole(sizeBytes);
    dropOldBefore(Long.MAX_VALUE);
    if (!recordedIsGood || recorded != sum) {
      changes.note("set the allocated bytes of files right");
      changes.put(ColumnFamily.EXTENTS, Keys.extent(inode, 0), sum == 0 ? null : Keys.number(sum));
    }
  }

  /**
   * Fills the hole behind the settled extents if the file held more than is there: the missing data
   * may be in any hole. Its first lost extent is free: a file has about as many extents as holes.
   */
  private void fillHole(long to) throws IOException {
    HoleBudget budget = suspectHoles;
    long from = settledTo;
    if (!lacksData || budget == null || from >= to) {
      return;
    }
    long more = (to - from - 1) / LONGEST_LOST_BYTES;
    long taken = budget.take(Math.min(more, fillsLeft));
    fillsLeft -= taken;
    if (taken < more) {
      changes.note("left the rest of very long holes, where data may have been");
    }
    long most = (1 + taken) * LONGEST_LOST_BYTES;
    for (Extent lost : lost(from, to - from > most ? from + most : to)) {
      settle(lost, false);
    }
  }
}
