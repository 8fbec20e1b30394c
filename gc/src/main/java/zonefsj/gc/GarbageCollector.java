// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.gc.ExtentOwner.NoSpaceForRelocationException;
import zonefsj.gc.VictimPolicy.Victim;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Frees zones in small steps, so that a test or a thread can drive it: {@link #doWork()} does one
 * step and says whether there was one. The life of a victim: chosen, its chunks moved one by one,
 * the moves made durable, reset.
 *
 * <p>{@link #doWork} is called by one thread at a time; {@link #snapshot} and {@link #settings} by
 * any.
 */
public final class GarbageCollector {
  private static final Logger LOG = LoggerFactory.getLogger(GarbageCollector.class);
  private static final int REMEMBERED_VICTIMS = 16;
  private static final int MOST_COST = 50;
  private static final int MAX_PASSES = 4;
  private static final double MAX_UTILIZATION_WHEN_IDLE = 0.25;
  private static final double MAX_UTILIZATION_WHEN_SHORT = 0.8;

  /** Fuller zones are never moved: summaries and padding would eat what is gained. */
  private static final double MAX_UTILIZATION = 0.97;

  private final ZonedDevice device;
  private final UUID filesystem;
  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ExtentOwner owner;
  private final LongSupplier elapsedMillis;
  private final LongSupplier quietMillis;
  private final ZoneBackoff stuck;
  private final VictimSearch search;
  private final ArrayDeque<String> lastVictims = new ArrayDeque<>();

  private final AtomicLong bytesCopied = new AtomicLong();
  private final AtomicLong zonesReset = new AtomicLong();
  private volatile GcSettings settings;
  private volatile String state = "idle";
  private volatile boolean stopping;
  private @Nullable Evacuation current;

  /** What was moved is paid for then, at the rate of the settings. */
  private volatile long paidUntilMillis;

  private volatile double bytesMovedPerByteFreed;

  /** Whether the zones that were empty when the collector began have been looked for. */
  private boolean seeded;

  /** What a step moves at most, about: small chunks together, so that they become one. */
  public static final long STEP_BYTES = 1 << 20;

  private static final int STEP_CHUNKS = 64;

  /** One walk through a victim. */
  private static final class Evacuation {
    final int zone;
    final ChunkWalker chunks;
    final int pass;

    /** Whether it was chosen before all others. */
    final boolean hasPriority;

    /** What the drive could not read on this walk. */
    long stayingBytes;

    Evacuation(int zone, ChunkWalker chunks, int pass, boolean hasPriority) {
      this.zone = zone;
      this.chunks = chunks;
      this.pass = pass;
      this.hasPriority = hasPriority;
    }
  }

  /**
   * @param device the drive
   * @param filesystem whose zones
   * @param allocator resets zones
   * @param usage tells what is live
   * @param owner moves what is live
   * @param settings may be changed later
   * @param clock tells the time, for the age of data
   * @param elapsedMillis milliseconds since some instant, for rate and pauses
   * @param quietMillis for how long no application has written
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
      LongSupplier quietMillis) {
    this.device = device;
    this.filesystem = filesystem;
    this.allocator = allocator;
    this.usage = usage;
    this.owner = owner;
    this.settings = settings;
    this.elapsedMillis = elapsedMillis;
    this.stuck = new ZoneBackoff(elapsedMillis);
    int unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.search = new VictimSearch(allocator, usage, stuck, unitBytes, clock, elapsedMillis);
    this.quietMillis = quietMillis;
    allocator.whenGivenBack(usage::noteGivenBack);
  }

  /** Changes the settings of a running collector. */
  public void settings(GcSettings changed) {
    if (changed.bytesPerSecond() != settings.bytesPerSecond()) {
      // What is owed was counted at the rate of before.
      paidUntilMillis = elapsedMillis.getAsLong();
    }
    settings = changed;
  }

  /** The settings. */
  public GcSettings settings() {
    return settings;
  }

  /**
   * Does one step.
   *
   * @return false if there is nothing to do now
   * @throws IOException if the drive failed; the step may be tried again
   */
  public boolean doWork() throws IOException {
    if (resetOneEmptied()) {
      return true;
    }
    Evacuation evacuation = current;
    if (evacuation != null) {
      if (isThrottled()) {
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
   * Collects the best victim now, whatever the thresholds say, for somebody who waits for room:
   * {@link #stop} does not end it.
   *
   * @return false if no zone is worth it
   */
  public boolean collectOne() throws IOException {
    return collectOne(MAX_UTILIZATION, true);
  }

  /** Live bytes that were moved since the mount. */
  public long bytesCopied() {
    return bytesCopied.get();
  }

  /** Bytes to be moved for each that the newest victim frees. */
  public double bytesMovedPerByteFreed() {
    return bytesMovedPerByteFreed;
  }

  /** How many zones are less live than a share of their capacity, and so worth a user's wait. */
  public int countWhenShort() {
    return search.below(MAX_UTILIZATION_WHEN_SHORT).size();
  }

  /** Collects the best victim now, if it is less live than what is worth a user's wait. */
  public boolean collectOneWhenShort() throws IOException {
    return collectOne(MAX_UTILIZATION_WHEN_SHORT, false);
  }

  /** Frees the zones that hold nothing that anybody needs, which costs no copying. */
  public void resetEmptied() {
    while (resetOneEmptied()) {
      // One after the other, until there is none.
    }
  }

  /**
   * Empties the zones that the drive turned read-only or offline, and those that keep an active
   * slot because they cannot be finished.
   */
  public void evacuatePriorityZones() throws IOException {
    finishCurrent(false);
    for (Optional<Victim> next = search.priorityVictim();
        next.isPresent() && !stopping;
        next = search.priorityVictim()) {
      begin(next.get());
      finishCurrent(false);
    }
  }

  private boolean collectOne(double utilization, boolean isUrgent) throws IOException {
    resetEmptied();
    if (current == null) {
      Optional<Victim> victim =
          search.unfinishedZone().or(() -> settings.urgent().choose(search.below(utilization)));
      if (victim.isEmpty()) {
        return false;
      }
      begin(victim.get());
    }
    finishCurrent(isUrgent);
    return current == null;
  }

  /**
   * Ends collections that nobody waits for after their step, and scans of all extents; what was
   * moved waits for a commit as it always does. Any thread.
   */
  public void stop() {
    stopping = true;
  }

  private void finishCurrent(boolean isUrgent) throws IOException {
    Evacuation evacuation;
    while ((isUrgent || !stopping) && (evacuation = current) != null) {
      step(evacuation);
    }
    state = "idle";
  }

  /**
   * Resets one of the zones that nobody needs any more. One with a handle comes back when its
   * handle is given back, one that is needed again when it is not.
   */
  private boolean resetOneEmptied() {
    if (!seeded) {
      seeded = true;
      allocator.states().stream().filter(this::isDataWithoutHandle).forEach(this::noteIfEmptied);
    }
    int zone;
    while ((zone = usage.pollEmptied()) >= 0) {
      boolean freed =
          usage.isReclaimable(zone)
              && !stuck.isGivenUp(zone)
              && isDataWithoutHandle(allocator.state(zone))
              && reset(zone);
      if (freed) {
        zonesReset.incrementAndGet();
        stuck.emptied(zone);
        return true;
      }
    }
    return false;
  }

  private void noteIfEmptied(ZoneState zone) {
    usage.noteIfEmptied(zone.zone());
  }

  private boolean isDataWithoutHandle(ZoneState zone) {
    return (zone.use() == Use.FILLED || zone.use() == Use.PARTIAL)
        && zone.stream() != null
        && zone.stream().isData();
  }

  /** A zone that cannot be reset costs its room; the others go on being collected. */
  private boolean reset(int zone) {
    try {
      return allocator.resetIf(zone, () -> forgetIfReclaimable(zone));
    } catch (IOException failed) {
      LOG.error("zone {} cannot be reset and is not used again", zone, failed);
      stuck.giveUp(zone);
      return false;
    }
  }

  /** Before it is empty, and so before anything new is placed in it. */
  private boolean forgetIfReclaimable(int zone) {
    if (!usage.isReclaimable(zone)) {
      return false;
    }
    usage.forgetPlaced(zone);
    return true;
  }

  private Optional<Victim> chooseVictim() {
    Optional<Victim> priorityVictim = search.priorityVictim();
    if (priorityVictim.isPresent()) {
      state = "evacuating";
      return priorityVictim;
    }
    GcSettings now = settings;
    int free = allocator.freeDataZones();
    if (free < now.urgentZones()) {
      state = "urgent";
      return now.urgent().choose(search.below(MAX_UTILIZATION));
    }
    if (free < now.startZones()) {
      state = "working";
      // The fewer zones are free, the fuller a victim may be: a full drive is not stirred for
      // nothing.
      double urgency = 1 - (double) free / now.startZones();
      double worth =
          MAX_UTILIZATION_WHEN_IDLE
              + (MAX_UTILIZATION_WHEN_SHORT - MAX_UTILIZATION_WHEN_IDLE) * urgency;
      return now.background().choose(search.below(worth));
    }
    if (now.idleMillis() > 0 && quietMillis.getAsLong() > now.idleMillis()) {
      return now.background().choose(search.below(MAX_UTILIZATION_WHEN_IDLE));
    }
    return Optional.empty();
  }

  private void begin(Victim victim) throws IOException {
    // What a search that failed has left: nothing may be moved twice by one record.
    owner.commitRelocations();
    int zone = victim.zone();
    if (!victim.hasPriority()) {
      // What those cost is nobody's fault who writes now.
      long taken = usage.footprintBytes(zone);
      long capacity = search.netBytes(allocator.state(zone).capacityBytes());
      bytesMovedPerByteFreed = taken / (double) Math.max(capacity / MOST_COST, capacity - taken);
    }
    try {
      walk(zone, 1, victim.hasPriority());
    } catch (IOException failed) {
      deferVictim(zone, victim.hasPriority());
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

  private void walk(int zone, int pass, boolean hasPriority) throws IOException {
    ChunkWalker chunks = new ChunkWalker(device, filesystem, device.report(zone, 1).get(0));
    current = new Evacuation(zone, chunks, pass, hasPriority);
  }

  /** A pressing zone that cannot be worked on would be chosen again before any other. */
  private void deferVictim(int zone, boolean hasPriority) {
    if (hasPriority) {
      stuck.deferVictim(zone, allocator.state(zone).use());
    }
  }

  private void step(Evacuation evacuation) throws IOException {
    try {
      advance(evacuation);
    } catch (IOException failed) {
      deferVictim(evacuation.zone, evacuation.hasPriority);
      throw failed;
    }
  }

  private void advance(Evacuation evacuation) throws IOException {
    int zone = evacuation.zone;
    boolean readable = allocator.state(zone).use() != Use.OFFLINE;
    List<ChunkWalker.FoundChunk> chunks =
        readable && usage.liveBytes(zone) > 0 ? nextChunks(evacuation.chunks) : List.of();
    if (!chunks.isEmpty()) {
      ExtentOwner.RelocationResult relocated = owner.relocate(zone, chunks);
      evacuation.stayingBytes += relocated.stayingBytes();
      moved(relocated.movedBytes());
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
      // What applications changed while it was moved stayed behind.
      walk(zone, evacuation.pass + 1, evacuation.hasPriority);
      return;
    }
    if (isUntold) {
      moveByScan(zone);
      owner.awaitCounts();
    }
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

  /** One scan costs as much for all zones that nothing can be read of as for one. */
  private void moveByScan(int zone) throws IOException {
    Set<Integer> zones = new HashSet<>(Set.of(zone));
    for (ZoneState dying : allocator.failedZones()) {
      if (dying.use() == Use.OFFLINE && usage.pendingBytes(dying.zone()) == 0) {
        zones.add(dying.zone());
      }
    }
    LOG.warn("zones {} have live data that no summary tells of; searching all extents", zones);
    moved(owner.relocateByScan(zones::contains, () -> !stopping).movedBytes());
    owner.commitRelocations();
    zones.remove(zone);
    if (!stopping) {
      zones.forEach(this::noteIfStuck);
    }
  }

  /** As many as are moved in one step. */
  private static List<ChunkWalker.FoundChunk> nextChunks(ChunkWalker walker) throws IOException {
    List<ChunkWalker.FoundChunk> chunks = new ArrayList<>();
    long bytes = 0;
    while (bytes < STEP_BYTES && chunks.size() < STEP_CHUNKS) {
      ChunkWalker.FoundChunk chunk = walker.next();
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
    long rate = settings.bytesPerSecond();
    if (rate > 0) {
      long from = Math.max(paidUntilMillis, elapsedMillis.getAsLong());
      paidUntilMillis = from + bytes * 1000 / rate;
    }
  }

  private boolean isThrottled() {
    return settings.bytesPerSecond() > 0
        && allocator.freeDataZones() >= settings.urgentZones()
        && elapsedMillis.getAsLong() < paidUntilMillis;
  }

  /**
   * Gives up the present victim, for instance because no zone is left to move it to; what was moved
   * stays moved.
   */
  public void abandon(NoSpaceForRelocationException why) {
    LOG.warn("collection is abandoned: {}", why.getMessage());
    current = null;
  }

  /** The collector at this instant. */
  public GcSnapshot snapshot() {
    List<String> victims;
    synchronized (lastVictims) {
      victims = List.copyOf(lastVictims);
    }
    return new GcSnapshot(state, bytesCopied.get(), zonesReset.get(), victims);
  }
}
