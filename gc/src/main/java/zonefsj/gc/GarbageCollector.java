package zonefsj.gc;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
  private static final long UNITS_LOST_IN_A_ZONE = 3;
  private static final int MAX_PASSES = 4;
  private static final long RETRY_MILLIS = 600_000;
  private static final double WORTH_WHEN_IDLE = 0.25;
  private static final double WORTH_WHEN_SHORT = 0.8;

  /** Fuller zones are never moved: summaries and padding would eat what is gained. */
  private static final double WORTH_EVER = 0.97;

  private final ZonedDevice device;
  private final UUID filesystem;
  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final ExtentOwner owner;
  private final InstantSource clock;
  private final LongSupplier quietMillis;
  private final int unitBytes;
  private final ArrayDeque<String> lastVictims = new ArrayDeque<>();

  /** Zones that could not be emptied, and when they are tried again. */
  private final Map<Integer, Long> stuckUntilMillis = new HashMap<>();

  private final Set<Integer> worn = new HashSet<>();
  private final AtomicLong bytesCopied = new AtomicLong();
  private final AtomicLong zonesReset = new AtomicLong();
  private volatile GcSettings settings;
  private volatile String state = "idle";
  private volatile boolean stopping;
  private @Nullable Evacuation current;
  private long paidUntilMillis;

  private volatile double costOfFreeing;

  /** The last search that found no candidate: what had changed by then, below what share live. */
  private long fruitlessChanges = -1;

  private double fruitlessBelow;
  private long fruitlessUntil;

  /** Whether the zones that were empty when the collector began have been looked for. */
  private boolean seeded;

  /** A zone that is no longer stuck may be a candidate though nothing has changed. */
  private static final long LOOK_AGAIN_MILLIS = 1000;

  /** What a step moves at most, about: small chunks together, so that they become one. */
  public static final long STEP_BYTES = 1 << 20;

  private static final int STEP_CHUNKS = 64;

  private record Evacuation(int zone, ChunkWalker chunks, int pass) {}

  /**
   * @param device the drive
   * @param filesystem whose zones
   * @param allocator resets zones
   * @param usage tells what is live
   * @param owner moves what is live
   * @param settings may be changed later
   * @param clock for age and rate
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
      LongSupplier quietMillis) {
    this.device = device;
    this.filesystem = filesystem;
    this.allocator = allocator;
    this.usage = usage;
    this.owner = owner;
    this.settings = settings;
    this.clock = clock;
    this.quietMillis = quietMillis;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    allocator.whenGivenBack(usage::noteGivenBack);
  }

  /** Changes the settings of a running collector. */
  public void settings(GcSettings changed) {
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
   * Collects the best victim now, whatever the thresholds say.
   *
   * @return false if no zone is worth it
   */
  public boolean collectOne() throws IOException {
    return collectOne(WORTH_EVER);
  }

  /** Live bytes that were moved since the mount. */
  public long bytesCopied() {
    return bytesCopied.get();
  }

  /** Bytes to be moved for each that the newest victim frees. */
  public double costOfFreeing() {
    return costOfFreeing;
  }

  /** How many zones are less live than a share of their capacity, and so worth a user's wait. */
  public int worthCollecting() {
    return candidatesBelow(WORTH_WHEN_SHORT).size();
  }

  /** Collects the best victim now, if it is less live than what is worth a user's wait. */
  public boolean collectOneWorthIt() throws IOException {
    return collectOne(WORTH_WHEN_SHORT);
  }

  /** Frees the zones that hold nothing that anybody needs, which costs no copying. */
  public void resetEmptied() {
    while (resetOneEmptied()) {
      // One after the other, until there is none.
    }
  }

  /** Empties the zones that the drive turned read-only or offline. */
  public void evacuateDying() throws IOException {
    finishCurrent();
    for (Optional<Victim> dying = chooseDying();
        dying.isPresent() && !stopping;
        dying = chooseDying()) {
      begin(dying.get());
      finishCurrent();
    }
  }

  private boolean collectOne(double utilization) throws IOException {
    resetEmptied();
    if (current == null) {
      Optional<Victim> victim = settings.urgent().choose(candidatesBelow(utilization));
      if (victim.isEmpty()) {
        return false;
      }
      begin(victim.get());
    }
    finishCurrent();
    return !stopping;
  }

  /**
   * Ends every collection after its step; what was moved waits for a commit as it always does. Any
   * thread.
   */
  public void stop() {
    stopping = true;
  }

  private void finishCurrent() throws IOException {
    Evacuation evacuation;
    while (!stopping && (evacuation = current) != null) {
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
              && !worn.contains(zone)
              && isDataWithoutHandle(allocator.state(zone))
              && reset(zone);
      if (freed) {
        zonesReset.incrementAndGet();
        stuckUntilMillis.remove(zone);
        return true;
      }
    }
    return false;
  }

  private void noteIfEmptied(ZoneState zone) {
    usage.noteIfEmptied(zone.zone());
  }

  private boolean isDataWithoutHandle(ZoneState zone) {
    return (zone.use() == Use.SEALED || zone.use() == Use.PARTIAL)
        && zone.stream() != null
        && zone.stream().isData();
  }

  /** A zone that cannot be reset costs its room; the others go on being collected. */
  private boolean reset(int zone) {
    try {
      return allocator.resetIf(zone, () -> forgetIfReclaimable(zone));
    } catch (IOException failed) {
      LOG.error("zone {} cannot be reset and is not used again", zone, failed);
      worn.add(zone);
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
    Optional<Victim> dying = chooseDying();
    if (dying.isPresent()) {
      state = "evacuating";
      return dying;
    }
    GcSettings now = settings;
    int free = allocator.freeDataZones();
    if (free < now.urgentZones()) {
      state = "urgent";
      return now.urgent().choose(candidatesBelow(WORTH_EVER));
    }
    if (free < now.startZones()) {
      state = "working";
      // The fewer zones are free, the fuller a victim may be: a full drive is not stirred for
      // nothing.
      double urgency = 1 - (double) free / now.startZones();
      double worth = WORTH_WHEN_IDLE + (WORTH_WHEN_SHORT - WORTH_WHEN_IDLE) * urgency;
      return now.background().choose(candidatesBelow(worth));
    }
    if (now.idleMillis() > 0 && quietMillis.getAsLong() > now.idleMillis()) {
      return now.background().choose(candidatesBelow(WORTH_WHEN_IDLE));
    }
    return Optional.empty();
  }

  private boolean isStuck(int zone) {
    Long until = stuckUntilMillis.get(zone);
    return until != null && clock.millis() < until;
  }

  /** A zone that the drive has given up, and that somebody still needs. */
  private Optional<Victim> chooseDying() {
    for (ZoneState zone : allocator.dyingZones()) {
      int index = zone.zone();
      if (usage.liveBytes(index) > 0 && usage.pendingBytes(index) == 0 && !isStuck(index)) {
        String what = zone.use() == Use.OFFLINE ? "offline" : "read-only";
        return Optional.of(new Victim(index, "the drive turned it " + what));
      }
    }
    return Optional.empty();
  }

  /**
   * Zones worth collecting, found in one pass; only those that hold data are asked for. Where there
   * was none there is none now, unless what zones hold has changed, or some time has passed.
   */
  private List<ZoneStatistics> candidatesBelow(double utilization) {
    long now = clock.millis();
    long changes = usage.changes();
    if (changes == fruitlessChanges && utilization <= fruitlessBelow && now < fruitlessUntil) {
      return List.of();
    }
    List<ZoneStatistics> found = searchBelow(utilization, now);
    if (found.isEmpty()) {
      fruitlessChanges = changes;
      fruitlessBelow = utilization;
      fruitlessUntil = now + LOOK_AGAIN_MILLIS;
    }
    return found;
  }

  private List<ZoneStatistics> searchBelow(double utilization, long now) {
    List<ZoneStatistics> candidates = new ArrayList<>();
    for (int index = 0; index < usage.zoneCount(); index++) {
      long live = usage.liveBytes(index);
      if (live == 0 || usage.pendingBytes(index) != 0 || worn.contains(index) || isStuck(index)) {
        continue;
      }
      ZoneState zone = allocator.state(index);
      ZoneStatistics statistics =
          new ZoneStatistics(
              index,
              netBytes(zone.capacityBytes()),
              usage.footprintBytes(index),
              now - usage.lastWriteMillis(index));
      boolean collectable =
          zone.use() == Use.SEALED && zone.stream() != null && zone.stream().isData();
      if (collectable && statistics.utilization() < utilization) {
        candidates.add(statistics);
      }
    }
    return candidates;
  }

  /** What of a zone data can have: summaries and its end take some units. */
  private long netBytes(long capacityBytes) {
    return capacityBytes - UNITS_LOST_IN_A_ZONE * unitBytes;
  }

  private void begin(Victim victim) throws IOException {
    int zone = victim.zone();
    long taken = usage.footprintBytes(zone);
    long capacity = netBytes(allocator.state(zone).capacityBytes());
    costOfFreeing = taken / (double) Math.max(capacity / MOST_COST, capacity - taken);
    walk(zone, 1);
    String line = "zone " + zone + ": " + usage.liveBytes(zone) + " live bytes, " + victim.reason();
    LOG.debug("collecting {}", line);
    synchronized (lastVictims) {
      lastVictims.addLast(line);
      if (lastVictims.size() > REMEMBERED_VICTIMS) {
        lastVictims.removeFirst();
      }
    }
  }

  private void walk(int zone, int pass) throws IOException {
    ChunkWalker chunks = new ChunkWalker(device, filesystem, device.report(zone, 1).get(0));
    current = new Evacuation(zone, chunks, pass);
  }

  private void step(Evacuation evacuation) throws IOException {
    int zone = evacuation.zone();
    boolean readable = allocator.state(zone).use() != Use.OFFLINE;
    List<ChunkWalker.Found> chunks =
        readable && usage.liveBytes(zone) > 0 ? nextChunks(evacuation.chunks()) : List.of();
    if (!chunks.isEmpty()) {
      moved(owner.relocate(zone, chunks));
      return;
    }
    current = null;
    owner.commitRelocations();
    if (readable && usage.liveBytes(zone) > 0 && evacuation.pass() < MAX_PASSES) {
      // What applications changed while it was moved stayed behind.
      walk(zone, evacuation.pass() + 1);
      return;
    }
    if (usage.liveBytes(zone) > 0) {
      LOG.warn("zone {} has live data that no summary tells of; searching all extents", zone);
      moved(owner.relocateByScan(zone));
      owner.commitRelocations();
    }
    if (usage.liveBytes(zone) > 0) {
      LOG.error("zone {} cannot be emptied: {} bytes stay", zone, usage.liveBytes(zone));
      stuckUntilMillis.put(zone, clock.millis() + RETRY_MILLIS);
    }
  }

  /** As many as are moved in one step. */
  private static List<ChunkWalker.Found> nextChunks(ChunkWalker walker) throws IOException {
    List<ChunkWalker.Found> chunks = new ArrayList<>();
    long bytes = 0;
    while (bytes < STEP_BYTES && chunks.size() < STEP_CHUNKS) {
      ChunkWalker.Found chunk = walker.next();
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
      paidUntilMillis = Math.max(paidUntilMillis, clock.millis()) + bytes * 1000 / rate;
    }
  }

  private boolean isThrottled() {
    return settings.bytesPerSecond() > 0
        && allocator.freeDataZones() >= settings.urgentZones()
        && clock.millis() < paidUntilMillis;
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
