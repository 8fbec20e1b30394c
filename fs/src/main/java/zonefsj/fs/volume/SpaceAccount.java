package zonefsj.fs.volume;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Whether there is room for bytes before they are accepted. Two questions: would everything live
 * fit the drive (else ENOSPC), and is there room right now in zones that are free (else wait for
 * the collector). Bytes that overwrite others pass the first question: their batch frees as much as
 * it takes.
 *
 * <p>Thread-safe. Costs two uncontended locks a call.
 */
final class SpaceAccount {
  /** What the collector can do for a writer that waits. */
  interface Reclaimer {
    /**
     * Makes room, or waits until somebody did.
     *
     * @return false if there is nothing left to reclaim
     */
    boolean makeRoom() throws InterruptedException;

    /** Commits, so that what was deleted counts as free. */
    void settlePending();

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

    /** Slows a writer down in proportion to the space that is left. */
    void pace(long bytes);
  }

  private static final int OVERHEAD_SHIFT = 4;
  private static final long SLACK_BYTES = 64 << 10;
  private static final int FRUITLESS_ROUNDS = 32;

  private final SpacePlan plan;
  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ChunkWriter chunks;
  private final DirtyMemory memory;
  private final Reclaimer reclaimer;
  private final LongSupplier metadataBytes;
  private final AtomicLong claimed = new AtomicLong();
  private final AtomicLong promised = new AtomicLong();

  SpaceAccount(
      SpacePlan plan,
      ZoneAllocator allocator,
      ZoneUsage usage,
      ChunkWriter chunks,
      DirtyMemory memory,
      Reclaimer reclaimer,
      LongSupplier metadataBytes) {
    this.plan = plan;
    this.allocator = allocator;
    this.usage = usage;
    this.chunks = chunks;
    this.memory = memory;
    this.reclaimer = reclaimer;
    this.metadataBytes = metadataBytes;
  }

  /** Bytes that file data can ever take. */
  long totalBytes() {
    return Math.max(0, plan.usableBytes() - plan.usableShareOf(allocator.retiredBytes()));
  }

  /** Bytes that can still be accepted. */
  long freeBytes() {
    long taken = usage.totalLiveBytes() + claimed.get() + metadataExcessBytes();
    return Math.max(0, totalBytes() - taken);
  }

  /** Bytes accepted whose batch is not applied yet. */
  long claimedBytes() {
    return claimed.get();
  }

  /** How many of some bytes would overwrite others; asked only when space is short. */
  @FunctionalInterface
  interface Overwritten {
    /** Bytes of the range that the file has already. */
    long bytes() throws IOException;
  }

  /**
   * Waits until there is room, and promises it to the caller until {@link #arrived}. Called before
   * any lock is taken.
   */
  void awaitRoom(long bytes, Overwritten overwritten)
      throws ErrnoException, InterruptedException, IOException {
    promised.addAndGet(bytes);
    boolean granted = false;
    try {
      if (!fits(bytes, overwritten) && !comesTrue(() -> fits(bytes, overwritten))) {
        throw new ErrnoException(Errno.ENOSPC, "the drive is full");
      }
      reclaimer.pace(bytes);
      waitForRoom();
      granted = true;
    } finally {
      if (!granted) {
        arrived(bytes);
      }
    }
  }

  /** Whether the zones that are free now could take bytes that nobody was promised. */
  boolean hasRoomFor(long bytes) {
    return bytes < roomNow();
  }

  /** Something that depends on free space. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException;
  }

  /**
   * Whether what does not hold now does soon: what was deleted a moment ago is free only when
   * nobody holds it, and after a commit.
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
    return false;
  }

  /** Whether there is room for bytes. Promises nothing. Called before any lock is taken. */
  boolean hasSpaceFor(long bytes, Overwritten overwritten) throws IOException {
    try {
      return fits(bytes, overwritten) || comesTrue(() -> fits(bytes, overwritten));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for room");
    }
  }

  private boolean fits(long bytes, Overwritten overwritten) throws IOException {
    return bytes <= freeBytes() || bytes - overwritten.bytes() <= freeBytes();
  }

  private void waitForRoom() throws ErrnoException, InterruptedException {
    int fruitless = 0;
    for (long room = roomNow(); room < 0; ) {
      boolean tried = reclaimer.makeRoom();
      long now = roomNow();
      // Very small files take more than their bytes: the collector may then move and gain nothing.
      fruitless = now > room ? 0 : fruitless + 1;
      if (now < 0 && (!tried || fruitless >= FRUITLESS_ROUNDS)) {
        throw new ErrnoException(Errno.ENOSPC, "the drive is full of live data");
      }
      room = now;
    }
  }

  /** The bytes of a promise are in memory now, and counted there; or they never came. */
  void arrived(long bytes) {
    promised.addAndGet(-bytes);
  }

  /** What the index takes beyond the zones that are kept back for metadata. */
  private long metadataExcessBytes() {
    return plan.metadataExcessBytes(metadataBytes.getAsLong());
  }

  /** Refuses a new inode when its metadata would have no place. Called before any lock is taken. */
  void checkRoomForMetadata() throws ErrnoException, IOException {
    if (!hasSpaceFor(SLACK_BYTES, () -> 0)) {
      throw new ErrnoException(Errno.ENOSPC, "no room for more metadata");
    }
  }

  /** Bytes that free zones can take beyond what waits for them; negative: too few. */
  private long roomNow() {
    long zones = allocator.freeDataZones() * plan.zoneCapacityBytes();
    long room = zones + allocator.partialDataBytes() + chunks.remainingBytes();
    long waiting = memory.usedBytes() + promised.get();
    return room - (room >> OVERHEAD_SHIFT) - waiting - (waiting >> OVERHEAD_SHIFT) - SLACK_BYTES;
  }

  /** Counts bytes that a batch has accepted; negative: that it needs no more. */
  void claim(long bytes) {
    claimed.addAndGet(bytes);
  }

  /** A batch is applied: its bytes are live now, or gone. */
  void settle(long bytes) {
    claimed.addAndGet(-bytes);
  }
}
