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
 * Which ranges of files are lost, as far as a read, a scrub or the collector has found out. One
 * damaged place is one range, whoever finds it and however often; it is listed until it is written
 * anew, cut off or deleted, or a scrub can read it again. Records in META keep the list over
 * mounts: they go with the next record of the journal, whatever that is for.
 *
 * <p>Whoever finds damage only notes it, in memory. What is noted is compared with the extents of
 * the index before it is listed, and again when they have changed: so a record that is out of date,
 * left by an older version or a crash, is dropped and never believed.
 *
 * <p>Thread-safe. Bounded: {@value #MOST} ranges, about 300 bytes each, and as many that are noted.
 */
public final class LostRanges {
  /** Of the list, and of what is noted and not listed yet. */
  static final int MOST = 1000;

  /** Of what is shown: a part of what one answer of the daemon may have. */
  private static final int MOST_TEXT_BYTES = 128 << 10;

  /** About 60 bytes each: a record of the journal grows by that at most. */
  private static final int MOST_IN_A_RECORD = 64;

  /** Data that no commit has brought into the index by then never will be there. */
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

  /** What tells one noted range from another. */
  private record Noted(long inode, long from, long to, long positionBytes) {}

  /** Of which how many commits have not said that it is so. */
  private record Waiting(LostRange range, int tries) {}

  private final DeviceGeometry geometry;
  private final MetadataReader index;
  private final LostRangeCheck check;

  private final NavigableMap<Place, LostRange> ranges = new TreeMap<>();
  private final Map<Noted, Waiting> noted = new LinkedHashMap<>();

  /** Inodes whose ranges are to be compared with the index. */
  private final Set<Long> doubted = new LinkedHashSet<>();

  /** What the index does not have as it is here. */
  private final TreeSet<Place> unsaved = new TreeSet<>();

  /** Of which it is to be found out what of them is lost. */
  private final ArrayDeque<LostRange> toSurvey = new ArrayDeque<>();

  private UnlistedLosses more = UnlistedLosses.NONE;
  private boolean moreIsUnsaved;

  /** Whether something could not be listed since a scrub of this mount began; or none did. */
  private boolean moreSinceScrub = true;

  /** Not only a count changed. */
  private boolean isDue;

  /** One at a time compares with the index; nobody who only notes waits for that. */
  private final ReentrantLock settling = new ReentrantLock();

  public LostRanges(DeviceGeometry geometry, MetadataReader index) {
    this.geometry = geometry;
    this.index = index;
    this.check = new LostRangeCheck(geometry, index);
  }

  /**
   * Reads what an earlier mount has listed.
   *
   * @return how many records cannot be read
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
   * A reader met damage. What lies about the range in the file may be another extent: the list
   * takes what lies on the drive where the range says. Costs nothing but memory.
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
   * Somebody tried to read a whole extent: what is known of it is replaced by what he found.
   *
   * @param whole where the extent is
   * @param lost what of it is lost, in order
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

  /** An extent that was given up; the list may know it already. */
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

  /** Takes a range of which some is lost, of those that readers met; null if there is none. */
  public synchronized @Nullable LostRange nextToSurvey() {
    return toSurvey.poll();
  }

  private static boolean isPartOf(LostRange whole, LostRange range) {
    return range.inode() == whole.inode() && range.overlaps(whole) && range.isInOnePieceWith(whole);
  }

  /**
   * The extents of files have changed, and the index shows it.
   *
   * @param inodes whose
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

  /** A scrub begins with the first zone. */
  public synchronized void scrubBegins() {
    moreSinceScrub = false;
  }

  /**
   * A scrub has seen everything: nothing is left unlisted, if all that it found could be listed.
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

  /** Whether more than counts and times would be written: a record is worth that. */
  public synchronized boolean isWorthARecord() {
    return isDue;
  }

  /** Whether there is anything that the drive does not know. */
  public synchronized boolean isUnsaved() {
    return isDue() || !unsaved.isEmpty() || moreIsUnsaved;
  }

  /** Compares some of what is in doubt with the index, before a record is written. */
  public void settleForRecord() {
    try {
      settle(MOST_IN_A_RECORD, true);
    } catch (IOException failed) {
      LOG.warn(
          "what is lost cannot be compared with the index; the next commit tries again", failed);
    }
  }

  /**
   * Puts some of what the index does not know into a record that is about to be written, and that
   * nothing but an error that ends all changes can stop. Under the commit lock.
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

  /** Lists what was noted, and drops what is not so any more. */
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
        // Whoever doubts one of them from now on means what the index will be.
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

  /** Whether the list has what explains that a range could not be read. */
  private boolean isKnownExactly(LostRange range) {
    return touching(range).stream().anyMatch(old -> old.exact() && isPartOf(range, old));
  }

  private boolean isBeingSurveyed(LostRange range) {
    return toSurvey.stream().anyMatch(other -> isPartOf(range, other));
  }

  /** Adds a range that is so as far as anybody knows; what contradicts it is not. */
  private void insert(LostRange found) {
    List<LostRange> same = new ArrayList<>();
    LostRange now = found;
    for (LostRange old : touching(found)) {
      if (old.isInOnePieceWith(found)) {
        same.add(old);
      } else if (old.overlaps(found)) {
        cutOut(old, found);
        // What is given up now could not be read before.
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

  /** Those of the list that overlap a range of the same file, or adjoin it. */
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
    // Only that there is more is worth a record of its own, not how often it was met.
    isDue |= more.isNone();
    more = more.and(range.lastMillis());
    moreIsUnsaved = true;
    moreSinceScrub = true;
  }

  /**
   * One line each, the newest last, as many as an answer takes; one behind them says if there is
   * more than the list takes.
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
