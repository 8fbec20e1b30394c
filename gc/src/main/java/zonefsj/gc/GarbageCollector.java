// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.gc.ExtentOwner.NoSpaceForRelocationException;
import zonefsj.gc.VictimSearch.Victim;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ZoneAllocator;
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
  private static final double MAX_UTILIZATION_WHEN_IDLE = 0.25;

  /** Of the zones that a user's command collects. */
  private static final double MAX_UTILIZATION_BY_COMMAND = 0.8;

  /** Weight of the newest victim in the mean cost of the victims. */
  private static final double NEWEST_WEIGHT = 1.0 / 8;

  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final GcPace pace;
  private final LongSupplier quietMillis;
  private final IntSupplier spareZones;
  private final ZoneBackoff stuck;
  private final EmptiedZones emptied;
  private final VictimSearch search;
  private final Evacuator evacuator;
  private final ArrayDeque<VictimReport> lastVictims = new ArrayDeque<>();

  private volatile GcSettings settings;
  private volatile String state = "idle";
  private volatile boolean stopping;
  private volatile double bytesMovedPerByteFreed;

  /** Approximate limit of the bytes that a step moves. */
  public static final long STEP_BYTES = Evacuator.STEP_BYTES;

  /** Zones that are being written: hot, cold, and two of the collector. */
  private static final int OPEN_ZONES = 4;

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
    this.allocator = allocator;
    this.usage = usage;
    this.settings = settings;
    this.pace = new GcPace(elapsedMillis);
    this.stuck = new ZoneBackoff(elapsedMillis);
    int unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.search = new VictimSearch(allocator, usage, stuck, unitBytes, clock, elapsedMillis);
    this.evacuator =
        new Evacuator(
            device,
            filesystem,
            allocator,
            usage,
            owner,
            stuck,
            bytes -> pace.moved(bytes, this.settings.bytesPerSecond()),
            this::mayGoOn);
    this.emptied =
        new EmptiedZones(allocator, usage, owner, stuck, elapsedMillis, this::zoneWasReset);
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

  /** Notes the zones that the allocator knows now. Before anything is written to new ones. */
  public void zonesAdded() {
    search.zonesAdded();
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
    return Math.max(1, Math.min(now.startZones(), (spareZones.getAsInt() - OPEN_ZONES) / 2));
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
    Victim current = evacuator.victim();
    if (current != null) {
      // Data of a zone that fails have no time.
      if (isThrottled() && !hasPriorityVictim()) {
        return false;
      }
      stepVictim(current);
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
        : stepVictimOr(
            () -> search.unfinishedZone().or(() -> search.bestForWaiter(settings.policy())));
  }

  /**
   * Number of victims whose collection has ended since the mount, plus the zones that were reset. A
   * thread that repeats {@link #stepForSpace} and finds it changed has the result that it waits
   * for.
   */
  public long collections() {
    return evacuator.victimsEnded() + emptied.resets();
  }

  /** Number of victims whose collection has ended since the mount. */
  public long victimsEnded() {
    return evacuator.victimsEnded();
  }

  /** Live bytes that were moved since the mount. */
  public long bytesMoved() {
    return evacuator.bytesMoved();
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
        : stepVictimOr(
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

  private void zoneWasReset(int zone) {
    if (evacuator.endIfReset(zone)) {
      reportProgress(zone);
      state = "idle";
    }
  }

  private boolean mayGoOn() {
    return !stopping;
  }

  /**
   * Performs one step of emptying the zones that the drive turned read-only or offline, those that
   * keep an active resource because their finish failed, those that the superblock log needs, and
   * those that are withheld. An ordinary victim that was chosen before goes first.
   *
   * @return false if there are no such zones, or a stop has ended it
   */
  public boolean stepPriorityVictim() throws IOException {
    // Without one, the ordinary victims of others could follow each other without end.
    return hasPriorityVictim()
        && !stopping
        && stepVictimOr(search::priorityVictim) != CollectionStep.NONE;
  }

  /** Whether a zone waits that must be emptied before all others, or is being emptied. */
  public boolean hasPriorityVictim() {
    Victim current = evacuator.victim();
    return (current != null && current.hasPriority()) || search.priorityVictim().isPresent();
  }

  /**
   * Goes on with the victim, or chooses one.
   *
   * @param next chooses it
   */
  private CollectionStep stepVictimOr(Supplier<Optional<Victim>> next) throws IOException {
    Victim current = evacuator.victim();
    if (current == null) {
      Optional<Victim> victim = next.get();
      if (victim.isEmpty()) {
        return CollectionStep.NONE;
      }
      begin(victim.get());
      return CollectionStep.BEGUN;
    }
    stepVictim(current);
    if (evacuator.victim() != null) {
      return CollectionStep.MOVED;
    }
    state = "idle";
    return CollectionStep.ENDED;
  }

  private void stepVictim(Victim victim) throws IOException {
    try {
      evacuator.step();
    } finally {
      reportProgress(victim.zone());
    }
  }

  /** Replaces the report of the current victim. */
  private void reportProgress(int zone) {
    boolean hasEnded = evacuator.victim() == null;
    synchronized (lastVictims) {
      VictimReport last = lastVictims.peekLast();
      if (last != null && last.zone() == zone) {
        lastVictims.removeLast();
        lastVictims.addLast(
            new VictimReport(
                zone,
                last.reason(),
                last.liveBytes(),
                evacuator.movedOfVictim(),
                hasEnded && usage.liveBytes(zone) == 0 ? search.netBytes(zone) : 0,
                hasEnded));
      }
    }
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
      state = "priority";
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
    state = "idle";
    if (now.idleMillis() > 0 && quietMillis.getAsLong() > now.idleMillis()) {
      return search.best(now.policy(), MAX_UTILIZATION_WHEN_IDLE);
    }
    return Optional.empty();
  }

  private void begin(Victim victim) throws IOException {
    int zone = victim.zone();
    evacuator.begin(victim);
    if (victim.hasPriority()) {
      state = "priority";
    } else if (state.equals("idle")) {
      // Not for lack of space: a command, a waiting writer or an idle host asks for it.
      state = "working";
    }
    if (!victim.hasPriority()) {
      // Present writers did not cause the cost of priority victims.
      noteCost(zone);
    }
    VictimReport report =
        new VictimReport(zone, victim.reason(), usage.liveBytes(zone), 0, 0, false);
    LOG.debug("collecting {}", report);
    synchronized (lastVictims) {
      lastVictims.addLast(report);
      if (lastVictims.size() > REMEMBERED_VICTIMS) {
        lastVictims.removeFirst();
      }
    }
  }

  private void noteCost(int zone) {
    long taken = usage.footprintBytes(zone);
    long capacity = search.netBytes(zone);
    double cost = taken / (double) Math.max(capacity / MOST_COST, capacity - taken);
    double mean = bytesMovedPerByteFreed;
    bytesMovedPerByteFreed = mean == 0 ? cost : mean + (cost - mean) * NEWEST_WEIGHT;
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
    evacuator.abandon();
  }

  /** The state of the collector at this instant. */
  public GcSnapshot snapshot() {
    List<VictimReport> victims;
    synchronized (lastVictims) {
      victims = List.copyOf(lastVictims);
    }
    return new GcSnapshot(state, bytesMoved(), zonesReset(), victims);
  }
}
