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

  /** How long a caller waits for deletions, while each of them leaves too little space. */
  private static final long DELETIONS_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How long a writer waits for room while the empty space does not grow. */
  private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** How often one writer fills the open zones to let the collector take them. */
  private static final int MOST_FILLS = 8;

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
    return awaitRoom(bytes, overwritten, newDeadline());
  }

  /** The deadline of a request that begins now, for each of its {@link #awaitRoom}. */
  long newDeadline() {
    return nanoTime.getAsLong() + DELETIONS_NANOS;
  }

  /**
   * Waits until there is room. Called before any lock is taken.
   *
   * @param deadlineNanos from {@link #newDeadline}: when to stop waiting for deletions
   * @throws ErrnoException ENOSPC if there is none and none can be made
   */
  Grant awaitRoom(long bytes, Overwritten overwritten, long deadlineNanos)
      throws ErrnoException, InterruptedException, IOException {
    AtomicReference<@Nullable Grant> live = new AtomicReference<>();
    Condition fits =
        () -> {
          live.set(grantLive(bytes, overwritten));
          return live.get() != null;
        };
    boolean fit = fits.holds() || retryAfterCommit(fits, deadlineNanos);
    Grant grant = live.get();
    if (!fit || grant == null) {
      throw new ErrnoException(Errno.ENOSPC, "the drive is full");
    }
    boolean granted = false;
    try {
      reclaimer.throttle(bytes);
      addRoom(grant, bytes);
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
  private boolean retryAfterCommit(Condition condition, long deadlineNanos)
      throws IOException, InterruptedException {
    long deletions;
    do {
      deletions = reclaimer.deletions();
      reclaimer.commitPending();
      if (condition.holds()) {
        return true;
      }
      // Others may delete for ever, and take what becomes free.
    } while (nanoTime.getAsLong() - deadlineNanos < 0 && reclaimer.awaitDeletion(deletions));
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
      return fits.holds() || retryAfterCommit(fits, newDeadline());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for room");
    }
  }

  private void addRoom(Grant grant, long bytes) throws ErrnoException, InterruptedException {
    // Checked even while the first writer of the line has its turn: no other writer takes its room.
    if (!line.isLocked() && !line.hasQueuedThreads() && grant.tryAddRoom(bytes)) {
      return;
    }
    line.lockInterruptibly();
    try {
      int fruitless = 0;
      int waits = 0;
      int fills = 0;
      boolean shrunk = false;
      long most = account.emptyBytes();
      Stall stall = new Stall(most);
      while (!grant.tryAddRoom(bytes)) {
        long others = account.grantedRoomBytes();
        boolean tried = reclaimer.makeRoom();
        reserves.adjust();
        // Very small files take more than their bytes: the collector may then move data and gain
        // nothing. Bytes granted to other writers will be reclaimable soon.
        boolean gained = account.emptyBytes() > most;
        most = Math.max(most, account.emptyBytes());
        fruitless = gained || (!tried && others > 0) ? 0 : fruitless + 1;
        boolean isStalled = stall.isOver(tried);
        boolean last = isStalled || (fruitless > 0 && (!tried || fruitless >= FRUITLESS_ROUNDS));
        if (fruitless == 1 || last) {
          // Bytes take less space in a zone than in memory, where buffers are counted.
          reclaimer.commitPending();
          if (grant.tryAddRoom(bytes)) {
            return;
          }
        }
        if (last && fills < MOST_FILLS && fillShortZones()) {
          fills++;
          fruitless = 0;
          most = account.emptyBytes();
          stall = new Stall(most);
        } else if (last && !shrunk && reserves.missingZones() > 0) {
          // The share that the checkpoints lack leaves no room.
          shrunk = true;
          reclaimer.shrinkMetadata();
          fruitless = 0;
          stall = new Stall(account.emptyBytes());
        } else if (last && (isStalled || account.nothingWaits() || ++waits > FRUITLESS_ROUNDS)) {
          refuse(bytes);
        }
        if (!tried) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    } finally {
      line.unlock();
    }
  }

  /**
   * The time since the empty space was last larger than ever before, and the rounds of the
   * collector since then. A slow drive may need most of the time for one round.
   */
  private final class Stall {
    private long mostBytes;
    private long sinceNanos = nanoTime.getAsLong();
    private int rounds;

    Stall(long emptyBytes) {
      mostBytes = emptyBytes;
    }

    /**
     * Called after each round; whether to wait no longer.
     *
     * @param tried whether the collector had something to do in it
     */
    boolean isOver(boolean tried) {
      long emptyBytes = account.emptyBytes();
      if (emptyBytes > mostBytes) {
        mostBytes = emptyBytes;
        sinceNanos = nanoTime.getAsLong();
        rounds = 0;
        return false;
      }
      rounds += tried ? 1 : 0;
      return (!tried || rounds > FRUITLESS_ROUNDS)
          && nanoTime.getAsLong() - sinceNanos > STALL_NANOS;
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
