// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.ClockText;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.LostRange;
import zonefsj.fs.volume.stored.UnlistedLosses;

/**
 * The lost ranges of files, as far as a read, a scrub or the collector has found them. One damaged
 * place is one range, however often it is found. It is listed until it is rewritten, truncated or
 * deleted, or until a scrub can read it again. Records in META keep the list across mounts; they
 * are part of the next journal record of any kind.
 *
 * <p>A thread that finds damage only notes it, in memory. Notes are compared with the extents of
 * the index before they are listed, and again when the extents have changed. An outdated record,
 * left by an older version or a crash, is therefore dropped and never believed.
 *
 * <p>Thread-safe. Bounded: {@value #MOST} ranges, about 300 bytes each, and as many notes.
 */
public final class LostRanges {
  /** Limit of the listed ranges, and of the noted ranges that are not listed yet. */
  static final int MOST = 1000;

  /** Limit of the text that is shown: a part of the longest answer of the daemon. */
  private static final int MOST_TEXT_BYTES = 128 << 10;

  /** About 60 bytes each; a journal record grows by at most that. */
  private static final int MOST_IN_A_RECORD = 64;

  /**
   * A note is dropped after this many commits without its data in the index: they were replaced.
   */
  private static final int MOST_TRIES = 5;

  private static final Logger LOG = LoggerFactory.getLogger(LostRanges.class);

  private record Place(long inode, long from) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
        Comparator.comparingLong(Place::inode).thenComparingLong(Place::from);

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  /** Identifies a noted range. */
  private record Noted(long inode, long from, long to, long positionBytes) {}

  /** A noted range, and the number of commits that did not confirm it. */
  private record Waiting(LostRange range, int tries) {}

  private final DeviceGeometry geometry;
  private final MetadataReader index;
  private final LostRangeCheck check;

  private final NavigableMap<Place, LostRange> ranges = new TreeMap<>();
  private final Map<Noted, Waiting> noted = new LinkedHashMap<>();

  /** Inodes whose ranges must be compared with the index. */
  private final Set<Long> doubted = new LinkedHashSet<>();

  /** Places whose state differs from the records in the index. */
  private final TreeSet<Place> unsaved = new TreeSet<>();

  /** Ranges of which a survey must find out which part is lost. */
  private final ArrayDeque<LostRange> toSurvey = new ArrayDeque<>();

  private UnlistedLosses more = UnlistedLosses.NONE;
  private boolean moreIsUnsaved;

  /** Whether a range could not be listed since a scrub of this mount began, or no scrub began. */
  private boolean moreSinceScrub = true;

  /** Whether more than a count or a time changed. */
  private boolean isDue;

  /** One thread at a time compares with the index; threads that only note do not wait for it. */
  private final ReentrantLock settling = new ReentrantLock();

  public LostRanges(DeviceGeometry geometry, MetadataReader index) {
    this.geometry = geometry;
    this.index = index;
    this.check = new LostRangeCheck(geometry, index);
  }

  /**
   * Reads the list of an earlier mount.
   *
   * @return how many records cannot be decoded
   */
  public synchronized int load() throws IOException {
    int[] bad = {0};
    index.scan(
        ColumnFamily.META,
        LostRange.firstKey(),
        LostRange.endKey(),
        (key, value) -> {
          try {
            loaded(LostRange.decode(key, value));
          } catch (IOException damaged) {
            LOG.debug("a record of lost data", damaged);
            bad[0]++;
          }
          return true;
        });
    byte[] value = index.get(ColumnFamily.META, UnlistedLosses.KEY);
    try {
      more = value == null ? more : UnlistedLosses.decode(value);
    } catch (IOException damaged) {
      LOG.debug("the count of lost data", damaged);
      bad[0]++;
    }
    return bad[0];
  }

  private void loaded(LostRange range) {
    if (ranges.size() < MOST) {
      ranges.put(new Place(range.inode(), range.from()), range);
      doubted.add(range.inode());
    } else {
      overflow(range);
    }
  }

  /**
   * Notes damage that a reader met. The file around the range may be a different extent: the list
   * takes the part that lies on the drive where the range says. Costs only memory.
   */
  synchronized void found(LostRange range) {
    Noted key = new Noted(range.inode(), range.from(), range.to(), range.positionBytes());
    Waiting before = noted.get(key);
    if (before == null && noted.size() >= MOST) {
      overflow(range);
      return;
    }
    LostRange first = before == null ? range : before.range();
    noted.put(
        key,
        new Waiting(range.since(first.firstMillis(), before == null ? 1 : first.times() + 1), 0));
  }

  /**
   * Replaces what is known of an extent after an attempt to read all of it.
   *
   * @param whole where the extent is
   * @param lost its lost parts, in order
   */
  public synchronized void examined(LostRange whole, List<LostRange> lost) {
    if (lost.isEmpty() && ranges.isEmpty() && noted.isEmpty()) {
      return;
    }
    noted.values().removeIf(one -> isPartOf(whole, one.range()));
    List<LostRange> old = new ArrayList<>();
    for (LostRange range : touching(whole)) {
      if (range.overlaps(whole) && range.isInOnePieceWith(whole)) {
        old.add(range);
        cutOut(range, whole);
      }
    }
    for (LostRange range : lost) {
      LostRange now = range;
      for (LostRange before : old) {
        if (before.overlaps(range)) {
          now = now.since(before.firstMillis(), Math.max(now.times(), before.times() + 1));
        }
      }
      insert(now);
    }
    if (!lost.isEmpty()) {
      doubted.add(whole.inode());
    }
  }

  /** Lists an extent that was given up; the list may contain it already. */
  public synchronized void listGivenUp(long inode, long from, long to, long nowMillis) {
    LostRange range =
        new LostRange(
            inode,
            from,
            to,
            LostRange.NOWHERE,
            LostRange.Why.GIVEN_UP,
            true,
            nowMillis,
            nowMillis,
            1);
    boolean isKnown =
        touching(range).stream()
            .anyMatch(old -> old.isInOnePieceWith(range) && old.contains(range));
    if (!isKnown) {
      insert(range);
    }
  }

  /** Takes a range that readers met and of which some is lost; null if there is none. */
  public synchronized @Nullable LostRange nextToSurvey() {
    return toSurvey.poll();
  }

  private static boolean isPartOf(LostRange whole, LostRange range) {
    return range.inode() == whole.inode() && range.overlaps(whole) && range.isInOnePieceWith(whole);
  }

  /**
   * Notes that the extents of files have changed in the index.
   *
   * @param inodes of these files
   */
  public synchronized void changed(LongPredicate inodes) {
    for (Place at = first(0); at != null; at = first(at.inode() + 1)) {
      if (inodes.test(at.inode())) {
        doubted.add(at.inode());
      }
    }
  }

  private @Nullable Place first(long inode) {
    return ranges.ceilingKey(new Place(inode, 0));
  }

  /** Notes that a scrub begins with the first zone. */
  public synchronized void scrubBegins() {
    moreSinceScrub = false;
  }

  /**
   * Notes that a scrub has read everything: if all that it found could be listed, nothing is
   * unlisted.
   *
   * @param begunMillis when it began, maybe in an earlier mount
   */
  public synchronized void scrubbed(long begunMillis) {
    if (!more.isNone() && (!moreSinceScrub || more.lastMillis() < begunMillis)) {
      more = UnlistedLosses.NONE;
      moreIsUnsaved = true;
      isDue = true;
    }
  }

  /** Whether there is something that the drive should know soon. */
  public synchronized boolean isDue() {
    return isDue || !noted.isEmpty() || !doubted.isEmpty();
  }

  /** Whether more than counts and times would be written, which justifies a record of its own. */
  public synchronized boolean isWorthARecord() {
    return isDue;
  }

  /** Whether there is anything that the drive does not know. */
  public synchronized boolean isUnsaved() {
    return isDue() || !unsaved.isEmpty() || moreIsUnsaved;
  }

  /** Compares some notes and doubted ranges with the index, before a record is written. */
  public void settleForRecord() {
    try {
      settle(MOST_IN_A_RECORD, true);
    } catch (IOException failed) {
      LOG.warn(
          "what is lost cannot be compared with the index; the next commit tries again", failed);
    }
  }

  /**
   * Puts some unsaved changes into a record that is about to be written. Only an error that ends
   * all changes may stop this record. Under the commit lock.
   */
  public synchronized void putInto(BatchRecord.Builder record) {
    Iterator<Place> places = unsaved.iterator();
    for (int count = 0; count < MOST_IN_A_RECORD && places.hasNext(); count++) {
      Place at = places.next();
      LostRange range = ranges.get(at);
      record.put(
          ColumnFamily.META,
          LostRange.key(at.inode(), at.from()),
          range == null ? null : range.encode());
      places.remove();
    }
    if (moreIsUnsaved) {
      record.put(ColumnFamily.META, UnlistedLosses.KEY, more.isNone() ? null : more.encode());
      moreIsUnsaved = false;
    }
    isDue &= !unsaved.isEmpty();
  }

  /** Lists what was noted, and drops what is outdated. */
  public void settle() throws IOException {
    settle(MOST, false);
  }

  private void settle(int most, boolean isCommit) throws IOException {
    settling.lock();
    try {
      List<Waiting> waiting;
      List<Long> inodes = new ArrayList<>();
      List<LostRange> doubtful = new ArrayList<>();
      synchronized (this) {
        waiting = noted.values().stream().limit(most).toList();
        for (Iterator<Long> all = doubted.iterator(); all.hasNext() && doubtful.size() < most; ) {
          long inode = all.next();
          inodes.add(inode);
          doubtful.addAll(of(inode));
        }
        // A doubt that arrives from now on refers to a later state of the index.
        inodes.forEach(doubted::remove);
      }
      Map<LostRange, List<LostRange>> left = new HashMap<>();
      boolean settled = false;
      try {
        for (LostRange range : doubtful) {
          left.put(range, check.stillLost(range));
        }
        for (Waiting one : waiting) {
          left.put(one.range(), check.stillLost(one.range()));
        }
        settled = true;
      } finally {
        synchronized (this) {
          if (settled) {
            doubtful.forEach(range -> replace(range, left.getOrDefault(range, List.of())));
            waiting.forEach(one -> list(one, left.getOrDefault(one.range(), List.of()), isCommit));
          } else {
            doubted.addAll(inodes);
          }
        }
      }
    } finally {
      settling.unlock();
    }
  }

  private List<LostRange> of(long inode) {
    return List.copyOf(
        ranges.subMap(new Place(inode, 0), true, new Place(inode, Long.MAX_VALUE), true).values());
  }

  private void replace(LostRange range, List<LostRange> left) {
    Place at = new Place(range.inode(), range.from());
    boolean isSame = left.size() == 1 && left.get(0).equals(range);
    if (isSame || !range.equals(ranges.get(at))) {
      return;
    }
    remove(at);
    left.forEach(this::put);
  }

  private void list(Waiting one, List<LostRange> left, boolean isCommit) {
    LostRange range = one.range();
    Noted key = new Noted(range.inode(), range.from(), range.to(), range.positionBytes());
    if (!one.equals(noted.get(key))) {
      return;
    }
    if (!left.isEmpty()) {
      noted.remove(key);
      boolean isToSurvey = !range.exact() && !isKnownExactly(range) && !isBeingSurveyed(range);
      left.forEach(this::insert);
      if (isToSurvey && toSurvey.size() < MOST) {
        toSurvey.add(range);
      }
    } else if (isCommit && one.tries() + 1 >= MOST_TRIES) {
      LOG.debug("{} was replaced since it was found lost", range);
      noted.remove(key);
    } else if (isCommit) {
      noted.put(key, new Waiting(range, one.tries() + 1));
    }
  }

  /** Whether the list explains why a range could not be read. */
  private boolean isKnownExactly(LostRange range) {
    return touching(range).stream().anyMatch(old -> old.exact() && isPartOf(range, old));
  }

  private boolean isBeingSurveyed(LostRange range) {
    return toSurvey.stream().anyMatch(other -> isPartOf(range, other));
  }

  /** Adds a range to the list, and removes the parts of other ranges that contradict it. */
  private void insert(LostRange found) {
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

  private void overflow(LostRange range) {
    // Only the fact that there is more justifies a record of its own, not the count.
    isDue |= more.isNone();
    more = more.and(range.lastMillis());
    moreIsUnsaved = true;
    moreSinceScrub = true;
  }

  /**
   * One line for each range, the newest last, as many as one answer takes. A last line says if
   * there is more than the list takes.
   *
   * @param namer names the files
   */
  public List<String> lines(FileNamer namer) {
    List<LostRange> all = new ArrayList<>();
    UnlistedLosses unlisted;
    synchronized (this) {
      all.addAll(ranges.values());
      noted.values().forEach(one -> all.add(one.range()));
      unlisted = more;
    }
    all.sort(Comparator.comparingLong(LostRange::lastMillis).reversed());
    List<String> lines = new ArrayList<>();
    Map<Long, String> names = new HashMap<>();
    long bytes = 0;
    for (LostRange range : all) {
      String name = names.computeIfAbsent(range.inode(), namer::describe);
      String line = range.describe(name, geometry);
      bytes += line.length();
      if (bytes > MOST_TEXT_BYTES) {
        lines.add(all.size() - lines.size() + " older ranges that are lost are not shown");
        break;
      }
      lines.add(line);
    }
    Collections.reverse(lines);
    if (!unlisted.isNone()) {
      lines.add(
          ClockText.of(Instant.ofEpochMilli(unlisted.lastMillis()))
              + " more is lost than this list takes, which is "
              + MOST
              + " ranges: when these are mended, zonefs-j scrub --start-over lists the others");
    }
    return lines;
  }
}
