// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.simulate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.gc.ChunkWalker;
import zonefsj.gc.CollectionStep;
import zonefsj.gc.ExtentOwner;
import zonefsj.gc.GarbageCollector;
import zonefsj.gc.GcSettings;
import zonefsj.gc.UpdateSkew;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneUsage;

/**
 * One drive, one file, overwritten block by block: what is written, what the collector moves. The
 * allocator, the chunk writer and the collector are the ones of a mount; the index is an array. A
 * batch of {@value #BATCH_BLOCKS} blocks is written, then the collector works until it has nothing
 * to do, as a background thread does that keeps up; a batch without room waits for a zone.
 *
 * <p>Single-threaded.
 */
final class Simulation implements ExtentOwner, AutoCloseable {
  private static final UUID FILESYSTEM = new UUID(0x51, 0x3d);
  private static final int BLOCK_BYTES = 4096;

  /** As the account of space has it. */
  private static final int BLOCK_OVERHEAD_BYTES = 64;

  /** Blocks of a batch: a full write buffer of a mount. */
  static final int BATCH_BLOCKS = 256;

  private static final long NOWHERE = -1;

  /** More than the units of summaries and padding of a batch. */
  private static final long BATCH_ROOM_BYTES = 2L * BATCH_BLOCKS * BLOCK_BYTES;

  /**
   * The drive.
   *
   * @param zones number of zones
   * @param zoneBytes length of a zone
   * @param reserveZones zones that only the collector may take
   */
  record Drive(int zones, long zoneBytes, int reserveZones) {
    /**
     * Blocks of data at a utilization of the zones without the reserve, as {@code status} shows it:
     * a scattered block also takes {@value #BLOCK_OVERHEAD_BYTES} bytes of summaries.
     */
    int blocks(double utilization) {
      long bytes = (zones - reserveZones) * zoneBytes;
      return (int) (bytes * utilization / (BLOCK_BYTES + BLOCK_OVERHEAD_BYTES));
    }
  }

  /**
   * What a run has cost.
   *
   * @param userBytes bytes that were overwritten
   * @param movedBytes bytes that the collector moved
   * @param deviceBytes bytes that the drive took, with summaries and padding
   * @param victims zones that were collected
   */
  record Result(long userBytes, long movedBytes, long deviceBytes, long victims) {
    /** Bytes written for each byte of the user, without metadata. */
    double writeAmplification() {
      return (double) (userBytes + movedBytes) / userBytes;
    }

    /** Share of summaries and padding in all that was written. */
    double overhead() {
      return 1 - (double) (userBytes + movedBytes) / deviceBytes;
    }

    private Result since(Result before) {
      return new Result(
          userBytes - before.userBytes,
          movedBytes - before.movedBytes,
          deviceBytes - before.deviceBytes,
          victims - before.victims);
    }
  }

  private final Drive drive;
  private final SummaryDrive device;
  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ChunkWriter chunks;
  private final GarbageCollector collector;
  private final ByteBuffer zeros = ByteBuffer.allocateDirect(BATCH_BLOCKS * BLOCK_BYTES);

  /** Position of each block on the drive. */
  private final long[] positions;

  private final SplittableRandom random;
  private long userBytes;

  /**
   * @param settings of the collector
   * @param blocks number of blocks of data
   */
  Simulation(Drive drive, GcSettings settings, int blocks, long seed) throws IOException {
    this.drive = drive;
    device = new SummaryDrive(drive.zones(), drive.zoneBytes());
    allocator = new ZoneAllocator(device, device.report(0, drive.zones()), 1);
    allocator.setReserves(drive.reserveZones(), 0, 0);
    usage = new ZoneUsage(drive.zones());
    InstantSource clock = () -> Instant.ofEpochMilli(elapsedMillis());
    chunks = new ChunkWriter(device, FILESYSTEM, 1, allocator, usage, clock);
    collector =
        new GarbageCollector(
            device,
            FILESYSTEM,
            allocator,
            usage,
            this,
            settings,
            clock,
            this::elapsedMillis,
            () -> 0,
            this::spareZones);
    positions = new long[blocks];
    Arrays.fill(positions, NOWHERE);
    random = new SplittableRandom(seed);
  }

  private int spareZones() {
    long data = (drive.zones() - drive.reserveZones()) * drive.zoneBytes();
    return (int) ((data - usage.totalLiveBytes()) / drive.zoneBytes());
  }

  /** A millisecond for each block that a user wrote. */
  private long elapsedMillis() {
    return userBytes / BLOCK_BYTES;
  }

  /**
   * Writes all data in order, overwrites them, and measures the second half of that.
   *
   * @param overwrites how many times as many bytes as the data have
   * @throws IOException if the drive is full
   */
  Result run(Workload workload, double overwrites) throws IOException {
    int[] batch = new int[BATCH_BLOCKS];
    for (int first = 0; first < positions.length; first += BATCH_BLOCKS) {
      int length = Math.min(BATCH_BLOCKS, positions.length - first);
      write(IntStream.range(first, first + length).toArray());
    }
    overwrite(workload, batch, overwrites / 2);
    Result before = result();
    overwrite(workload, batch, overwrites / 2);
    return result().since(before);
  }

  private void overwrite(Workload workload, int[] batch, double times) throws IOException {
    long end = userBytes + (long) (times * positions.length * BLOCK_BYTES);
    while (userBytes < end) {
      workload.draw(random, positions.length, batch);
      write(batch);
    }
  }

  /** What {@code status} would estimate. */
  UpdateSkew skew() {
    UpdateSkew.Sum sum = new UpdateSkew.Sum();
    for (int zone = 0; zone < drive.zones(); zone++) {
      sum.add(usage.liveBytes(zone), usage.updateRate(zone));
    }
    return sum.estimate();
  }

  private Result result() {
    return new Result(
        userBytes,
        collector.bytesMoved(),
        device.writtenBytes(),
        collector.snapshot().zonesReset());
  }

  /** Writes some blocks as a commit does: in order, neighbours together, each once. */
  private void write(int[] blocks) throws IOException {
    int[] sorted = Arrays.stream(blocks).sorted().distinct().toArray();
    while (roomBytes() < BATCH_ROOM_BYTES) {
      CollectionStep step;
      do {
        step = collector.stepForSpace();
      } while (step.isUnfinished());
      if (step == CollectionStep.NONE) {
        throw new IOException(
            "the drive is full: " + allocator.freeDataZones() + " zones are free");
      }
    }
    int[] hot = new int[sorted.length];
    int[] cold = new int[sorted.length];
    int hotCount = 0;
    int coldCount = 0;
    for (int block : sorted) {
      if (streamOf(block) == DataStream.HOT) {
        hot[hotCount++] = block;
      } else {
        cold[coldCount++] = block;
      }
    }
    place(DataStream.COLD, Arrays.copyOf(cold, coldCount));
    place(DataStream.HOT, Arrays.copyOf(hot, hotCount));
    userBytes += (long) sorted.length * BLOCK_BYTES;
    while (collector.doWork()) {
      // Until it has nothing to do.
    }
  }

  /** As the product chooses for a range that is overwritten, and for long new data. */
  private DataStream streamOf(int block) {
    return positions[block] == NOWHERE
        ? DataStream.COLD
        : DataStream.ofWritten(usage.updateRate(device.geometry().zoneOf(positions[block])));
  }

  private long roomBytes() {
    return allocator.freeDataZones() * drive.zoneBytes() + chunks.remainingBytes();
  }

  /** Puts blocks into zones, in this order; neighbours become one piece. */
  private void place(DataStream stream, int[] blocks) throws IOException {
    if (blocks.length == 0) {
      return;
    }
    List<ChunkWriter.Source> sources = new ArrayList<>();
    for (int at = 0; at < blocks.length; ) {
      int end = at + 1;
      while (end < blocks.length && blocks[end] == blocks[end - 1] + 1 && end - at < BATCH_BLOCKS) {
        end++;
      }
      long offset = (long) blocks[at] * BLOCK_BYTES;
      sources.add(
          new ChunkWriter.Source(1, offset, zeros.duplicate().limit((end - at) * BLOCK_BYTES)));
      at = end;
    }
    List<List<PhysicalExtent>> placed = chunks.write(stream, sources, (zone, bytes) -> {});
    for (int index = 0; index < sources.size(); index++) {
      int block = (int) (sources.get(index).fileOffset() / BLOCK_BYTES);
      for (PhysicalExtent part : placed.get(index)) {
        int count = part.lengthBytes() / BLOCK_BYTES;
        for (int within = 0; within < count; within++) {
          moveTo(block++, part.firstBytePosition() + (long) within * BLOCK_BYTES);
        }
        usage.addPending(
            device.geometry().zoneOf(part.firstBytePosition()), -(long) part.lengthBytes());
      }
    }
  }

  /** Checks that the live bytes of all zones are those of the blocks that lie there. */
  void checkCounts() {
    long[] live = new long[drive.zones()];
    for (long position : positions) {
      live[device.geometry().zoneOf(position)] += BLOCK_BYTES;
    }
    for (int zone = 0; zone < live.length; zone++) {
      if (live[zone] != usage.liveBytes(zone) || usage.pendingBytes(zone) != 0) {
        throw new AssertionError(
            "zone " + zone + " has " + live[zone] + " live bytes, not " + usage.liveBytes(zone));
      }
    }
  }

  private void moveTo(int block, long position) {
    addLive(position, BLOCK_BYTES);
    long before = positions[block];
    positions[block] = position;
    if (before != NOWHERE) {
      addLive(before, -BLOCK_BYTES);
    }
  }

  private void addLive(long position, long bytes) {
    int zone = device.geometry().zoneOf(position);
    usage.setLiveBytes(zone, usage.liveBytes(zone) + bytes);
  }

  @Override
  public RelocationRun relocate(int zone, double updateRate, List<ChunkWalker.FoundChunk> found) {
    return new RelocationRun() {
      private boolean hasMore = true;

      @Override
      public RelocationResult moveSome() throws IOException {
        hasMore = false;
        return moveAll(updateRate, found);
      }

      @Override
      public boolean hasMore() {
        return hasMore;
      }
    };
  }

  private RelocationResult moveAll(double updateRate, List<ChunkWalker.FoundChunk> found)
      throws IOException {
    DataStream stream = DataStream.ofMoved(updateRate);
    int[] live = new int[BATCH_BLOCKS];
    int count = 0;
    long moved = 0;
    for (ChunkWalker.FoundChunk chunk : found) {
      for (ChunkSummary.Piece piece : chunk.summary().pieces()) {
        long position = chunk.framePosition() + piece.frameOffset();
        int first = (int) (piece.fileOffset() / BLOCK_BYTES);
        for (int within = 0; within < piece.lengthBytes() / BLOCK_BYTES; within++) {
          if (positions[first + within] == position + (long) within * BLOCK_BYTES) {
            live[count++] = first + within;
            if (count == live.length) {
              moved += relocate(stream, live, count);
              count = 0;
            }
          }
        }
      }
    }
    moved += relocate(stream, live, count);
    return new RelocationResult(moved, 0);
  }

  private long relocate(DataStream stream, int[] live, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    try {
      place(stream, Arrays.copyOf(live, count));
    } catch (ChunkWriter.NoZoneException none) {
      throw new NoSpaceForRelocationException("no free zone is left for the collector");
    }
    return (long) count * BLOCK_BYTES;
  }

  @Override
  public RelocationRun relocateByScan(IntPredicate zones) {
    throw new IllegalStateException("a summary does not tell of live data");
  }

  @Override
  public void commitRelocations() {}

  @Override
  public void awaitCounts() {}

  @Override
  public boolean proveCommits() {
    return true;
  }

  @Override
  public void close() throws IOException {
    chunks.close();
    device.close();
  }
}
