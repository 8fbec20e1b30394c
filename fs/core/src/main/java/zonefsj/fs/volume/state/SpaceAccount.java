package zonefsj.fs.volume.state;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.SpaceStatistics;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneUsage;

/**
 * The one account of room. Nothing is accepted before it has answered two questions: would
 * everything live still fit the drive (else ENOSPC), and can the zones that are free now take all
 * that waits for them (else the writer waits for the collector). What is granted is promised until
 * it is in memory, and counted there until it is in a zone; so the zones that a commit needs are
 * free when it begins. ARCHITECTURE.md, "Zones and space", has the proof.
 *
 * <p>Until the checkpoints have the share that the index needs ({@link ZoneShares}), new writers
 * wait.
 *
 * <p>Thread-safe. A call that finds room takes no lock.
 */
public final class SpaceAccount {
  private static final Logger LOG = LoggerFactory.getLogger(SpaceAccount.class);

  /** What the collector can do for a writer that waits. */
  public interface Reclaimer {
    /**
     * Makes room, or waits until somebody did.
     *
     * @return false if there is nothing left to reclaim
     */
    boolean makeRoom() throws InterruptedException;

    /**
     * Frees a zone if one can be freed without a commit of what is pending.
     *
     * @return whether one was freed
     */
    boolean collect();

    /** Commits, so that what was deleted counts as free. */
    void settlePending();

    /** Makes the index as short as it can be, and takes a checkpoint of it. */
    void shrinkMetadata();

    /** How many inodes without a name were given up. */
    long deletions();

    /**
     * Waits a moment for an inode without a name to be given up. The kernel lets go of an inode
     * some time after the application did.
     *
     * @param seen what {@link #deletions} told before
     * @return whether one was, since then
     */
    boolean awaitDeletion(long seen) throws InterruptedException;

    /** Makes a writer help the collector when room is short. */
    void pace(long bytes) throws InterruptedException;
  }

  /** Summaries and alignment take less than a sixteenth of what is written. */
  private static final int OVERHEAD_SHIFT = 4;

  /**
   * What a piece of a file takes in its zone beyond its bytes: 29 bytes of its chunk's summary (25,
   * and one checksum), and half of the 64 bytes to which it is aligned, rounded up.
   */
  private static final long EXTENT_OVERHEAD_BYTES = 64;

  /** What the first and the last chunk of a commit take beyond that. */
  private static final long SLACK_BYTES = 64 << 10;

  private static final int FRUITLESS_ROUNDS = 32;

  /** More than the longest request, and what is kept beside it. */
  private static final long SHORT_BYTES = 2 << 20;

  /** Promised, it leaves room for nobody. */
  private static final long NOTHING_LEFT = Long.MAX_VALUE / 4;

  /** What others were granted arrives within this, about. */
  private static final long PAUSE_NANOS = 1_000_000;

  private final SpacePlan plan;
  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ChunkWriter chunks;
  private final DirtyMemory memory;
  private final Reclaimer reclaimer;
  private final AtomicLong claimed = new AtomicLong();
  private final AtomicLong staged = new AtomicLong();

  /** Granted and not yet in memory: what adds to the live bytes, and all. */
  private final AtomicLong promisedLive = new AtomicLong();

  private final AtomicLong promisedRoom = new AtomicLong();

  /** Writers that wait for room, first come, first served. */
  private final ReentrantLock line = new ReentrantLock(true);

  private final ZoneShares shares;

  public SpaceAccount(
      SpacePlan plan,
      ZoneAllocator allocator,
      ZoneUsage usage,
      ChunkWriter chunks,
      DirtyMemory memory,
      Reclaimer reclaimer) {
    this.plan = plan;
    this.allocator = allocator;
    this.usage = usage;
    this.chunks = chunks;
    this.memory = memory;
    this.reclaimer = reclaimer;
    this.shares = new ZoneShares(plan, allocator, this::spareBytes);
  }

  /** The shares of zones that follow what is needed. */
  public ZoneShares shares() {
    return shares;
  }

  /** Bytes that file data can ever take. */
  public long totalBytes() {
    return Math.max(0, plan.usableBytes() - plan.usableShareOf(allocator.retiredBytes()));
  }

  /** Bytes that can still be accepted. */
  public long freeBytes() {
    return Math.max(0, freeBeside(promisedLive.get()));
  }

  /**
   * Bytes that can still be accepted, in pieces of at least {@link SpaceStatistics#PIECE_BYTES}.
   */
  public long availableBytes() {
    return freeBytes()
        / (SpaceStatistics.PIECE_BYTES + EXTENT_OVERHEAD_BYTES)
        * SpaceStatistics.PIECE_BYTES;
  }

  /** What can be accepted beside bytes that were promised; negative: too much is there already. */
  private long freeBeside(long promised) {
    long taken = promised + claimed.get() + staged.get() + usage.totalLiveBytes();
    taken += usage.extents() * EXTENT_OVERHEAD_BYTES;
    return totalBytes() - taken - shares.excessBytes();
  }

  /** Bytes accepted whose batch is not applied yet. */
  public long claimedBytes() {
    return claimed.get();
  }

  /** How many of some bytes would overwrite others; asked only when space is short. */
  @FunctionalInterface
  public interface Overwritten {
    /** Bytes of the range that the file has already. */
    long bytes() throws IOException;
  }

  /** Room that was granted; given back when the bytes are in memory, and counted there. */
  public final class Grant implements AutoCloseable {
    private final long liveBytes;
    private final long roomBytes;

    private Grant(long liveBytes, long roomBytes) {
      this.liveBytes = liveBytes;
      this.roomBytes = roomBytes;
    }

    /** How many bytes may be written. */
    public long bytes() {
      return roomBytes;
    }

    @Override
    public void close() {
      promisedLive.addAndGet(-liveBytes);
      promisedRoom.addAndGet(-roomBytes);
    }
  }

  /** A grant of nothing. */
  public Grant nothing() {
    return new Grant(0, 0);
  }

  /**
   * Waits until there is room. Called before any lock is taken.
   *
   * @throws ErrnoException ENOSPC if there is none and none can be made
   */
  public Grant awaitRoom(long bytes, Overwritten overwritten)
      throws ErrnoException, InterruptedException, IOException {
    long[] live = {0};
    Condition fits =
        () -> {
          live[0] = grantLive(bytes, overwritten);
          return live[0] >= 0;
        };
    if (!fits.holds() && !comesTrue(fits)) {
      throw new ErrnoException(Errno.ENOSPC, "the drive is full");
    }
    boolean granted = false;
    try {
      reclaimer.pace(bytes);
      grantRoom(bytes);
      granted = true;
      return new Grant(live[0], bytes);
    } finally {
      if (!granted) {
        promisedLive.addAndGet(-live[0]);
      }
    }
  }

  /** Promises bytes that add to what is live; returns how many, or -1 if they do not fit. */
  private long grantLive(long bytes, Overwritten overwritten) throws IOException {
    if (promiseLive(bytes)) {
      return bytes;
    }
    long fresh = Math.max(0, bytes - overwritten.bytes());
    return fresh == 0 || promiseLive(fresh) ? fresh : -1;
  }

  private boolean promiseLive(long bytes) {
    long promised;
    do {
      promised = promisedLive.get();
      if (bytes > freeBeside(promised)) {
        return false;
      }
    } while (!promisedLive.compareAndSet(promised, promised + bytes));
    return true;
  }

  /** Whether the zones that are free now could take bytes that nobody was promised. */
  public boolean hasRoomFor(long bytes) {
    return roomBeside(promisedRoom.get() + bytes) > 0;
  }

  /** Something that depends on free space. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException;
  }

  /**
   * Whether what does not hold now does soon: what was deleted a moment ago is free only when
   * nobody holds it, and after a commit; and the index is shorter when it is compacted.
   */
  private boolean comesTrue(Condition condition) throws IOException, InterruptedException {
    long deletions;
    do {
      deletions = reclaimer.deletions();
      reclaimer.settlePending();
      if (condition.holds()) {
        return true;
      }
    } while (reclaimer.awaitDeletion(deletions));
    if (!shares.indexIsLarge()) {
      return false;
    }
    reclaimer.shrinkMetadata();
    return condition.holds();
  }

  /** Whether there is room for bytes. Promises nothing. Called before any lock is taken. */
  public boolean hasSpaceFor(long bytes, Overwritten overwritten) throws IOException {
    Condition fits =
        () -> {
          long free = freeBytes();
          return bytes <= free || bytes - overwritten.bytes() <= free;
        };
    try {
      return fits.holds() || comesTrue(fits);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for room");
    }
  }

  private void grantRoom(long bytes) throws ErrnoException, InterruptedException {
    // Also while the first of the line has its turn: what it waits for is not taken from it.
    if (!line.isLocked() && !line.hasQueuedThreads() && promiseRoom(bytes)) {
      return;
    }
    line.lockInterruptibly();
    try {
      int fruitless = 0;
      int waits = 0;
      boolean shrunk = false;
      long most = emptyBytes();
      while (!promiseRoom(bytes)) {
        long others = promisedRoom.get();
        boolean tried = reclaimer.makeRoom();
        shares.adjust();
        // Very small files take more than their bytes: the collector may then move and gain
        // nothing. What others were granted and is on its way will be reclaimable soon.
        boolean gained = emptyBytes() > most;
        most = Math.max(most, emptyBytes());
        fruitless = gained || (!tried && others > 0) ? 0 : fruitless + 1;
        boolean last = fruitless > 0 && (!tried || fruitless >= FRUITLESS_ROUNDS);
        if (fruitless == 1 || last) {
          // In a zone bytes take less than in memory, where buffers are counted.
          reclaimer.settlePending();
          if (promiseRoom(bytes)) {
            return;
          }
        }
        if (last && fillShortZones()) {
          fruitless = 0;
          most = emptyBytes();
        } else if (last && !shrunk && shares.missingZones() > 0) {
          // It is the checkpoints' need that leaves no room.
          shrunk = true;
          reclaimer.shrinkMetadata();
          fruitless = 0;
        } else if (last && (nothingWaits() || ++waits > FRUITLESS_ROUNDS)) {
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
   * What is dead may lie in the zones that are being written: where few zones are for data, that is
   * most of them, and nothing is collected before they are full. If all that was promised has its
   * place they are filled, for what is left of them is less than anybody asks for.
   *
   * @return whether there was such a zone
   */
  private boolean fillShortZones() {
    if (!promisedRoom.compareAndSet(0, NOTHING_LEFT)) {
      return false;
    }
    try {
      // Nobody is granted anything meanwhile.
      reclaimer.settlePending();
      return memory.usedBytes() == 0
          && chunks.fillShortZones(Math.min(SHORT_BYTES, plan.zoneCapacityBytes() / 2));
    } catch (IOException failed) {
      LOG.warn("the zones that are being written cannot be filled", failed);
      return false;
    } finally {
      promisedRoom.addAndGet(-NOTHING_LEFT);
    }
  }

  private boolean nothingWaits() {
    return promisedRoom.get() == 0 && memory.usedBytes() == 0;
  }

  private void refuse(long bytes) throws ErrnoException {
    LOG.warn("no room for {} bytes: {}", bytes, describe());
    throw new ErrnoException(Errno.ENOSPC, "the drive is full of live data");
  }

  private String describe() {
    return "room "
        + spareBytes()
        + ", free zones "
        + allocator.freeZones()
        + ", of them for data "
        + allocator.freeDataZones()
        + ", live "
        + usage.totalLiveBytes()
        + " of "
        + totalBytes()
        + " in "
        + usage.extents()
        + " extents, in memory "
        + memory.usedBytes()
        + ", "
        + shares.describe();
  }

  /** What can be written without a reset, by whomever. */
  private long emptyBytes() {
    return allocator.freeZones() * plan.zoneCapacityBytes()
        + allocator.partialDataBytes()
        + chunks.remainingBytes()
        + chunks.collectorRemainingBytes();
  }

  private boolean promiseRoom(long bytes) {
    long missing = shares.missingZones() * plan.zoneNetBytes();
    long promised;
    do {
      promised = promisedRoom.get();
      if (roomBeside(promised + bytes) < missing) {
        return false;
      }
    } while (!promisedRoom.compareAndSet(promised, promised + bytes));
    // What waits may have moved from promises to memory between the two looks at it.
    if (spareBytes() < missing) {
      promisedRoom.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  /** Refuses a new inode when its metadata would have no place. Called before any lock is taken. */
  public void checkRoomForMetadata() throws ErrnoException, IOException {
    if (!hasSpaceFor(SLACK_BYTES, () -> 0)) {
      throw new ErrnoException(Errno.ENOSPC, "no room for more metadata");
    }
  }

  /**
   * Bytes that zones can take beyond what was promised and what waits in memory; negative: too few.
   * What waits is read before where it goes, so that bytes on their way count twice, not never.
   */
  private long roomBeside(long promised) {
    long waiting = promised + memory.usedBytes() + staged.get();
    long begun = chunks.remainingBytes() + allocator.partialDataBytes();
    long free = allocator.freeDataZones() * plan.zoneNetBytes();
    long room = free + begun;
    return room - (room >> OVERHEAD_SHIFT) - waiting - (waiting >> OVERHEAD_SHIFT) - SLACK_BYTES;
  }

  /** Bytes that zones can take and nobody was promised; negative: too few. */
  private long spareBytes() {
    return roomBeside(promisedRoom.get());
  }

  /** Counts bytes that a batch has accepted; negative: that it needs no more. */
  public void claim(long bytes) {
    claimed.addAndGet(bytes);
  }

  /** A batch is applied: its bytes are live now, or gone. */
  public void settle(long bytes) {
    claimed.addAndGet(-bytes);
  }

  /** Bytes that came with their journal record and need a zone later; negative: they have one. */
  public void stage(long bytes) {
    staged.updateAndGet(before -> Math.max(0, before + bytes));
  }

  /**
   * Makes room for bytes that were accepted and found none: a zone that fails a write takes with it
   * what it was to hold.
   *
   * @return false if none can be made
   */
  public boolean makeRoomForAccepted() {
    return reclaimer.collect();
  }

  /** Free room for data relative to a number of zones, at most 1; 0: none. */
  public double roomIn(int zones) {
    double room = spareBytes();
    return Math.max(0, Math.min(1, room / Math.max(1, (double) zones * plan.zoneNetBytes())));
  }
}
