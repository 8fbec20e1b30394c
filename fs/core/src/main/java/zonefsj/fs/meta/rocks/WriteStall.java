// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import zonefsj.fs.HostException;

/**
 * Repeats writes that RocksDB refuses because of a write stall: its write buffers are full, or too
 * many tables wait for a compaction. With {@code no_slowdown} a write fails then at once; without
 * it, the write would wait inside RocksDB until the stall ends. If the host's disk is full, that
 * may be never: RocksDB also waits while it recovers from an error, which it does until its disk
 * has space again (DBImpl::DelayWrite, ErrorHandler). The caller holds the commit lock, for which
 * fsync and unmount wait.
 *
 * <p>A stall ends with a HostException
 *
 * <ul>
 *   <li>when a background job of RocksDB fails during the stall. RocksDB repeats a failed
 *       compaction each second.
 *   <li>after {@value #MOST_MILLIS} ms. A disk that is only slow stalls as long as a compaction
 *       takes: at most 36 tables of 8 MiB and as many bytes of the next level are read and written,
 *       which takes a minute at 20 MB/s. Jobs of other column families may come first, so the limit
 *       is several times as long. A stall of the write buffers ends after a flush of 8 MiB.
 *   <li>when the thread is interrupted.
 * </ul>
 *
 * <p>Until RocksDB accepts a write again, later writes are then tried only once: a caller that
 * keeps the changes in memory tests with each of them whether the stall has ended.
 *
 * <p>Threading: one thread at a time.
 */
final class WriteStall {
  /** The longest wait, as the sum of all pauses. */
  static final long MOST_MILLIS = 300_000;

  private static final long FIRST_PAUSE_MILLIS = 1;

  /** Short beside the flush or compaction that ends a stall. */
  private static final long LONGEST_PAUSE_MILLIS = 32;

  /** A write that has no effect if it fails. */
  @FunctionalInterface
  interface Write {
    void run() throws RocksDBException;
  }

  /** Gives the number of background jobs of RocksDB that have failed. */
  @FunctionalInterface
  interface FailedJobs {
    long count() throws RocksDBException;
  }

  /** Waits, as {@link Thread#sleep(long)}. */
  @FunctionalInterface
  interface Pause {
    void sleep(long millis) throws InterruptedException;
  }

  private final IndexDirectory directory;
  private final FailedJobs failedJobs;
  private final Pause pause;
  private boolean hasGivenUp;

  WriteStall(IndexDirectory directory, FailedJobs failedJobs, Pause pause) {
    this.directory = directory;
    this.failedJobs = failedJobs;
    this.pause = pause;
  }

  /**
   * Runs a write until RocksDB accepts it.
   *
   * @throws HostException if the stall does not end; the write had no effect
   * @throws RocksDBException if the write fails for another reason
   */
  void run(Write write) throws IOException, RocksDBException {
    RocksDBException stalled = tryOnce(write);
    if (stalled != null) {
      outlast(write, stalled);
    }
    hasGivenUp = false;
  }

  private void outlast(Write write, RocksDBException first) throws IOException, RocksDBException {
    long failedBefore = failedJobs.count();
    long waitedMillis = 0;
    long nextMillis = FIRST_PAUSE_MILLIS;
    for (RocksDBException stalled = first; stalled != null; stalled = tryOnce(write)) {
      if (hasGivenUp) {
        throw hostException("RocksDB still accepts no writes", stalled);
      }
      if (failedJobs.count() > failedBefore) {
        throw hostException(
            "RocksDB accepts no writes, because its compactions or flushes fail", stalled);
      }
      if (waitedMillis >= MOST_MILLIS) {
        throw hostException("RocksDB has accepted no writes for " + waitedMillis + " ms", stalled);
      }
      try {
        pause.sleep(nextMillis);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw hostException("interrupted while RocksDB accepted no writes", stalled);
      }
      waitedMillis += nextMillis;
      nextMillis = Math.min(2 * nextMillis, LONGEST_PAUSE_MILLIS);
    }
  }

  /** Returns the exception of a stall, or null if RocksDB has accepted the write. */
  private static @Nullable RocksDBException tryOnce(Write write) throws RocksDBException {
    try {
      write.run();
      return null;
    } catch (RocksDBException e) {
      if (RocksErrors.isStall(e)) {
        return e;
      }
      throw e;
    }
  }

  private HostException hostException(String why, RocksDBException stalled) {
    hasGivenUp = true;
    return new HostException(
        directory + ": cannot apply changes: " + why + " (" + RocksErrors.words(stalled) + ")",
        stalled);
  }
}
