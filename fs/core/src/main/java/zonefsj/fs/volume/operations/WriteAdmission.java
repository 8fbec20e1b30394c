// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.volume.state.AdaptiveReserves;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.SpaceAccount.Grant;

/**
 * Admits writes: nothing is accepted before the account has room for it. A writer that finds no
 * room waits for the collector, first come, first served; if nothing can be reclaimed, it gets
 * ENOSPC. Other threads that free space and take it again delay this only for a limited time.
 *
 * <p>Thread-safe. A call that finds room takes no lock. All methods are called before any lock is
 * taken.
 */
final class WriteAdmission {
  private static final Logger LOG = LoggerFactory.getLogger(WriteAdmission.class);

  /** Makes room for a writer that waits. */
  interface Reclaimer {
    /**
     * Makes room, or waits until another thread did.
     *
     * @return false if there is nothing left to reclaim
     */
    boolean makeRoom() throws InterruptedException;

    /** Commits, so that deleted data count as free. */
    void commitPending();

    /** Compacts the index, and takes a checkpoint of it. */
    void shrinkMetadata();

    /** Number of inodes that ceased to be unnamed. */
    long deletions();

    /**
     * Waits briefly for an unnamed inode to end. The kernel releases an inode some time after the
     * application did.
     *
     * @param seen an earlier result of {@link #deletions}
     * @return whether one ended since then
     */
    boolean awaitDeletion(long seen) throws InterruptedException;

    /** Makes a writer help the collector when room is short. */
    void throttle(long bytes) throws InterruptedException;
  }

  private static final int FRUITLESS_ROUNDS = 32;

  /** Granted bytes of other writers arrive in memory within about this time. */
  private static final long PAUSE_NANOS = 1_000_000;

  /** A writer whose turn takes longer is logged, again after each of these intervals. */
  private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final SpaceAccount account;
  private final AdaptiveReserves reserves;
  private final Reclaimer reclaimer;
  private final LongSupplier nanoTime;

  /** Writers that wait for room, first come, first served. */
  private final ReentrantLock line = new ReentrantLock(true);

  /**
   * @param account of the space
   * @param reclaimer makes room for a writer that waits
   */
  WriteAdmission(SpaceAccount account, Reclaimer reclaimer) {
    this(account, reclaimer, System::nanoTime);
  }

  /**
   * @param nanoTime the clock of all deadlines, as {@link System#nanoTime}
   */
  WriteAdmission(SpaceAccount account, Reclaimer reclaimer, LongSupplier nanoTime) {
    this.account = account;
    this.reserves = account.reserves();
    this.reclaimer = reclaimer;
    this.nanoTime = nanoTime;
  }

  /** Returns an empty grant. */
  Grant nothing() {
    return account.nothing();
  }

  /** Bytes that can still be accepted. */
  long freeBytes() {
    return account.freeBytes();
  }

  /** Counts the bytes of a write that overwrite others; called only when space is short. */
  @FunctionalInterface
  interface Overwritten {
    /** Bytes of the range that the file has already. */
    long bytes() throws IOException;
  }

  /**
   * Waits until there is room. Called before any lock is taken.
   *
   * @throws ErrnoException ENOSPC if there is none and none can be made
   */
  Grant awaitRoom(long bytes, Overwritten overwritten)
      throws ErrnoException, InterruptedException, IOException {
    return awaitRoom(bytes, overwritten, newLimits());
  }

  /** The limits of a request that begins now, for each of its {@link #awaitRoom}. */
  WaitLimits newLimits() {
    return new WaitLimits(nanoTime);
  }

  /**
   * Waits until there is room. Called before any lock is taken.
   *
   * @param limits from {@link #newLimits}: when to stop waiting
   * @throws ErrnoException ENOSPC if there is none and none can be made
   */
  Grant awaitRoom(long bytes, Overwritten overwritten, WaitLimits limits)
      throws ErrnoException, InterruptedException, IOException {
    AtomicReference<@Nullable Grant> live = new AtomicReference<>();
    Condition fits =
        () -> {
          live.set(grantLive(bytes, overwritten));
          return live.get() != null;
        };
    boolean fit = fits.holds() || retryAfterCommit(fits, limits);
    Grant grant = live.get();
    if (!fit || grant == null) {
      throw new ErrnoException(Errno.ENOSPC, "the drive is full");
    }
    boolean granted = false;
    try {
      reclaimer.throttle(bytes);
      addRoom(grant, bytes, limits);
      granted = true;
      return grant;
    } finally {
      if (!granted) {
        grant.close();
      }
    }
  }

  /** Grants the part of some bytes that adds to the live bytes; null if that does not fit. */
  private @Nullable Grant grantLive(long bytes, Overwritten overwritten) throws IOException {
    Grant all = account.tryGrantLive(bytes);
    if (all != null) {
      return all;
    }
    long fresh = Math.max(0, bytes - overwritten.bytes());
    return fresh == 0 ? account.nothing() : account.tryGrantLive(fresh);
  }

  /** A condition on free space. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException;
  }

  /**
   * Whether a condition that fails now holds soon: deleted data become free when no reference is
   * left and a commit is done, and compacting makes the index shorter.
   */
  private boolean retryAfterCommit(Condition condition, WaitLimits limits)
      throws IOException, InterruptedException {
    long deletions;
    do {
      deletions = reclaimer.deletions();
      reclaimer.commitPending();
      if (condition.holds()) {
        return true;
      }
      // Others may delete for ever, and take what becomes free.
    } while (limits.mayAwaitDeletions() && reclaimer.awaitDeletion(deletions));
    if (!reserves.indexIsLarge()) {
      return false;
    }
    reclaimer.shrinkMetadata();
    return condition.holds();
  }

  /** Whether there is room for bytes. Promises nothing. Called before any lock is taken. */
  boolean hasSpaceFor(long bytes, Overwritten overwritten) throws IOException {
    Condition fits =
        () -> {
          long free = account.freeBytes();
          return bytes <= free || bytes - overwritten.bytes() <= free;
        };
    try {
      return fits.holds() || retryAfterCommit(fits, newLimits());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for room");
    }
  }

  private void addRoom(Grant grant, long bytes, WaitLimits limits)
      throws ErrnoException, InterruptedException {
    // Checked even while the first writer of the line has its turn: no other writer takes its room.
    if (!line.isLocked() && !line.hasQueuedThreads() && grant.tryAddRoom(bytes)) {
      return;
    }
    line.lockInterruptibly();
    try {
      limits.turnBegins(account.emptyBytes());
      addRoomInTurn(grant, bytes, limits);
    } finally {
      limits.turnEnds();
      line.unlock();
    }
  }

  /** Makes room until it suffices. The caller is the first writer of the line. */
  private void addRoomInTurn(Grant grant, long bytes, WaitLimits limits)
      throws ErrnoException, InterruptedException {
    int fruitless = 0;
    int waits = 0;
    long most = account.emptyBytes();
    long begunNanos = nanoTime.getAsLong();
    long logNanos = LOG_NANOS;
    while (!grant.tryAddRoom(bytes)) {
      long others = account.grantedRoomBytes();
      boolean tried = reclaimer.makeRoom();
      reserves.adjust();
      // Very small files take more than their bytes: the collector may then move data and gain
      // nothing. Bytes granted to other writers will be reclaimable soon.
      boolean gained = account.emptyBytes() > most;
      most = Math.max(most, account.emptyBytes());
      fruitless = gained || (!tried && others > 0) ? 0 : fruitless + 1;
      // What was filled is not collected in one round.
      boolean isStalled = limits.isStalled(account.emptyBytes(), tried) && !gained;
      boolean last = isStalled || (fruitless > 0 && (!tried || fruitless >= FRUITLESS_ROUNDS));
      if (fruitless == 1 || last) {
        // Bytes take less space in a zone than in memory, where buffers are counted.
        reclaimer.commitPending();
        if (grant.tryAddRoom(bytes)) {
          return;
        }
      }
      if (last && limits.mayFill() && fillShortZones()) {
        limits.filled();
        fruitless = 0;
        most = account.emptyBytes();
      } else if (last && reserves.missingZones() > 0 && limits.mayShrink()) {
        // The share that the checkpoints lack leaves no room.
        limits.shrunk();
        reclaimer.shrinkMetadata();
        fruitless = 0;
      } else if (last && (isStalled || account.nothingWaits() || ++waits > FRUITLESS_ROUNDS)) {
        refuse(bytes);
      }
      long turnNanos = nanoTime.getAsLong() - begunNanos;
      if (turnNanos >= logNanos) {
        logNanos = turnNanos + LOG_NANOS;
        LOG.warn(
            "a write of {} bytes has waited {} s for free zones, {} others behind it: {}",
            bytes,
            TimeUnit.NANOSECONDS.toSeconds(turnNanos),
            line.getQueueLength(),
            account.describe());
      }
      if (!tried) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /**
   * Fills the zones that are being written. They may hold the dead data: with few data zones that
   * is most of it, and no zone is collected before it is full. If no granted bytes are outstanding,
   * the rest of these zones is less than a request needs.
   *
   * @return whether there was such a zone
   */
  private boolean fillShortZones() {
    try {
      return account.runWhileNothingIsGranted(
          () -> {
            reclaimer.commitPending();
            return account.fillShortZones();
          });
    } catch (IOException failed) {
      LOG.warn("the zones that are being written cannot be filled", failed);
      return false;
    }
  }

  private void refuse(long bytes) throws ErrnoException {
    LOG.warn("no room for {} bytes: {}", bytes, account.describe());
    throw new ErrnoException(Errno.ENOSPC, "the drive is full of live data");
  }

  /** Refuses a new inode if there is no space for its metadata. Called before any lock is taken. */
  void checkRoomForMetadata() throws ErrnoException, IOException {
    if (!hasSpaceFor(SpaceAccount.SLACK_BYTES, () -> 0)) {
      throw new ErrnoException(Errno.ENOSPC, "no room for more metadata");
    }
  }
}
