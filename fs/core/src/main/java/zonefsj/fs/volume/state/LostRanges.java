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
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
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
  /** Limit of the noted ranges that are not listed yet. */
  static final int MOST = LostRangeList.MOST;

  /** Limit of the text that is shown: a part of the longest answer of the daemon. */
  private static final int MOST_TEXT_BYTES = 128 << 10;

  /** About 60 bytes each; a journal record grows by at most that. */
  private static final int MOST_IN_A_RECORD = 64;

  /**
   * A note is dropped after this many commits without its data in the index: they were replaced.
   */
  private static final int MOST_TRIES = 5;

  private static final Logger LOG = LoggerFactory.getLogger(LostRanges.class);

  /** Identifies a noted range. */
  private record Noted(long inode, long from, long to, long positionBytes) {}

  /** A noted range, and the number of commits that did not confirm it. */
  private record Waiting(LostRange range, int tries) {}

  private final Supplier<DeviceGeometry> geometry;
  private final MetadataReader index;
  private final LostRangeCheck check;

  private final LostRangeList listed = new LostRangeList();
  private final Map<Noted, Waiting> noted = new LinkedHashMap<>();

  /** Inodes whose ranges must be compared with the index. */
  private final Set<Long> doubted = new LinkedHashSet<>();

  /** Ranges of which a survey must find out which part is lost. */
  private final ArrayDeque<LostRange> toSurvey = new ArrayDeque<>();

  /** One thread at a time compares with the index; threads that only note do not wait for it. */
  private final ReentrantLock settling = new ReentrantLock();

  public LostRanges(Supplier<DeviceGeometry> geometry, MetadataReader index) {
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
      if (value != null) {
        listed.loadUnlisted(UnlistedLosses.decode(value));
      }
    } catch (IOException damaged) {
      LOG.debug("the count of lost data", damaged);
      bad[0]++;
    }
    return bad[0];
  }

  private void loaded(LostRange range) {
    if (listed.load(range)) {
      doubted.add(range.inode());
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
      listed.overflow(range);
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
    if (lost.isEmpty() && listed.isEmpty() && noted.isEmpty()) {
      return;
    }
    noted.values().removeIf(one -> one.range().sharesBytesWith(whole));
    List<LostRange> old = listed.cutOutPartsOf(whole);
    for (LostRange range : lost) {
      LostRange now = range;
      for (LostRange before : old) {
        if (before.overlaps(range)) {
          now = now.since(before.firstMillis(), Math.max(now.times(), before.times() + 1));
        }
      }
      listed.insert(now);
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
    if (!listed.contains(range)) {
      listed.insert(range);
    }
  }

  /** Takes a range that readers met and of which some is lost; null if there is none. */
  public synchronized @Nullable LostRange nextToSurvey() {
    return toSurvey.poll();
  }

  /**
   * Notes that the extents of files have changed in the index.
   *
   * @param inodes of these files
   */
  public synchronized void changed(LongPredicate inodes) {
    listed.forEachInode(
        inode -> {
          if (inodes.test(inode)) {
            doubted.add(inode);
          }
        });
  }

  /** Notes that a scrub begins with the first zone. */
  public synchronized void scrubBegins() {
    listed.scrubBegins();
  }

  /**
   * Notes that a scrub has read everything: if all that it found could be listed, nothing is
   * unlisted.
   *
   * @param begunMillis when it began, maybe in an earlier mount
   */
  public synchronized void scrubbed(long begunMillis) {
    listed.scrubbed(begunMillis);
  }

  /** Whether there is something that the drive should know soon. */
  public synchronized boolean isDue() {
    return listed.isDue() || !noted.isEmpty() || !doubted.isEmpty();
  }

  /** Whether more than counts and times would be written, which justifies a record of its own. */
  public synchronized boolean isWorthARecord() {
    return listed.isDue();
  }

  /** Whether there is anything that the drive does not know. */
  public synchronized boolean isUnsaved() {
    return isDue() || listed.isUnsaved();
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
    listed.putInto(record, MOST_IN_A_RECORD);
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
          doubtful.addAll(listed.of(inode));
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
            doubtful.forEach(range -> listed.replace(range, left.getOrDefault(range, List.of())));
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

  private void list(Waiting one, List<LostRange> left, boolean isCommit) {
    LostRange range = one.range();
    Noted key = new Noted(range.inode(), range.from(), range.to(), range.positionBytes());
    if (!one.equals(noted.get(key))) {
      return;
    }
    if (!left.isEmpty()) {
      noted.remove(key);
      boolean isToSurvey = !range.exact() && !listed.explains(range) && !isBeingSurveyed(range);
      left.forEach(listed::insert);
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

  private boolean isBeingSurveyed(LostRange range) {
    return toSurvey.stream().anyMatch(other -> other.sharesBytesWith(range));
  }

  /** Number of the ranges that {@link #lines} would tell if it took all of them. */
  public synchronized int count() {
    return listed.ranges().size() + noted.size();
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
      all.addAll(listed.ranges());
      noted.values().forEach(one -> all.add(one.range()));
      unlisted = listed.unlisted();
    }
    all.sort(Comparator.comparingLong(LostRange::lastMillis).reversed());
    List<String> lines = new ArrayList<>();
    Map<Long, String> names = new HashMap<>();
    long bytes = 0;
    for (LostRange range : all) {
      String name = names.computeIfAbsent(range.inode(), namer::describe);
      String line = range.describe(name, geometry.get());
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
              + LostRangeList.MOST
              + " ranges: when these are mended, zonefs-j scrub --start-over lists the others");
    }
    return lines;
  }
}
