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
 * The one account of space. It answers two questions: do all live data still fit the drive, and can
 * the zones that are free now take everything that waits for them? A grant promises room until its
 * bytes are in memory; there they are counted until they are in a zone. The zones that a commit
 * needs are therefore free when it begins. ARCHITECTURE.md, "Zones and space", has the proof. A
 * writer that is refused here waits or gets ENOSPC, as {@code WriteAdmission} decides.
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
   * Bytes that a piece of a file takes in its zone beyond its data: 29 bytes of its chunk's summary
   * (25, and one checksum), and half of the 64 bytes to which it is aligned, rounded up.
   */
  private static final long EXTENT_OVERHEAD_BYTES = 64;

  /** Bytes that the first and the last chunk of a commit take beyond that. */
  public static final long SLACK_BYTES = 64 << 10;

  /** More than the longest request and its overhead. */
  private static final long SHORT_BYTES = 2 << 20;

  /** As granted room, it leaves room for no other grant. */
  private static final long NOTHING_LEFT = Long.MAX_VALUE / 4;

  /** As a number of writers, it lets no other one in. */
  private static final long HELD = 1L << 40;

  private volatile SpacePlan plan;

  /** What the allocator counted as failed when the plan was made, which excludes it. */
  private volatile long failedBefore;

  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ChunkWriter chunks;
  private final DirtyMemory memory;
  private final AtomicLong reserved = new AtomicLong();
  private final AtomicLong staged = new AtomicLong();

  private volatile boolean stagingIsPaused;

  /** Granted bytes that are not in memory yet: first those that add to the live bytes, then all. */
  private final AtomicLong grantedLiveBytes = new AtomicLong();

  private final AtomicLong grantedRoomBytes = new AtomicLong();

  /** Writers that are admitted and whose bytes are not in memory yet; {@link #HELD} more: held. */
  private final AtomicLong writers = new AtomicLong();

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
    this.reserves = new AdaptiveReserves(plan, allocator, this::spareBytes, this::unusedBytes);
  }

  /** How the zones are divided now. */
  public SpacePlan plan() {
    return plan;
  }

  /** Capacity of failed zones that {@link #plan} does not contain. */
  public long failedBeforePlan() {
    return failedBefore;
  }

  /**
   * Divides another number of zones.
   *
   * @param changed the plan, which {@link SpacePlan#continuing continues} the one before
   * @param failedBytes {@link ZoneAllocator#failedBytes} when the plan was made
   */
  public void setPlan(SpacePlan changed, long failedBytes) {
    plan = changed;
    failedBefore = failedBytes;
    reserves.setPlan(changed);
  }

  /** The reserves that follow the need. */
  public AdaptiveReserves reserves() {
    return reserves;
  }

  /** Bytes that file data can ever take. */
  public long totalBytes() {
    return Math.max(
        0, plan.usableBytes() - plan.usableShareOf(allocator.failedBytes() - failedBefore));
  }

  /** Bytes that can still be accepted. */
  public long freeBytes() {
    return Math.max(0, freeBeside(grantedLiveBytes.get()));
  }

  /** Bytes that are there or accepted beyond those that fit; 0: none. */
  public long lackingBytes() {
    return Math.max(0, -freeBeside(grantedLiveBytes.get()));
  }

  /**
   * Bytes that can still be accepted, in pieces of at least {@link SpaceStatistics#PIECE_BYTES}.
   */
  public long availableBytes() {
    return freeBytes()
        / (SpaceStatistics.PIECE_BYTES + EXTENT_OVERHEAD_BYTES)
        * SpaceStatistics.PIECE_BYTES;
  }

  /** Bytes that can be accepted beside the promised ones; negative: too many are there already. */
  private long freeBeside(long promised) {
    return freeBesideLive(promised + reserved.get());
  }

  private long freeBesideLive(long promised) {
    return unusedBytes() - promised - reserves.excessBytes();
  }

  /** Bytes that live data leave of what file data and a longer index can take together. */
  private long unusedBytes() {
    return totalBytes() - staged.get() - footprintBytes();
  }

  /**
   * Bytes that could be accepted if all that is on its way to a zone replaced what is there.
   * Accepted bytes count as new until their batch is applied, because only then it is known what
   * they replace.
   */
  public long mostFreeBytes() {
    return Math.max(0, freeBesideLive(0));
  }

  /** Whether bytes are granted or accepted whose batch is not applied yet. */
  public boolean hasBytesOnTheirWay() {
    return writersOnTheirWay() != 0 || grantedLiveBytes.get() != 0 || reserved.get() != 0;
  }

  /** Bytes accepted whose batch is not applied yet. */
  public long reservedBytes() {
    return reserved.get();
  }

  /**
   * The grant of one writer: first bytes that add to the live bytes, then room in zones. The writer
   * closes it when the bytes are in memory and counted there. Used by one thread at a time.
   */
  public final class Grant implements AutoCloseable {
    private final long liveBytes;
    private final int writer;
    private long roomBytes;

    private Grant(long liveBytes, int writer) {
      this.liveBytes = liveBytes;
      this.writer = writer;
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
      writers.addAndGet(-writer);
    }
  }

  /** Returns a grant without live bytes; room can be added to it. */
  public Grant nothing() {
    return new Grant(0, 0);
  }

  /**
   * Grants bytes that add to the live bytes, and no room yet.
   *
   * @return null if they do not fit
   */
  public @Nullable Grant tryGrantLive(long bytes) {
    return tryAddLive(bytes) ? new Grant(bytes, 0) : null;
  }

  private boolean tryAddLive(long bytes) {
    long granted;
    do {
      granted = grantedLiveBytes.get();
      if (bytes > freeBeside(granted)) {
        return false;
      }
    } while (!grantedLiveBytes.compareAndSet(granted, granted + bytes));
    return true;
  }

  /**
   * Admits a writer, and grants the bytes that add to the live bytes; no room yet. The writer is on
   * its way until it closes the grant.
   *
   * @param bytes 0 if the writer only replaces bytes: these are always granted
   * @param evenIfHeld whether to admit it while writers are held back
   * @return null if the bytes do not fit, or writers are held back
   */
  public @Nullable Grant tryAdmit(long bytes, boolean evenIfHeld) {
    long before;
    do {
      before = writers.get();
      if (before >= HELD && !evenIfHeld) {
        return null;
      }
    } while (!writers.compareAndSet(before, before + 1));
    if (bytes == 0 || tryAddLive(bytes)) {
      return new Grant(bytes, 1);
    }
    writers.decrementAndGet();
    return null;
  }

  /** Holds all writers back that are not admitted yet. Called by one thread at a time. */
  public void holdWriters() {
    writers.addAndGet(HELD);
  }

  /** Ends {@link #holdWriters}. */
  public void releaseWriters() {
    writers.addAndGet(-HELD);
  }

  /** Whether writers are held back now. */
  public boolean holdsWriters() {
    return writers.get() >= HELD;
  }

  /** Number of writers that are admitted and whose bytes are not in memory yet. */
  public long writersOnTheirWay() {
    return writers.get() % HELD;
  }

  /** Bytes of granted room that are not in memory yet. */
  public long grantedRoomBytes() {
    return grantedRoomBytes.get();
  }

  /** Whether all bytes that were ever granted are in zones or in the index. */
  public boolean nothingWaits() {
    return grantedRoomBytes.get() == 0 && memory.usedBytes() == 0;
  }

  /**
   * If no granted room is outstanding, runs a task while no room is granted.
   *
   * @return what the task returns; false if it did not run
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

  /** A task that runs while no room is granted. */
  @FunctionalInterface
  public interface Task {
    /** Runs it, and returns whether it gained something. */
    boolean run() throws IOException;
  }

  /**
   * Fills the zones that are being written and have less space left than a request needs, so that
   * they can be collected.
   *
   * @return whether there was such a zone
   */
  public boolean fillShortZones() throws IOException {
    return memory.usedBytes() == 0
        && chunks.fillShortZones(Math.min(SHORT_BYTES, plan.zoneCapacityBytes() / 2));
  }

  /** Whether the zones that are free now could take bytes that are promised to nobody. */
  public boolean hasRoomFor(long bytes) {
    return roomBeside(grantedRoomBytes.get() + bytes) > 0;
  }

  /** The account as text, for the log. */
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

  /** Bytes that can be written without a reset, by all streams together. */
  public long emptyBytes() {
    return allocator.freeZones() * plan.zoneCapacityBytes()
        + allocator.partialDataBytes()
        + chunks.remainingBytes()
        + chunks.collectorRemainingBytes();
  }

  /** Bytes of room that writers leave to the share of the checkpoints. */
  private long roomToLeaveBytes() {
    return reserves.zonesOfRoomToLeave() * plan.zoneNetBytes();
  }

  private boolean tryGrantRoom(long bytes) {
    long left = roomToLeaveBytes();
    long promised;
    do {
      promised = grantedRoomBytes.get();
      if (roomBeside(promised + bytes) < left) {
        return false;
      }
    } while (!grantedRoomBytes.compareAndSet(promised, promised + bytes));
    // What waits may have moved from promises to memory between the two looks at it.
    if (spareBytes() < left) {
      grantedRoomBytes.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  /**
   * Bytes that zones can take beyond what was promised and what waits in memory; negative: too few.
   * The waiting bytes are read before the zones, so that bytes in transit count twice rather than
   * not at all.
   */
  private long roomBeside(long promised) {
    long waiting = promised + memory.usedBytes() + staged.get();
    long partial = chunks.remainingBytes() + allocator.partialDataBytes();
    long free = allocator.freeDataZones() * plan.zoneNetBytes();
    long room = free + partial;
    return room - (room >> OVERHEAD_SHIFT) - waiting - (waiting >> OVERHEAD_SHIFT) - SLACK_BYTES;
  }

  /** Bytes that zones can take and that are promised to nobody; negative: too few. */
  private long spareBytes() {
    return roomBeside(grantedRoomBytes.get());
  }

  /** Adds bytes that a batch has accepted; negative: removes them. */
  public void reserve(long bytes) {
    reserved.addAndGet(bytes);
  }

  /** Notes that a batch is applied: its bytes are now live or deleted. */
  public void apply(long bytes) {
    reserved.addAndGet(-bytes);
  }

  /** Adds staged bytes, which need a zone later; negative: they have one now. */
  public void stage(long bytes) {
    staged.updateAndGet(before -> Math.max(0, before + bytes));
  }

  /** Whether there are staged bytes. */
  public boolean hasStaged() {
    return staged.get() > 0;
  }

  /**
   * Lets commits place their data in zones only, while a checkpoint moves staged data there, or not
   * all of them could be moved.
   */
  public void pauseStaging(boolean isPaused) {
    stagingIsPaused = isPaused;
  }

  /** Whether commits place their data in zones only, if there is a zone. */
  public boolean stagingIsPaused() {
    return stagingIsPaused;
  }

  /**
   * Whether data of batches that are not applied need most of the room in zones, or took it. What
   * they replace is dead only when they are applied.
   */
  public boolean mostRoomWaits() {
    long waiting = Math.max(memory.usedBytes(), reserved.get());
    return waiting > SHORT_BYTES && waiting > roomBeside(0);
  }

  /** Number of data zones that are not needed if all live data are packed. */
  public int spareZones() {
    // What the index takes beyond its plan, it takes from the zones of file data.
    long spare = plan.packedBytes(totalBytes()) - reserves.excessBytes() - footprintBytes();
    return (int) Math.max(0, spare / plan.zoneNetBytes());
  }

  /** Live share of the space that file data may take, with their summaries; 0 to 1. */
  public double utilization() {
    long all = plan.packedBytes(totalBytes());
    return all <= 0 ? 1 : Math.min(1, (double) footprintBytes() / all);
  }

  private long footprintBytes() {
    return usage.totalLiveBytes() + usage.extents() * EXTENT_OVERHEAD_BYTES;
  }

  /** Free room for writers relative to a number of zones, from 0 to 1. */
  public double roomIn(int zones) {
    double room = spareBytes() - roomToLeaveBytes();
    return Math.max(0, Math.min(1, room / Math.max(1, (double) zones * plan.zoneNetBytes())));
  }
}
