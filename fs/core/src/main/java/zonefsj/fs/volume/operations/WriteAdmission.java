// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
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
     * @throws ErrnoException EROFS if changes are refused now
     */
    boolean makeRoom() throws ErrnoException, IOException, InterruptedException;

    /** Commits, so that deleted data count as free. */
    void commitPending();

    /** Compacts the index, and takes a checkpoint of it. */
    void shrinkMetadata();

    /** Number of inodes that ceased to be unnamed. */
    long deletions();

    /** Number of large files whose deletion was asked for so far. Takes no lock. */
    long largeDeletions();

    /**
     * Whether one of the first large files is still to be deleted. Takes no lock.
     *
     * @param first how many, from {@link #largeDeletions}
     */
    boolean isDeleting(long first);

    /**
     * Waits for an unnamed inode to end: briefly, because the kernel releases an inode some time
     * after the application did; and while large files are being deleted, until one of them is.
     *
     * @param seen an earlier result of {@link #deletions}
     * @param mayWait asked again and again whether to wait for large files
     * @return whether one ended since then
     */
    boolean awaitDeletion(long seen, BooleanSupplier mayWait)
        throws IOException, InterruptedException;

    /** Waits briefly while writers that are admitted bring their bytes into memory. */
    void awaitWriters() throws InterruptedException;

    /** Whether the journal is too long because a checkpoint finds no zones. Takes no lock. */
    boolean isCheckpointHeldUp();

    /**
     * Says that the drive takes nothing now: then nobody knows whether there is room.
     *
     * @throws IOException if that is so
     */
    void checkDriveNow() throws IOException;

    /** Makes a writer help the collector when room is short. */
    void throttle(long bytes) throws IOException, InterruptedException;
  }

  private static final int FRUITLESS_ROUNDS = 32;

  /** Granted bytes of other writers arrive in memory within about this time. */
  private static final long PAUSE_NANOS = 1_000_000;

  /** A writer waits no longer for the zones of a checkpoint. */
  private static final long CHECKPOINT_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(4);

  /** A last look waits so often for the writers that are on their way: about a second. */
  private static final int MOST_WAITS_FOR_WRITERS = 1000;

  /** A writer whose turn takes longer is logged, again after each of these intervals. */
  private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final SpaceAccount account;
  private final AdaptiveReserves reserves;
  private final Reclaimer reclaimer;
  private final LongSupplier nanoTime;

  /** Writers that wait for room, first come, first served. */
  private final ReentrantLock line = new ReentrantLock(true);

  /**
   * Held while writers are held back for a last look. It is fair, so everybody who waits for it is
   * admitted before the next last look.
   */
  private final ReentrantLock look = new ReentrantLock(true);

  /** Demands that the next last look answers. */
  private final Queue<Demand> demands = new ConcurrentLinkedQueue<>();

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
    return new WaitLimits(nanoTime, reclaimer.largeDeletions());
  }

  /**
   * Waits until there is room. Called before any lock is taken.
   *
   * @param limits from {@link #newLimits}: when to stop waiting
   * @throws ErrnoException ENOSPC if there is none and none can be made
   */
  Grant awaitRoom(long bytes, Overwritten overwritten, WaitLimits limits)
      throws ErrnoException, InterruptedException, IOException {
    awaitCheckpoint();
    Demand demand = new Demand(bytes, overwritten, true);
    boolean fits = isMetNow(demand) || retryAfterCommit(demand, limits);
    Grant grant = demand.grant;
    if (!fits || grant == null) {
      throw full("the drive is full");
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

  /** Bytes for which there must be space. Used by one thread at a time. */
  private final class Demand {
    private final long bytes;
    private final Overwritten overwritten;
    private final boolean isTaken;

    /** The space, if it is taken and there is some. */
    private @Nullable Grant grant;

    /** The answer of a last look, which another thread may have taken. Guarded by its lock. */
    private boolean isAnswered;

    private boolean fits;
    private @Nullable IOException failure;

    /**
     * @param isTaken whether to take the space, or just ask for it
     */
    Demand(long bytes, Overwritten overwritten, boolean isTaken) {
      this.bytes = bytes;
      this.overwritten = overwritten;
      this.isTaken = isTaken;
    }

    /** Takes the space, or asks for it. */
    boolean isMet(boolean evenIfHeld) throws IOException {
      if (!isTaken) {
        return fitsInto(account.freeBytes());
      }
      grant = account.tryAdmit(bytes, evenIfHeld);
      if (grant == null && (evenIfHeld || !account.holdsWriters())) {
        grant = account.tryAdmit(Math.max(0, bytes - overwritten.bytes()), evenIfHeld);
      }
      return grant != null;
    }

    /** Whether it can be met if all that is on its way replaces bytes. */
    boolean couldBeMet() throws IOException {
      return fitsInto(account.mostFreeBytes());
    }

    private boolean fitsInto(long free) throws IOException {
      return bytes <= free || bytes - overwritten.bytes() <= free;
    }

    /** Answers it during a last look. */
    void answer() {
      try {
        fits = isMet(true);
      } catch (IOException failed) {
        failure = failed;
      }
      isAnswered = true;
    }

    boolean answered() throws IOException {
      if (failure != null) {
        throw failure;
      }
      return fits;
    }

    /** Gives back what the answer took. */
    void withdraw() {
      if (grant != null) {
        grant.close();
      }
    }
  }

  /** Whether a demand is met, after the last look of another writer if one is under way. */
  private boolean isMetNow(Demand demand) throws IOException, InterruptedException {
    if (demand.isMet(false)) {
      return true;
    }
    if (!account.holdsWriters()) {
      return false;
    }
    look.lockInterruptibly();
    try {
      return demand.isMet(true);
    } finally {
      look.unlock();
    }
  }

  /**
   * Whether a demand that is not met now is met soon: deleted data become free when no reference is
   * left and a commit is done, and compacting makes the index shorter.
   */
  private boolean retryAfterCommit(Demand demand, WaitLimits limits)
      throws IOException, InterruptedException {
    BooleanSupplier mayWait =
        () -> limits.mayAwaitDeletions() || reclaimer.isDeleting(limits.largeDeletions());
    long deletions;
    do {
      deletions = reclaimer.deletions();
      reclaimer.commitPending();
      if (isMetNow(demand)) {
        return true;
      }
      // Others may delete for ever, and take what becomes free.
    } while (mayWait.getAsBoolean() && reclaimer.awaitDeletion(deletions, mayWait));
    if (isMetByLastLook(demand)) {
      return true;
    }
    if (!reserves.indexIsLarge()) {
      return false;
    }
    reclaimer.shrinkMetadata();
    return isMetNow(demand) || isMetByLastLook(demand);
  }

  /**
   * Looks once more before a demand is refused. Bytes on their way count as new until their batch
   * is applied, although they may replace others, and during a commit other writers bring as many
   * again. A last look therefore holds back all writers that are not admitted yet, lets the others
   * finish, commits, and answers all demands that were there before. No writer that is held back
   * has a lock.
   */
  private boolean isMetByLastLook(Demand demand) throws IOException, InterruptedException {
    if (!account.hasBytesOnTheirWay()) {
      // They may have arrived since the caller looked.
      return isMetNow(demand);
    }
    if (!demand.couldBeMet()) {
      return false;
    }
    demands.add(demand);
    try {
      look.lockInterruptibly();
    } catch (InterruptedException interrupted) {
      leave(demand);
      throw interrupted;
    }
    try {
      if (!demand.isAnswered) {
        answerAll(demand);
      }
      demand.isAnswered = false;
      return demand.answered();
    } finally {
      demands.remove(demand);
      look.unlock();
    }
  }

  private void leave(Demand demand) {
    if (!demands.remove(demand)) {
      look.lock();
      try {
        demand.withdraw();
      } finally {
        look.unlock();
      }
    }
  }

  /** Answers a demand, and those of all who wait for a last look. Under its lock. */
  private void answerAll(Demand own) throws InterruptedException {
    account.holdWriters();
    try {
      // Those that wait for a zone may take longer. They count as what they are at most.
      for (int waits = 0;
          waits < MOST_WAITS_FOR_WRITERS && account.writersOnTheirWay() > 0;
          waits++) {
        reclaimer.awaitWriters();
      }
      demands.remove(own);
      List<Demand> asked = new ArrayList<>();
      asked.add(own);
      for (Demand other = demands.poll(); other != null; other = demands.poll()) {
        asked.add(other);
      }
      reclaimer.commitPending();
      asked.forEach(Demand::answer);
    } finally {
      account.releaseWriters();
    }
  }

  /** Whether there is room for bytes. Promises nothing. Called before any lock is taken. */
  boolean hasSpaceFor(long bytes, Overwritten overwritten) throws IOException {
    Demand demand = new Demand(bytes, overwritten, false);
    try {
      return isMetNow(demand) || retryAfterCommit(demand, newLimits());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for room");
    }
  }

  /**
   * Waits while the journal is too long because a checkpoint finds no zones, and makes room for it.
   * A writer that went on would make both longer, until the journal took the zones of the
   * collector.
   */
  private void awaitCheckpoint() throws ErrnoException, IOException, InterruptedException {
    if (!reclaimer.isCheckpointHeldUp()) {
      return;
    }
    // The wait in line counts: those behind a writer that found no room would find none, either.
    long begunNanos = nanoTime.getAsLong();
    line.lockInterruptibly();
    try {
      while (reclaimer.isCheckpointHeldUp()) {
        if (nanoTime.getAsLong() - begunNanos > CHECKPOINT_TIMEOUT_NANOS) {
          LOG.warn("no room for a checkpoint: {}", account.describe());
          throw full("no room for more metadata");
        }
        boolean tried = reclaimer.makeRoom();
        reserves.adjust();
        // Its checkpoint follows if it is due.
        reclaimer.commitPending();
        if (!tried || reserves.missingZones() == 0) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    } finally {
      line.unlock();
    }
  }

  private void addRoom(Grant grant, long bytes, WaitLimits limits)
      throws ErrnoException, IOException, InterruptedException {
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
      throws ErrnoException, IOException, InterruptedException {
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
      } else if (last && reserves.isShort() && limits.mayShrink()) {
        // What the checkpoints lack leaves no room to others, or takes it from them.
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

  private void refuse(long bytes) throws ErrnoException, IOException {
    LOG.warn("no room for {} bytes: {}", bytes, account.describe());
    throw full("the drive is full of live data");
  }

  private ErrnoException full(String words) throws IOException {
    reclaimer.checkDriveNow();
    return new ErrnoException(Errno.ENOSPC, words);
  }

  /** Refuses a new inode if there is no space for its metadata. Called before any lock is taken. */
  void checkRoomForMetadata() throws ErrnoException, IOException {
    try {
      awaitCheckpoint();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for room");
    }
    if (!hasSpaceFor(SpaceAccount.SLACK_BYTES, () -> 0)) {
      throw full("no room for more metadata");
    }
  }

  /** Whether bytes can be promised. Called before any lock is taken. */
  void checkRoomFor(long bytes, Overwritten overwritten) throws ErrnoException, IOException {
    if (!hasSpaceFor(bytes, overwritten)) {
      throw full("no room for " + bytes + " bytes");
    }
  }
}
