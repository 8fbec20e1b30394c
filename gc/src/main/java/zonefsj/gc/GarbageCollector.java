// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.gc.ExtentOwner.NoSpaceForRelocationException;
import zonefsj.gc.ExtentOwner.RelocationRun;
import zonefsj.gc.VictimSearch.Victim;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Frees zones in small steps, so that a test or a thread can drive it: {@link #doWork()} performs
 * one step and returns whether there was one. The collector chooses a victim, moves its chunks step
 * by step, makes the relocations durable and resets the zone.
 *
 * <p>One thread at a time performs a step, and different threads may perform the steps of one
 * victim: what is done so far belongs to the collector, not to a thread. Any thread calls {@link
 * #snapshot} and {@link #settings}, and reads the counters.
 */
public final class GarbageCollector {
  private static final Logger LOG = LoggerFactory.getLogger(GarbageCollector.class);
  private static final int REMEMBERED_VICTIMS = 16;
  private static final int MOST_COST = 50;
  private static final int MAX_PASSES = 4;
  private static final double MAX_UTILIZATION_WHEN_IDLE = 0.25;

  /** Of the zones that a user's command collects. */
  private static final double MAX_UTILIZATION_BY_COMMAND = 0.8;

  /** Weight of the newest victim in the mean cost of the victims. */
  private static final double NEWEST_WEIGHT = 1.0 / 8;

  private final ZonedDevice device;
  private final UUID filesystem;
  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ExtentOwner owner;
  private final GcPace pace;
  private final LongSupplier quietMillis;
  private final IntSupplier spareZones;
  private final ZoneBackoff stuck;
  private final EmptiedZones emptied;
  private final VictimSearch search;
  private final ArrayDeque<String> lastVictims = new ArrayDeque<>();

  private final AtomicLong bytesCopied = new AtomicLong();
  private final AtomicLong victimsEnded = new AtomicLong();
  private volatile GcSettings settings;
  private volatile String state = "idle";
  private volatile boolean stopping;
  private @Nullable Evacuation current;

  /** The last victim that could not be moved for lack of space. */
  private int lackedSpace = NONE;

  private volatile double bytesMovedPerByteFreed;

  /** Approximate limit of a step: it moves small chunks together, so that they become one. */
  public static final long STEP_BYTES = 1 << 20;

  private static final int STEP_CHUNKS = 64;

  /** Limit of what a step examines, where headers are lost and every unit may be a chunk. */
  private static final long WALK_BYTES = 16 << 20;

  private static final int NONE = -1;

  /** Zones that are being written: hot, cold, and two of the collector. */
  private static final int OPEN_ZONES = 4;

  /** What a step for a thread that waits for a collection has done. */
  public enum CollectionStep {
    /** It has reset zones that held no needed data. */
    RESET,
    /** It has chosen a victim. */
    BEGUN,
    /** It has moved a part of the victim. */
    MOVED,
    /** It was the last step of a victim. */
    ENDED,
    /** There was nothing to do. */
    NONE;

    /** Whether more steps follow before there is a result. */
    public boolean isUnfinished() {
      return this == BEGUN || this == MOVED;
    }
  }

  /** One walk through a victim. */
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
   * @param allocator resets zones
   * @param usage counts live bytes
   * @param owner moves live data
   * @param settings initial settings
   * @param clock gives the time, for the age of data
   * @param elapsedMillis milliseconds since some instant, for rate and pauses
   * @param quietMillis time since the last write of an application
   * @param spareZones number of data zones that are not needed if all live data are packed
   */
  public GarbageCollector(
      ZonedDevice device,
      UUID filesystem,
      ZoneAllocator allocator,
      ZoneUsage usage,
      ExtentOwner owner,
      GcSettings settings,
      InstantSource clock,
      LongSupplier elapsedMillis,
      LongSupplier quietMillis,
      IntSupplier spareZones) {
    this.device = device;
    this.filesystem = filesystem;
    this.allocator = allocator;
    this.usage = usage;
    this.owner = owner;
    this.settings = settings;
    this.pace = new GcPace(elapsedMillis);
    this.stuck = new ZoneBackoff(elapsedMillis);
    this.emptied = new EmptiedZones(allocator, usage, owner, stuck, elapsedMillis);
    int unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.search = new VictimSearch(allocator, usage, stuck, unitBytes, clock, elapsedMillis);
    this.quietMillis = quietMillis;
    this.spareZones = spareZones;
  }

  /** Changes the settings of a running collector. */
  public void settings(GcSettings changed) {
    boolean isOtherRate = changed.bytesPerSecond() != settings.bytesPerSecond();
    settings = changed;
    if (isOtherRate) {
      pace.forgive();
    }
  }

  /** The settings. */
  public GcSettings settings() {
    return settings;
  }

  /**
   * The number of free zones below which the collector works. If it were more than the live data
   * leave, the collector would move zones that are nearly full, without end.
   */
  private int startZones(GcSettings now) {
    return now.adapts()
        ? Math.max(1, Math.min(now.startZones(), (spareZones.getAsInt() - OPEN_ZONES) / 2))
        : now.startZones();
  }

  /** The number of free zones below which writers help; at least 1. */
  public int urgentZones() {
    GcSettings now = settings;
    long share = (long) now.urgentZones() * startZones(now) / Math.max(1, now.startZones());
    return (int) Math.max(1, share);
  }

  /**
   * Performs one step.
   *
   * @return false if there is nothing to do now
   * @throws IOException if the drive failed; the step may be repeated
   */
  public boolean doWork() throws IOException {
    long before = emptied.resets();
    emptied.resetSome(this::mayGoOn);
    if (emptied.resets() > before) {
      return true;
    }
    Evacuation evacuation = current;
    if (evacuation != null) {
      // Data of a zone that fails have no time.
      if (!evacuation.victim.hasPriority() && isThrottled()) {
        return false;
      }
      step(evacuation);
      return true;
    }
    Optional<Victim> victim = chooseVictim();
    if (victim.isEmpty()) {
      state = "idle";
      return false;
    }
    begin(victim.get());
    return true;
  }

  /**
   * Performs one step that makes space now, regardless of the thresholds, for a thread that waits
   * for it: {@link #stop} does not end it. Resets zones that hold no needed data; if there are
   * none, goes on with the victim, whoever chose it, or chooses the best one. The caller repeats it
   * until there is a result; between the steps other threads may perform any step, also the last
   * one of this victim ({@link #collections} tells).
   *
   * @return {@link CollectionStep#NONE} if there is no victim
   */
  public CollectionStep stepForSpace() throws IOException {
    long before = emptied.resets();
    emptied.resetSome(() -> true);
    return emptied.resets() > before
        ? CollectionStep.RESET
        : stepVictim(
            () ->
                search
                    .unfinishedZone()
                    .or(() -> search.best(settings.policy(), search.utilizationForWaiters())));
  }

  /**
   * Number of victims whose collection has ended since the mount, and of steps that reset zones. A
   * thread that repeats {@link #stepForSpace} and finds it changed has the result that it waits
   * for.
   */
  public long collections() {
    return victimsEnded.get() + emptied.resets();
  }

  /** Number of victims whose collection has ended since the mount. */
  public long victimsEnded() {
    return victimsEnded.get();
  }

  /** Live bytes that were moved since the mount. */
  public long bytesCopied() {
    return bytesCopied.get();
  }

  /** Zones that held no needed data and were reset since the mount. */
  public long zonesReset() {
    return emptied.resets();
  }

  /** Bytes to move for each byte that the newest victims free, on average. */
  public double bytesMovedPerByteFreed() {
    return bytesMovedPerByteFreed;
  }

  /** Number of zones whose utilization is low enough for a user's command to collect them. */
  public int countByCommand() {
    return search.countBelow(MAX_UTILIZATION_BY_COMMAND);
  }

  /**
   * Performs one step of a user's command: resets zones that hold no needed data; if there are
   * none, goes on with the victim, whoever chose it, or chooses the best one whose utilization is
   * low enough for a command. The caller repeats it, and asks before each step whether to go on.
   *
   * @param mayBegin whether it may choose a victim
   * @return {@link CollectionStep#NONE} if there is nothing to do, or a stop has ended the resets
   */
  public CollectionStep stepByCommand(boolean mayBegin) throws IOException {
    long before = emptied.resets();
    emptied.resetSome(this::mayGoOn);
    return emptied.resets() > before
        ? CollectionStep.RESET
        : stepVictim(
            () ->
                mayBegin
                    ? search
                        .unfinishedZone()
                        .or(() -> search.best(settings.policy(), MAX_UTILIZATION_BY_COMMAND))
                    : Optional.empty());
  }

  /**
   * Resets a few of the zones that hold no needed data; this copies nothing. {@link #stop} ends it
   * after the current reset.
   *
   * @return whether there may be more of them
   * @throws IOException if the commits that emptied them cannot be proven; they wait
   */
  public boolean resetEmptied() throws IOException {
    return emptied.resetSome(this::mayGoOn) == EmptiedZones.ZONES_A_STEP;
  }

  private boolean mayGoOn() {
    return !stopping;
  }

  /**
   * Performs one step of emptying the zones that the drive turned read-only or offline, those that
   * keep an active resource because their finish failed, and those that the superblock log needs.
   * An ordinary victim that was chosen before goes first.
   *
   * @return false if there are no such zones, or a stop has ended it
   */
  public boolean evacuateSome() throws IOException {
    return !stopping && stepVictim(search::priorityVictim) != CollectionStep.NONE;
  }

  /**
   * Goes on with the victim, or chooses one.
   *
   * @param next chooses it
   */
  private CollectionStep stepVictim(Supplier<Optional<Victim>> next) throws IOException {
    Evacuation evacuation = current;
    if (evacuation == null) {
      Optional<Victim> victim = next.get();
      if (victim.isEmpty()) {
        return CollectionStep.NONE;
      }
      begin(victim.get());
      return CollectionStep.BEGUN;
    }
    step(evacuation);
    if (current != null) {
      return CollectionStep.MOVED;
    }
    state = "idle";
    return CollectionStep.ENDED;
  }

  /**
   * Ends resets that no thread waits for, and searches of all extents after their slice. Callers
   * ask for no step after it, unless a commit needs a zone. A later commit makes moved data durable
   * as usual. Any thread may call it.
   */
  public void stop() {
    stopping = true;
  }

  private Optional<Victim> chooseVictim() {
    Optional<Victim> priorityVictim = search.priorityVictim();
    if (priorityVictim.isPresent()) {
      state = "evacuating";
      return priorityVictim;
    }
    GcSettings now = settings;
    int free = allocator.freeDataZones();
    if (free < startZones(now)) {
      // The policy alone weighs the candidates: a limit of their utilization would take hot zones
      // again and again, and leave the dead data in cold ones.
      state = free < urgentZones() ? "urgent" : "working";
      return search.best(now.policy(), VictimSearch.MAX_UTILIZATION);
    }
    if (now.idleMillis() > 0 && quietMillis.getAsLong() > now.idleMillis()) {
      return search.best(now.policy(), MAX_UTILIZATION_WHEN_IDLE);
    }
    return Optional.empty();
  }

  private void begin(Victim victim) throws IOException {
    // Commit relocations that a failed scan left: one record must not move anything twice.
    owner.commitRelocations();
    int zone = victim.zone();
    if (!victim.hasPriority()) {
      // Present writers did not cause the cost of priority victims.
      long taken = usage.footprintBytes(zone);
      long capacity = search.netBytes(zone);
      double cost = taken / (double) Math.max(capacity / MOST_COST, capacity - taken);
      double mean = bytesMovedPerByteFreed;
      bytesMovedPerByteFreed = mean == 0 ? cost : mean + (cost - mean) * NEWEST_WEIGHT;
    }
    try {
      walk(victim, 1);
    } catch (IOException failed) {
      deferVictim(zone);
      throw failed;
    }
    String line = "zone " + zone + ": " + usage.liveBytes(zone) + " live bytes, " + victim.reason();
    LOG.debug("collecting {}", line);
    synchronized (lastVictims) {
      lastVictims.addLast(line);
      if (lastVictims.size() > REMEMBERED_VICTIMS) {
        lastVictims.removeFirst();
      }
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

  private void step(Evacuation evacuation) throws IOException {
    try {
      advance(evacuation);
    } catch (IOException failed) {
      deferAfter(failed, evacuation.victim);
      throw failed;
    }
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

  private void ended(int zone) {
    victimsEnded.incrementAndGet();
    noteIfStuck(zone);
  }

  private void noteIfStuck(int zone) {
    if (usage.liveBytes(zone) > 0) {
      stuck.failed(zone, allocator.state(zone).use());
      if (!stopping) {
        LOG.error("zone {} cannot be emptied: {} bytes stay", zone, usage.liveBytes(zone));
      }
    }
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
              && mayGoOn()
              && zones.stream().anyMatch(searched -> usage.liveBytes(searched) > 0);
    } finally {
      if (!hasMore) {
        current = null;
        // Also what a failed scan has moved: until then the zones cannot be reset.
        owner.commitRelocations();
      }
    }
    if (!hasMore) {
      if (!stopping) {
        zones.stream().filter(other -> other != evacuation.zone()).forEach(this::noteIfStuck);
      }
      owner.awaitCounts();
      ended(evacuation.zone());
    }
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

  private void moved(long bytes) {
    bytesCopied.addAndGet(bytes);
    pace.moved(bytes, settings.bytesPerSecond());
  }

  private boolean isThrottled() {
    return settings.bytesPerSecond() > 0
        && allocator.freeDataZones() >= urgentZones()
        && pace.isOwing();
  }

  /**
   * Abandons the current victim, for example because no zone is left to move it to; moved data stay
   * moved.
   */
  public void abandon(NoSpaceForRelocationException why) {
    LOG.warn("collection is abandoned: {}", why.getMessage());
    current = null;
  }

  /** The state of the collector at this instant. */
  public GcSnapshot snapshot() {
    List<String> victims;
    synchronized (lastVictims) {
      victims = List.copyOf(lastVictims);
    }
    return new GcSnapshot(state, bytesCopied.get(), zonesReset(), victims);
  }
}
