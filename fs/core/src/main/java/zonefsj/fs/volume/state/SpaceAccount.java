// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.SpaceStatistics;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneUsage;

/**
 * The one account of room. It answers two questions: would everything live still fit the drive, and
 * can the zones that are free now take all that waits for them. What is granted is promised until
 * it is in memory, and counted there until it is in a zone; so the zones that a commit needs are
 * free when it begins. ARCHITECTURE.md, "Zones and space", has the proof. Whoever is refused here
 * waits, or gets ENOSPC, by the admission of writes.
 *
 * <p>Until the checkpoints have the share that the index needs ({@link AdaptiveReserves}), there is
 * no room for new writers.
 *
 * <p>Thread-safe. No call takes a lock or waits, except {@link #fillShortZones}, which writes.
 */
public final class SpaceAccount {
  /** Summaries and alignment take less than a sixteenth of what is written. */
  private static final int OVERHEAD_SHIFT = 4;

  /**
   * What a piece of a file takes in its zone beyond its bytes: 29 bytes of its chunk's summary (25,
   * and one checksum), and half of the 64 bytes to which it is aligned, rounded up.
   */
  private static final long EXTENT_OVERHEAD_BYTES = 64;

  /** What the first and the last chunk of a commit take beyond that. */
  public static final long SLACK_BYTES = 64 << 10;

  /** More than the longest request, and what is kept beside it. */
  private static final long SHORT_BYTES = 2 << 20;

  /** Promised, it leaves room for nobody. */
  private static final long NOTHING_LEFT = Long.MAX_VALUE / 4;

  private final SpacePlan plan;
  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ChunkWriter chunks;
  private final DirtyMemory memory;
  private final AtomicLong reserved = new AtomicLong();
  private final AtomicLong staged = new AtomicLong();

  /** Granted and not yet in memory: what adds to the live bytes, and all. */
  private final AtomicLong grantedLiveBytes = new AtomicLong();

  private final AtomicLong grantedRoomBytes = new AtomicLong();

  private final AdaptiveReserves reserves;

  public SpaceAccount(
      SpacePlan plan,
      ZoneAllocator allocator,
      ZoneUsage usage,
      ChunkWriter chunks,
      DirtyMemory memory) {
    this.plan = plan;
    this.allocator = allocator;
    this.usage = usage;
    this.chunks = chunks;
    this.memory = memory;
    this.reserves = new AdaptiveReserves(plan, allocator, this::spareBytes);
  }

  /** The shares of zones that follow what is needed. */
  public AdaptiveReserves reserves() {
    return reserves;
  }

  /** Bytes that file data can ever take. */
  public long totalBytes() {
    return Math.max(0, plan.usableBytes() - plan.usableShareOf(allocator.failedBytes()));
  }

  /** Bytes that can still be accepted. */
  public long freeBytes() {
    return Math.max(0, freeBeside(grantedLiveBytes.get()));
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
    long taken = promised + reserved.get() + staged.get() + usage.totalLiveBytes();
    taken += usage.extents() * EXTENT_OVERHEAD_BYTES;
    return totalBytes() - taken - reserves.excessBytes();
  }

  /** Bytes accepted whose batch is not applied yet. */
  public long reservedBytes() {
    return reserved.get();
  }

  /**
   * What one writer was granted: first bytes that add to what is live, then room in zones. Closed
   * when the bytes are in memory, and counted there. Used by one thread at a time.
   */
  public final class Grant implements AutoCloseable {
    private final long liveBytes;
    private long roomBytes;

    private Grant(long liveBytes) {
      this.liveBytes = liveBytes;
    }

    /**
     * Adds room in zones that are free now, once.
     *
     * @return false if there is too little; the collector may make more
     */
    public boolean tryAddRoom(long bytes) {
      if (roomBytes != 0) {
        throw new IllegalStateException("a grant has its room already");
      }
      if (!tryGrantRoom(bytes)) {
        return false;
      }
      roomBytes = bytes;
      return true;
    }

    /** How many bytes may be written. */
    public long bytes() {
      return roomBytes;
    }

    @Override
    public void close() {
      grantedLiveBytes.addAndGet(-liveBytes);
      grantedRoomBytes.addAndGet(-roomBytes);
    }
  }

  /** A grant of nothing that adds to what is live; it may be given room. */
  public Grant nothing() {
    return new Grant(0);
  }

  /**
   * Grants bytes that add to what is live, and no room yet.
   *
   * @return null if they do not fit
   */
  public @Nullable Grant tryGrantLive(long bytes) {
    long granted;
    do {
      granted = grantedLiveBytes.get();
      if (bytes > freeBeside(granted)) {
        return null;
      }
    } while (!grantedLiveBytes.compareAndSet(granted, granted + bytes));
    return new Grant(bytes);
  }

  /** Bytes of room that were promised and are not in memory yet. */
  public long grantedRoomBytes() {
    return grantedRoomBytes.get();
  }

  /** Whether all that was ever granted has its place. */
  public boolean nothingWaits() {
    return grantedRoomBytes.get() == 0 && memory.usedBytes() == 0;
  }

  /**
   * If all that was ever granted is in memory, runs a task while nobody is granted anything.
   *
   * @return what the task answers; false if it did not run
   */
  public boolean runWhileNothingIsGranted(Task task) throws IOException {
    if (!grantedRoomBytes.compareAndSet(0, NOTHING_LEFT)) {
      return false;
    }
    try {
      return task.run();
    } finally {
      grantedRoomBytes.addAndGet(-NOTHING_LEFT);
    }
  }

  /** What is done while nobody is granted anything. */
  @FunctionalInterface
  public interface Task {
    /** Does it, and says whether it gained something. */
    boolean run() throws IOException;
  }

  /**
   * Fills the zones that are being written and have less left than anybody asks for, so that they
   * can be collected.
   *
   * @return whether there was such a zone
   */
  public boolean fillShortZones() throws IOException {
    return memory.usedBytes() == 0
        && chunks.fillShortZones(Math.min(SHORT_BYTES, plan.zoneCapacityBytes() / 2));
  }

  /** Whether the zones that are free now could take bytes that nobody was promised. */
  public boolean hasRoomFor(long bytes) {
    return roomBeside(grantedRoomBytes.get() + bytes) > 0;
  }

  /** The account in words, for the log. */
  public String describe() {
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
        + reserves.describe();
  }

  /** What can be written without a reset, by whomever. */
  public long emptyBytes() {
    return allocator.freeZones() * plan.zoneCapacityBytes()
        + allocator.partialDataBytes()
        + chunks.remainingBytes()
        + chunks.collectorRemainingBytes();
  }

  private boolean tryGrantRoom(long bytes) {
    long missing = reserves.missingZones() * plan.zoneNetBytes();
    long promised;
    do {
      promised = grantedRoomBytes.get();
      if (roomBeside(promised + bytes) < missing) {
        return false;
      }
    } while (!grantedRoomBytes.compareAndSet(promised, promised + bytes));
    // What waits may have moved from promises to memory between the two looks at it.
    if (spareBytes() < missing) {
      grantedRoomBytes.addAndGet(-bytes);
      return false;
    }
    return true;
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
    return roomBeside(grantedRoomBytes.get());
  }

  /** Counts bytes that a batch has accepted; negative: that it needs no more. */
  public void reserve(long bytes) {
    reserved.addAndGet(bytes);
  }

  /** A batch is applied: its bytes are live now, or gone. */
  public void apply(long bytes) {
    reserved.addAndGet(-bytes);
  }

  /** Bytes that came with their journal record and need a zone later; negative: they have one. */
  public void stage(long bytes) {
    staged.updateAndGet(before -> Math.max(0, before + bytes));
  }

  /** Free room for data relative to a number of zones, at most 1; 0: none. */
  public double roomIn(int zones) {
    double room = spareBytes();
    return Math.max(0, Math.min(1, room / Math.max(1, (double) zones * plan.zoneNetBytes())));
  }
}
