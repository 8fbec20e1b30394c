// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.fs.volume.stored.UnlistedLosses;

/**
 * The listed lost ranges, and what of the list the drive does not know. One damaged place is one
 * range: a range that is found again counts up, ranges side by side become one, and a new range
 * takes the place of what contradicts it.
 *
 * <p>Not thread-safe: {@link LostRanges} uses it under its monitor. Bounded: {@value #MOST} ranges,
 * about 300 bytes each.
 */
final class LostRangeList {
  /** Limit of the listed ranges. */
  static final int MOST = 1000;

  private record Place(long inode, long from) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
        Comparator.comparingLong(Place::inode).thenComparingLong(Place::from);

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  private final NavigableMap<Place, LostRange> ranges = new TreeMap<>();

  /** Places whose state differs from the records in the index. */
  private final TreeSet<Place> unsaved = new TreeSet<>();

  private UnlistedLosses unlisted = UnlistedLosses.NONE;
  private boolean unlistedIsUnsaved;

  /** Whether a range could not be listed since a scrub of this mount began, or no scrub began. */
  private boolean overflowedSinceScrub = true;

  /** Whether more than a count or a time changed. */
  private boolean isDue;

  // ---- the list

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** The listed ranges, by inode and offset. */
  Collection<LostRange> ranges() {
    return ranges.values();
  }

  /** The listed ranges of a file, by offset. */
  List<LostRange> of(long inode) {
    return List.copyOf(
        ranges.subMap(new Place(inode, 0), true, new Place(inode, Long.MAX_VALUE), true).values());
  }

  /** Names each inode that has listed ranges. */
  void forEachInode(LongConsumer inodes) {
    for (Place at = first(0); at != null; at = first(at.inode() + 1)) {
      inodes.accept(at.inode());
    }
  }

  private @Nullable Place first(long inode) {
    return ranges.ceilingKey(new Place(inode, 0));
  }

  /** Whether a listed range contains all of a range, and of the same extent. */
  boolean contains(LostRange range) {
    return touching(range).stream()
        .anyMatch(old -> old.isInOnePieceWith(range) && old.contains(range));
  }

  /** Whether the list explains why a range could not be read. */
  boolean explains(LostRange range) {
    return touching(range).stream().anyMatch(old -> old.exact() && old.sharesBytesWith(range));
  }

  // ---- changes

  /** Takes a range of an earlier mount; false if the list is full. */
  boolean load(LostRange range) {
    if (ranges.size() >= MOST) {
      overflow(range);
      return false;
    }
    ranges.put(new Place(range.inode(), range.from()), range);
    return true;
  }

  /** Cuts an extent out of the ranges of the same extent; returns these as they were. */
  List<LostRange> cutOutPartsOf(LostRange whole) {
    List<LostRange> parts =
        touching(whole).stream().filter(old -> old.sharesBytesWith(whole)).toList();
    parts.forEach(old -> cutOut(old, whole));
    return parts;
  }

  /** Puts what is left of a range in its place, if it is still listed as it was. */
  void replace(LostRange range, List<LostRange> left) {
    Place at = new Place(range.inode(), range.from());
    boolean isSame = left.size() == 1 && left.get(0).equals(range);
    if (isSame || !range.equals(ranges.get(at))) {
      return;
    }
    remove(at);
    left.forEach(this::put);
  }

  /** Adds a range to the list, and removes the parts of other ranges that contradict it. */
  void insert(LostRange found) {
    List<LostRange> same = new ArrayList<>();
    LostRange now = found;
    for (LostRange old : touching(found)) {
      if (old.isInOnePieceWith(found)) {
        same.add(old);
      } else if (old.overlaps(found)) {
        cutOut(old, found);
        // The given-up range was unreadable before.
        now =
            found.isNowhere()
                ? now.since(old.firstMillis(), Math.max(now.times(), old.times()))
                : now;
      }
    }
    for (LostRange old : same) {
      boolean explains = !found.exact() && (old.exact() || found.contains(old));
      if (explains && old.overlaps(found)) {
        put(old.foundAgain(found));
        return;
      }
    }
    for (LostRange old : same) {
      boolean again = old.overlaps(found);
      boolean beside = old.exact() && found.exact() && old.why() == found.why();
      if (!again && !beside) {
        continue;
      }
      remove(new Place(old.inode(), old.from()));
      boolean isOne = old.exact() || (!found.exact() && !old.contains(found));
      if (isOne) {
        now = now.cut(Math.min(now.from(), old.from()), Math.max(now.to(), old.to()));
      }
      int times = again ? old.times() + found.times() : old.times();
      now = now.since(old.firstMillis(), Math.max(now.times(), times));
    }
    put(now);
  }

  /** Listed ranges that overlap or adjoin a range of the same file. */
  private List<LostRange> touching(LostRange range) {
    List<LostRange> touching = new ArrayList<>();
    Place last = new Place(range.inode(), range.to());
    for (LostRange one : ranges.headMap(last, true).descendingMap().values()) {
      if (one.inode() != range.inode()) {
        break;
      }
      if (one.to() >= range.from()) {
        touching.add(one);
      }
    }
    return touching;
  }

  private void cutOut(LostRange old, LostRange cut) {
    remove(new Place(old.inode(), old.from()));
    if (old.from() < cut.from()) {
      put(old.cut(old.from(), cut.from()));
    }
    if (old.to() > cut.to()) {
      put(old.cut(cut.to(), old.to()));
    }
  }

  private void put(LostRange range) {
    Place at = new Place(range.inode(), range.from());
    LostRange before = ranges.get(at);
    if (before == null && ranges.size() >= MOST) {
      overflow(range);
      return;
    }
    ranges.put(at, range);
    unsaved.add(at);
    isDue |= before == null || before.to() != range.to() || before.exact() != range.exact();
  }

  private void remove(Place at) {
    if (ranges.remove(at) != null) {
      unsaved.add(at);
      isDue = true;
    }
  }

  // ---- ranges that are not listed

  /** Counts a range that the list has no room for. */
  void overflow(LostRange range) {
    // Only the fact that there is more justifies a record of its own, not the count.
    isDue |= unlisted.isNone();
    unlisted = unlisted.and(range.lastMillis());
    unlistedIsUnsaved = true;
    overflowedSinceScrub = true;
  }

  /** What is lost and not listed. */
  UnlistedLosses unlisted() {
    return unlisted;
  }

  /** Takes the count of an earlier mount. */
  void loadUnlisted(UnlistedLosses before) {
    unlisted = before;
  }

  /** Notes that a scrub begins with the first zone. */
  void scrubBegins() {
    overflowedSinceScrub = false;
  }

  /**
   * Notes that a scrub has read everything: if all that it found could be listed, nothing is
   * unlisted.
   *
   * @param begunMillis when it began, maybe in an earlier mount
   */
  void scrubbed(long begunMillis) {
    if (!unlisted.isNone() && (!overflowedSinceScrub || unlisted.lastMillis() < begunMillis)) {
      unlisted = UnlistedLosses.NONE;
      unlistedIsUnsaved = true;
      isDue = true;
    }
  }

  // ---- records

  /** Whether more than counts and times would be written. */
  boolean isDue() {
    return isDue;
  }

  /** Whether there is anything that the drive does not know. */
  boolean isUnsaved() {
    return isDue || !unsaved.isEmpty() || unlistedIsUnsaved;
  }

  /**
   * Puts unsaved changes into a record that is about to be written.
   *
   * @param most limit of the ranges
   */
  void putInto(BatchRecord.Builder record, int most) {
    Iterator<Place> places = unsaved.iterator();
    for (int count = 0; count < most && places.hasNext(); count++) {
      Place at = places.next();
      LostRange range = ranges.get(at);
      record.put(
          ColumnFamily.META,
          LostRange.key(at.inode(), at.from()),
          range == null ? null : range.encode());
      places.remove();
    }
    if (unlistedIsUnsaved) {
      record.put(
          ColumnFamily.META, UnlistedLosses.KEY, unlisted.isNone() ? null : unlisted.encode());
      unlistedIsUnsaved = false;
    }
    isDue &= !unsaved.isEmpty();
  }
}
