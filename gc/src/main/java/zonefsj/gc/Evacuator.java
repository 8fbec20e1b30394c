// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.gc.ExtentOwner.NoSpaceForRelocationException;
import zonefsj.gc.ExtentOwner.RelocationRun;
import zonefsj.gc.VictimSearch.Victim;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Moves the live data out of one victim after the other, step by step. It walks through the chunks
 * of the zone, up to {@value #MAX_PASSES} times, because applications change data meanwhile. If
 * live data remain that no summary lists, it searches all extents once for this zone and for all
 * offline ones.
 *
 * <p>Used by one thread at a time; any thread reads the counters. Takes the chunks of one step and
 * what {@link ExtentOwner} holds for them.
 */
final class Evacuator {
  /** Approximate limit of a step: it moves small chunks together, so that they become one. */
  static final long STEP_BYTES = 1 << 20;

  private static final int STEP_CHUNKS = 64;

  /** Limit of what a step examines, where headers are lost and every unit may be a chunk. */
  private static final long WALK_BYTES = 16 << 20;

  private static final int MAX_PASSES = 4;
  private static final int NONE = -1;
  private static final Logger LOG = LoggerFactory.getLogger(Evacuator.class);

  private final ZonedDevice device;
  private final UUID filesystem;
  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ExtentOwner owner;
  private final ZoneBackoff stuck;
  private final LongConsumer pace;
  private final BooleanSupplier mayGoOn;
  private final AtomicLong bytesMoved = new AtomicLong();
  private final AtomicLong victimsEnded = new AtomicLong();
  private @Nullable Evacuation current;

  /** Bytes that were moved since the victim was chosen. */
  private long movedOfVictim;

  /** The last victim that could not be moved for lack of space. */
  private int lackedSpace = NONE;

  /** One victim: a walk through it, or the search after the walks. */
  private static final class Evacuation {
    final Victim victim;
    final ChunkWalker chunks;
    final int pass;

    /** Bytes that the drive could not read on this walk. */
    long stayingBytes;

    /** What is being moved slice by slice; null: the next chunks are walked to first. */
    @Nullable RelocationRun run;

    /** The zones for which all extents are searched, after the walks; empty before. */
    Set<Integer> searched = Set.of();

    Evacuation(Victim victim, ChunkWalker chunks, int pass) {
      this.victim = victim;
      this.chunks = chunks;
      this.pass = pass;
    }

    int zone() {
      return victim.zone();
    }
  }

  /**
   * @param device the drive
   * @param filesystem UUID of the filesystem that owns the zones
   * @param allocator knows the states of the zones
   * @param usage counts live bytes
   * @param owner moves live data
   * @param stuck defers victims that cannot be emptied
   * @param pace is told the bytes of each step
   * @param mayGoOn whether a search of all extents may go on after its current slice
   */
  Evacuator(
      ZonedDevice device,
      UUID filesystem,
      ZoneAllocator allocator,
      ZoneUsage usage,
      ExtentOwner owner,
      ZoneBackoff stuck,
      LongConsumer pace,
      BooleanSupplier mayGoOn) {
    this.device = device;
    this.filesystem = filesystem;
    this.allocator = allocator;
    this.usage = usage;
    this.owner = owner;
    this.stuck = stuck;
    this.pace = pace;
    this.mayGoOn = mayGoOn;
  }

  /** Live bytes that were moved. */
  long bytesMoved() {
    return bytesMoved.get();
  }

  /** Number of victims whose evacuation has ended. */
  long victimsEnded() {
    return victimsEnded.get();
  }

  /** Bytes that were moved out of the current victim so far, or out of the last one. */
  long movedOfVictim() {
    return movedOfVictim;
  }

  /** The victim that is being emptied; null if there is none. */
  @Nullable Victim victim() {
    Evacuation evacuation = current;
    return evacuation == null ? null : evacuation.victim;
  }

  /**
   * Begins with a victim; there must be none.
   *
   * @throws IOException if the drive failed; the victim is deferred
   */
  void begin(Victim victim) throws IOException {
    // Commit relocations that a failed scan left: one record must not move anything twice.
    owner.commitRelocations();
    movedOfVictim = 0;
    try {
      walk(victim, 1);
    } catch (IOException failed) {
      deferVictim(victim.zone());
      throw failed;
    }
  }

  /** Abandons the victim; moved data stay moved. */
  void abandon() {
    current = null;
  }

  /**
   * Ends the walk through a victim that was reset, because commits have emptied it meanwhile: it
   * may be written again, and what is new in it need not be moved.
   *
   * @return whether the zone was the victim
   */
  boolean endIfReset(int zone) {
    Evacuation evacuation = current;
    if (evacuation == null || evacuation.zone() != zone || !evacuation.searched.isEmpty()) {
      return false;
    }
    current = null;
    victimsEnded.incrementAndGet();
    return true;
  }

  /**
   * Performs one step of the victim, of which there must be one; after the last step there is none.
   *
   * @throws IOException if the drive failed; the step may be repeated, if there is still a victim
   */
  void step() throws IOException {
    Evacuation evacuation = Objects.requireNonNull(current, "a victim");
    try {
      advance(evacuation);
    } catch (IOException failed) {
      deferAfter(failed, evacuation.victim);
      throw failed;
    }
  }

  private void walk(Victim victim, int pass) throws IOException {
    ChunkWalker chunks =
        new ChunkWalker(device, filesystem, device.report(victim.zone(), 1).get(0));
    current = new Evacuation(victim, chunks, pass);
  }

  /** Defers a victim whose collection failed; otherwise it would be chosen again at once. */
  private void deferVictim(int zone) {
    stuck.deferVictim(zone, allocator.state(zone).use());
  }

  /**
   * Space that an ordinary victim lacks comes back with the zones that wait for a reset, so only
   * the second failure in a row defers it.
   */
  private void deferAfter(IOException failed, Victim victim) {
    boolean lacksSpace = failed instanceof NoSpaceForRelocationException;
    if (victim.hasPriority() || !lacksSpace || lackedSpace == victim.zone()) {
      deferVictim(victim.zone());
    }
    lackedSpace = lacksSpace ? victim.zone() : NONE;
  }

  private void advance(Evacuation evacuation) throws IOException {
    if (!evacuation.searched.isEmpty()) {
      moveByScan(evacuation);
      return;
    }
    int zone = evacuation.zone();
    boolean readable = allocator.state(zone).use() != Use.OFFLINE;
    if (readable && usage.liveBytes(zone) > 0 && moveByWalk(evacuation)) {
      return;
    }
    current = null;
    owner.commitRelocations();
    long expectedBytes = readable ? evacuation.stayingBytes : 0;
    if (usage.liveBytes(zone) > expectedBytes) {
      owner.awaitCounts();
    }
    boolean isUntold = usage.liveBytes(zone) > expectedBytes;
    if (isUntold && readable && evacuation.pass < MAX_PASSES) {
      // Data that applications changed during the walk are still in the zone.
      walk(evacuation.victim, evacuation.pass + 1);
      return;
    }
    if (isUntold) {
      beginScan(evacuation);
      moveByScan(evacuation);
      return;
    }
    ended(zone);
  }

  /**
   * Moves a slice of the live data of the next chunks.
   *
   * @return false at the end of the zone
   */
  private boolean moveByWalk(Evacuation evacuation) throws IOException {
    RelocationRun run = evacuation.run;
    if (run == null) {
      List<ChunkWalker.FoundChunk> chunks = nextChunks(evacuation.chunks);
      if (chunks.isEmpty()) {
        return !evacuation.chunks.isAtEnd();
      }
      run = owner.relocate(evacuation.zone(), evacuation.victim.updateRate(), chunks);
    }
    // If it fails, the next walk tries these chunks again.
    evacuation.run = null;
    ExtentOwner.RelocationResult relocated = run.moveSome();
    evacuation.stayingBytes += relocated.stayingBytes();
    moved(relocated.movedBytes());
    if (run.hasMore()) {
      evacuation.run = run;
    }
    return true;
  }

  /** Chunks for one step; none if it finds none within {@link #WALK_BYTES}. */
  private static List<ChunkWalker.FoundChunk> nextChunks(ChunkWalker walker) throws IOException {
    List<ChunkWalker.FoundChunk> chunks = new ArrayList<>();
    long bytes = 0;
    long endBytes = walker.positionBytes() + WALK_BYTES;
    while (bytes < STEP_BYTES && chunks.size() < STEP_CHUNKS) {
      ChunkWalker.FoundChunk chunk = walker.nextWithin(endBytes - walker.positionBytes());
      if (chunk == null) {
        break;
      }
      chunks.add(chunk);
      bytes += chunk.frameLengthBytes();
    }
    return chunks;
  }

  /** One scan serves all offline zones at the cost of one. */
  private void beginScan(Evacuation evacuation) {
    Set<Integer> zones = new HashSet<>(Set.of(evacuation.zone()));
    for (ZoneState dying : allocator.failedZones()) {
      if (dying.use() == Use.OFFLINE && usage.pendingBytes(dying.zone()) == 0) {
        zones.add(dying.zone());
      }
    }
    LOG.warn("zones {} have live data that no summary tells of; searching all extents", zones);
    evacuation.searched = zones;
    evacuation.run = owner.relocateByScan(zones::contains);
    current = evacuation;
  }

  /**
   * Moves what the next slice of the search finds. The search ends early if commits have emptied
   * the zones meanwhile: they may be reset and written between two slices, and what is new in them
   * need not be moved.
   */
  private void moveByScan(Evacuation evacuation) throws IOException {
    RelocationRun run = Objects.requireNonNull(evacuation.run, "a search");
    Set<Integer> zones = evacuation.searched;
    boolean hasMore = false;
    try {
      moved(run.moveSome().movedBytes());
      hasMore =
          run.hasMore()
              && mayGoOn.getAsBoolean()
              && zones.stream().anyMatch(searched -> usage.liveBytes(searched) > 0);
    } finally {
      if (!hasMore) {
        current = null;
        // Also what a failed scan has moved: until then the zones cannot be reset.
        owner.commitRelocations();
      }
    }
    if (!hasMore) {
      if (mayGoOn.getAsBoolean()) {
        zones.stream().filter(other -> other != evacuation.zone()).forEach(this::noteIfStuck);
      }
      owner.awaitCounts();
      ended(evacuation.zone());
    }
  }

  private void ended(int zone) {
    victimsEnded.incrementAndGet();
    noteIfStuck(zone);
  }

  private void noteIfStuck(int zone) {
    if (usage.liveBytes(zone) > 0) {
      stuck.failed(zone, allocator.state(zone).use());
      if (mayGoOn.getAsBoolean()) {
        LOG.error("zone {} cannot be emptied: {} bytes stay", zone, usage.liveBytes(zone));
      }
    }
  }

  private void moved(long bytes) {
    bytesMoved.addAndGet(bytes);
    movedOfVictim += bytes;
    pace.accept(bytes);
  }
}
