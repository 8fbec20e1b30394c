// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.state.ExtentLookup;
import zonefsj.fs.volume.state.RequestCalls;

/**
 * Counts the extents of a range of a file before an operation drops them. A commit that drops
 * millions of extents would otherwise visit them all under the commit lock, and everybody who waits
 * for durability would wait for it. The operation counts slice by slice instead: each slice of
 * {@value #SLICE_EXTENTS} extents takes the commit lock, and commits get in between.
 *
 * <p>Small ranges are not counted: the commit visits their extents. The commit also visits them if
 * a row cannot be decoded or extents overlap, which is damage, if two operations drop a range at
 * the same time, and if too many requests count.
 *
 * <p>Thread-safe. Called without locks, outside the gate.
 */
public final class ExtentCounter {
  private static final Logger LOG = LoggerFactory.getLogger(ExtentCounter.class);

  /** Ranges of fewer extents are left to the commit. */
  static final int FEW_EXTENTS = 4096;

  /** Extents that are counted under one hold of the commit lock: about 10 ms. */
  static final int SLICE_EXTENTS = 4096;

  /** A file of fewer allocated bytes is not looked at; it has at most as many extents. */
  private static final long FEW_BYTES = 1 << 16;

  /** Ranges that wait for their commit, before one is asked for: they take memory for each zone. */
  private static final int MOST_RANGES = 4;

  /**
   * How many threads that serve requests count at the same time: others must go on meanwhile, and
   * on a host of few processors some transports have few threads.
   */
  static final int MOST_COUNTING_REQUESTS = Math.max(2, Runtime.getRuntime().availableProcessors());

  private final CommitLog log;
  private final MetadataReader index;
  private final CountedRanges ranges;
  private final Committer committer;
  private final RequestCalls calls;

  private final Semaphore countingRequests = new Semaphore(MOST_COUNTING_REQUESTS);

  /** So that at most one thread that counts waits for the commit lock. */
  private final ReentrantLock turn = new ReentrantLock(true);

  private volatile boolean stopping;

  /**
   * @param log has the commit lock
   * @param index has the extents
   * @param ranges shared with the commits
   * @param committer commits what was counted, when it is much
   * @param calls wait for the commit lock
   */
  public ExtentCounter(
      CommitLog log,
      MetadataReader index,
      CountedRanges ranges,
      Committer committer,
      RequestCalls calls) {
    this.log = log;
    this.index = index;
    this.ranges = ranges;
    this.committer = committer;
    this.calls = calls;
  }

  /** What was counted for one operation; closed when the operation ends. */
  public final class Counted implements AutoCloseable {
    private final List<CountedRange> own;

    private Counted(List<CountedRange> own) {
      this.own = own;
    }

    /**
     * Keeps the sums until a batch is committed. Called inside the gate, when the range is dropped
     * in this batch.
     *
     * @param batch its number
     */
    public void keepFor(long batch) {
      ranges.keepFor(own, batch);
    }

    @Override
    public void close() {
      ranges.removeUnkept(own);
    }
  }

  /** Counts nothing, for an operation that drops nothing. */
  public Counted nothing() {
    return new Counted(List.of());
  }

  /**
   * Counts the extents of a range for a request, if they are many; not if as many requests count as
   * there are processors, so that they do not occupy all threads of a transport.
   *
   * @return as {@link #count}
   * @throws IOException as {@link #count}
   */
  public Counted countForRequest(long inode, long from, long to) throws IOException {
    // In this order: requests that drop few extents do not count, however many they are.
    if (!hasMany(inode, from, to) || !countingRequests.tryAcquire()) {
      return nothing();
    }
    try {
      return countAll(inode, from, to);
    } finally {
      countingRequests.release();
    }
  }

  /**
   * Counts the extents of a range, if they are many.
   *
   * @param inode of a file
   * @param from first byte, offset in the file
   * @param to offset behind the last byte; {@link Long#MAX_VALUE} for all that follows
   * @throws IOException if the index cannot be read, the volume takes no more changes, or {@link
   *     #stop} was called
   */
  public Counted count(long inode, long from, long to) throws IOException {
    return hasMany(inode, from, to) ? countAll(inode, from, to) : nothing();
  }

  private Counted countAll(long inode, long from, long to) throws IOException {
    if (ranges.count() >= MOST_RANGES) {
      commit();
    }
    Counted counted = new Counted(ranges.add(inode, from, to));
    boolean isDone = false;
    try {
      for (CountedRange range : counted.own) {
        while (range.isUnfinished()) {
          countSlice(range);
        }
      }
      isDone = true;
      return counted;
    } finally {
      if (!isDone) {
        counted.close();
      }
    }
  }

  private void countSlice(CountedRange range) throws IOException {
    if (stopping) {
      throw new IOException("no more extents are counted: the filesystem is being unmounted");
    }
    try {
      calls.call(
          () -> {
            countInTurn(range);
            return true;
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("interrupted while extents were counted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  private void countInTurn(CountedRange range) throws IOException {
    turn.lock();
    try {
      log.commitInTurn(() -> countSlice(index, range, SLICE_EXTENTS));
    } finally {
      turn.unlock();
    }
  }

  /** The commit of what was counted before. */
  private void commit() {
    try {
      committer.commit();
    } catch (IOException failed) {
      LOG.debug("what was counted stays in memory for longer", failed);
    }
  }

  /** Ends all counts soon, with an exception. */
  public void stop() {
    stopping = true;
  }

  /** Whether a number of {@link #fewExtents} is more than a commit should visit for one file. */
  public static boolean isMany(int extents) {
    return extents > FEW_EXTENTS;
  }

  private boolean hasMany(long inode, long from, long to) throws IOException {
    return isMany(fewExtents(inode, from, to));
  }

  /**
   * Counts the extents of a range, without a lock and not to the end.
   *
   * @return their number, at most {@value #FEW_EXTENTS} and one; 0 for a file of few bytes
   */
  public int fewExtents(long inode, long from, long to) throws IOException {
    byte[] allocated = index.get(ColumnFamily.EXTENTS, Keys.extent(inode, 0));
    if (allocated == null || allocated.length != Long.BYTES || Keys.number(allocated) < FEW_BYTES) {
      return 0;
    }
    int[] extents = {0};
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(inode, from + 1),
        Keys.behindExtents(inode, to),
        (key, value) -> ++extents[0] <= FEW_EXTENTS);
    return extents[0];
  }

  /**
   * Counts the next extents of a range.
   *
   * @param most how many
   */
  static void countSlice(MetadataReader index, CountedRange range, int most) throws IOException {
    if (!range.isUnfinished()) {
      return;
    }
    int[] left = {most};
    long[] lastEnd = {-1};
    index.scan(
        ColumnFamily.EXTENTS,
        range.nextKey(),
        Keys.behindExtents(range.inode(), range.to()),
        (key, value) -> {
          if (!Keys.hasRightLength(ColumnFamily.EXTENTS, key) || Keys.extentEnd(key) == 0) {
            return true;
          }
          Extent extent = ExtentLookup.readableOrNull(Keys.extentEnd(key), value);
          if (extent == null || extent.start() < lastEnd[0]) {
            range.cannotBeCounted();
            return false;
          }
          lastEnd[0] = extent.end();
          return !range.addNext(extent) || --left[0] > 0;
        });
    if (left[0] > 0 && range.isUnfinished()) {
      range.complete();
    }
  }
}
