// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.volume.commit.ExtentCounter;
import zonefsj.fs.volume.state.VolumeHealth;

/**
 * Deletes files without a name that have very many extents, and those that nobody else is left to
 * delete, one after the other, on a thread of its own: to count a million extents takes about a
 * second, and a request of the kernel that ends such a file would hold up a thread that other
 * requests need. Until a file is deleted it is an orphan, so that the next mount goes on after an
 * unmount or a crash.
 *
 * <p>Thread-safe.
 */
public final class LargeDeletions {
  private static final Logger LOG = LoggerFactory.getLogger(LargeDeletions.class);

  /** Before the first retry; twice as long after each that fails. */
  private static final Duration FIRST_RETRY = Duration.ofSeconds(5);

  private static final Duration MAX_RETRY = Duration.ofMinutes(10);

  private final ExtentCounter counter;
  private final VolumeHealth health;
  private final boolean inBackground;
  private final Set<Long> waiting = new LinkedHashSet<>();

  /** Files whose deletion failed; nobody waits for them. */
  private final Set<Long> failed = new LinkedHashSet<>();

  /** When one of them is tried again, as {@link System#nanoTime}. */
  private long retryNanos;

  private long pauseNanos = FIRST_RETRY.toNanos();

  /** Whether the file that is being deleted is one of those that were added. */
  private boolean working;

  private boolean stopping;

  /** Files that were added, each time it was not waiting already. */
  private volatile long requested;

  /** The first of them that the thread is done with, deleted or not. */
  private volatile long done;

  /**
   * @param counter knows which files are large
   * @param inBackground whether a thread calls {@link #run}; without one, every file is deleted by
   *     whoever ends it
   */
  public LargeDeletions(ExtentCounter counter, VolumeHealth health, boolean inBackground) {
    this.counter = counter;
    this.health = health;
    this.inBackground = inBackground;
  }

  /**
   * How many extents a file has, not counted to the end: see {@link #isLarge}. Costs a lookup, and
   * for a file of 64 KiB or more a look at up to 4097 extents.
   */
  int extentsOf(long inode) throws IOException {
    return counter.fewExtents(inode, 0, Long.MAX_VALUE);
  }

  /**
   * Whether the content of a file is to be deleted here.
   *
   * @param extents from {@link #extentsOf}
   */
  boolean isLarge(int extents) {
    return inBackground && ExtentCounter.isMany(extents);
  }

  /** Whether a thread deletes what is added. */
  boolean inBackground() {
    return inBackground;
  }

  /** Deletes an inode soon, if it still is an orphan then. */
  synchronized void add(long inode) {
    if (!stopping && waiting.add(inode)) {
      requested++;
      notifyAll();
    }
  }

  /** Number of files that were to be deleted so far. Takes no lock. */
  long requested() {
    return requested;
  }

  /** Number of files that are to be deleted. Takes no lock. */
  public long pending() {
    return requested - done;
  }

  /**
   * Whether one of the first files is still to be deleted. Takes no lock.
   *
   * @param first how many, from {@link #requested}
   */
  boolean isDeleting(long first) {
    return done < first;
  }

  /**
   * Waits until the file that is being deleted is gone, or a while.
   *
   * @return whether a file is or was being deleted: its space becomes free soon
   */
  synchronized boolean awaitProgress(Duration atMost) throws InterruptedException {
    if (stopping || (!working && waiting.isEmpty())) {
      return false;
    }
    long seen = done;
    long deadline = System.nanoTime() + atMost.toNanos();
    while (done == seen && !stopping) {
      long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (millis <= 0) {
        break;
      }
      wait(millis);
    }
    return true;
  }

  /**
   * Deletes files until {@link #stop}; one thread calls this.
   *
   * @param end deletes an inode, unless it is no orphan any more
   */
  public void run(OpenFiles.Inodes end) {
    try {
      for (long inode = next(); inode > 0; inode = next()) {
        delete(inode, end);
      }
    } finally {
      // Also if it breaks off: nobody may wait for a thread that has ended.
      stop();
    }
  }

  private void delete(long inode, OpenFiles.Inodes end) {
    try {
      end.accept(inode);
      deleted();
    } catch (ErrnoException | IOException notNow) {
      // It stays an orphan: the next mount, or the end of a pause, tries again.
      if (isStopping() || health.isQuiet()) {
        LOG.info("inode {}, which has no name, is deleted later: {}", inode, notNow.getMessage());
      } else {
        health.report("an unlinked file could not be deleted: " + notNow.getMessage());
        retryLater(inode);
      }
    }
  }

  /** What failed before is likely to succeed, too. */
  private synchronized void deleted() {
    pauseNanos = FIRST_RETRY.toNanos();
    retryNanos = System.nanoTime();
  }

  private synchronized void retryLater(long inode) {
    failed.add(inode);
    if (!working) {
      // It was a retry.
      pauseNanos = Math.min(MAX_RETRY.toNanos(), 2 * pauseNanos);
    }
    retryNanos = System.nanoTime() + pauseNanos;
  }

  private synchronized boolean isStopping() {
    return stopping;
  }

  /** The next inode; negative at the end. */
  private synchronized long next() {
    // A stop has settled all of them.
    done += working && !stopping ? 1 : 0;
    working = false;
    notifyAll();
    try {
      while (!stopping && waiting.isEmpty() && !isRetryDue()) {
        wait(millisToRetry());
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return -1;
    }
    if (stopping) {
      return -1;
    }
    working = !waiting.isEmpty();
    return takeFirst(working ? waiting : failed);
  }

  private static long takeFirst(Set<Long> inodes) {
    long inode = inodes.iterator().next();
    inodes.remove(inode);
    return inode;
  }

  private boolean isRetryDue() {
    return !failed.isEmpty() && System.nanoTime() - retryNanos >= 0;
  }

  /** As an argument of wait: 0 for no limit. */
  private long millisToRetry() {
    return failed.isEmpty()
        ? 0
        : Math.max(1, TimeUnit.NANOSECONDS.toMillis(retryNanos - System.nanoTime()));
  }

  /** Ends the thread soon. What is not deleted by then stays an orphan. */
  public void stop() {
    counter.stop();
    synchronized (this) {
      stopping = true;
      waiting.clear();
      failed.clear();
      done = requested;
      notifyAll();
    }
  }
}
