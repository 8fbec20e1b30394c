package zonefsj.zonemgr;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * The only owner of the drive's active zones: every zone that is written gets its {@link
 * ZoneHandle} here, and every reset goes through here.
 *
 * <p>Active zones are shared out so that nobody can starve the streams that make space: two for the
 * superblock, one each for journal, checkpoint and collector are never lent. What is left serves
 * hot and cold data; where only one is left, both share a zone ({@link #sharesDataZone()}). Free
 * zones are shared out likewise: file data leaves {@link #setReserves the reserves} alone, the
 * collector leaves those of the metadata, the journal may take the last.
 *
 * <p>Thread-safe. The lock is never held while the drive works. About 40 bytes a zone.
 */
public final class ZoneAllocator {
  /** The fewest active zones that the streams can live with. */
  public static final int MIN_ACTIVE_ZONES = 6;

  private static final Logger LOG = LoggerFactory.getLogger(ZoneAllocator.class);

  private static final class Zone {
    final int index;
    final long startBytes;
    final long capacityBytes;
    Use use;
    @Nullable ZoneStream stream;
    long writtenBytes;
    boolean active;

    Zone(ZoneDescriptor descriptor) {
      index = descriptor.index();
      startBytes = descriptor.startBytes();
      capacityBytes = descriptor.capacityBytes();
      writtenBytes = descriptor.writtenBytes();
      use = useOf(descriptor);
    }
  }

  private final ZonedDevice device;
  private final Zone[] zones;
  private final ArrayDeque<Zone> free = new ArrayDeque<>();
  private final List<Integer> superblockZones = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final int maxActive;
  private int active;
  private int collectorReserve;
  private int collectorDebt;
  private int metadataShare;
  private int metadataZones;
  private int partialDataZones;

  /**
   * @param device the drive
   * @param report all of its zones, as reported just now
   */
  public ZoneAllocator(ZonedDevice device, List<ZoneDescriptor> report) {
    this.device = device;
    this.maxActive = device.geometry().maxActiveZones().orElse(Integer.MAX_VALUE);
    this.zones = new Zone[report.size()];
    for (ZoneDescriptor descriptor : report) {
      Zone zone = new Zone(descriptor);
      zones[zone.index] = zone;
      if (zone.use == Use.FREE) {
        free.add(zone);
      } else if (zone.use == Use.PARTIAL) {
        setActive(zone, true);
      }
    }
  }

  private static Use useOf(ZoneDescriptor descriptor) {
    if (descriptor.type() == ZoneType.CONVENTIONAL) {
      return Use.CONVENTIONAL;
    }
    return switch (descriptor.condition()) {
      case EMPTY -> Use.FREE;
      case IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED -> Use.PARTIAL;
      case FULL -> Use.SEALED;
      case READ_ONLY -> Use.READ_ONLY;
      case OFFLINE -> Use.OFFLINE;
      case NOT_WRITE_POINTER -> Use.CONVENTIONAL;
    };
  }

  /**
   * Sets how many zones are kept back.
   *
   * @param collector free zones that only collector, checkpoint and journal may take
   * @param metadata zones that journal and checkpoint have together; what they do not use of it
   *     stays free
   */
  public void setReserves(int collector, int metadata) {
    lock.lock();
    try {
      collectorReserve = collector;
      metadataShare = metadata;
    } finally {
      lock.unlock();
    }
  }

  /** Whether hot and cold data must share one zone because the drive allows few active ones. */
  public boolean sharesDataZone() {
    return maxActive < MIN_ACTIVE_ZONES + 1;
  }

  /** Tells what a written zone serves, as found at mount. */
  public void claim(int zone, ZoneStream stream) {
    lock.lock();
    try {
      Zone claimed = zones[zone];
      partialDataZones -= takesData(claimed) ? 1 : 0;
      serve(claimed, stream);
      partialDataZones += takesData(claimed) ? 1 : 0;
      if (stream == ZoneStream.SUPERBLOCK) {
        // Empty or not, it is opened by its number only.
        free.remove(claimed);
        superblockZones.add(zone);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Hands out a zone of a stream: a partly written one of file data if there is one, else a free
   * one.
   *
   * @return empty if the free zones that this stream may take are used up
   * @throws IOException if the drive failed to finish a zone whose active slot was needed
   */
  public Optional<ZoneHandle> allocate(ZoneStream stream) throws IOException {
    while (true) {
      Zone toFinish;
      lock.lock();
      try {
        Zone reusable = stream.isData() ? findPartial(stream) : null;
        if (reusable != null) {
          forgetPartial(reusable);
          return Optional.of(handOut(reusable, stream));
        }
        if (free.size() <= reserveAgainst(stream)) {
          return Optional.empty();
        }
        if (active < maxActive - slotsForSuperblock()) {
          Zone zone = free.removeFirst();
          setActive(zone, true);
          collectorDebt += stream == ZoneStream.GC ? 1 : 0;
          return Optional.of(handOut(zone, stream));
        }
        toFinish = findFinishable();
        if (toFinish == null) {
          return Optional.empty();
        }
        forgetPartial(toFinish);
        toFinish.use = Use.CHANGING;
      } finally {
        lock.unlock();
      }
      finishChanging(toFinish);
    }
  }

  private int reserveAgainst(ZoneStream stream) {
    return switch (stream) {
      case SUPERBLOCK, JOURNAL, CHECKPOINT -> 0;
      case GC -> collectorDebt < collectorReserve ? metadataReserve() : Integer.MAX_VALUE;
      case HOT, COLD -> dataReserve();
    };
  }

  /**
   * What file data must leave free. A zone that the collector took from its reserve stays part of
   * it until a reset pays it back: so the collector never takes room that was promised to data, nor
   * the other way round.
   */
  private int dataReserve() {
    return collectorReserve - collectorDebt + metadataReserve();
  }

  private int metadataReserve() {
    return Math.max(0, metadataShare - metadataZones);
  }

  private static boolean isMetadata(@Nullable ZoneStream stream) {
    return stream == ZoneStream.JOURNAL || stream == ZoneStream.CHECKPOINT;
  }

  private void serve(Zone zone, @Nullable ZoneStream stream) {
    metadataZones += (isMetadata(stream) ? 1 : 0) - (isMetadata(zone.stream) ? 1 : 0);
    zone.stream = stream;
  }

  private ZoneHandle handOut(Zone zone, ZoneStream stream) {
    zone.use = Use.HANDLE;
    serve(zone, stream);
    return new ZoneHandle(
        this,
        device,
        stream,
        zone.index,
        zone.startBytes + zone.writtenBytes,
        zone.startBytes + zone.capacityBytes);
  }

  private static boolean takesData(Zone zone) {
    return zone.use == Use.PARTIAL
        && (zone.stream == ZoneStream.HOT || zone.stream == ZoneStream.COLD);
  }

  private @Nullable Zone findPartial(ZoneStream stream) {
    boolean collector = stream == ZoneStream.GC;
    if (!collector && partialDataZones == 0) {
      return null;
    }
    for (Zone zone : zones) {
      boolean fits = collector ? zone.use == Use.PARTIAL && zone.stream == stream : takesData(zone);
      if (fits) {
        return zone;
      }
    }
    return null;
  }

  private @Nullable Zone findFinishable() {
    for (Zone zone : zones) {
      if (zone.use == Use.PARTIAL && zone.stream != ZoneStream.SUPERBLOCK) {
        return zone;
      }
    }
    return null;
  }

  /**
   * Opens a certain zone at its write pointer: the superblock log, or a free zone for it.
   *
   * @throws IOException if the zone cannot take an append
   */
  public ZoneHandle open(int index, ZoneStream stream) throws IOException {
    while (true) {
      Zone toFinish;
      lock.lock();
      try {
        Zone zone = zones[index];
        if (zone.use == Use.PARTIAL) {
          forgetPartial(zone);
          return handOut(zone, stream);
        }
        if (zone.use != Use.FREE) {
          throw new IOException("zone " + index + " cannot be written: it is " + zone.use);
        }
        if (active < maxActive) {
          free.remove(zone);
          setActive(zone, true);
          return handOut(zone, stream);
        }
        // A crash can leave more zones begun than a running mount would have.
        toFinish = findFinishable();
        if (toFinish == null) {
          throw new IOException(
              "zone " + index + " cannot be opened: all " + maxActive + " active zones are in use");
        }
        forgetPartial(toFinish);
        toFinish.use = Use.CHANGING;
      } finally {
        lock.unlock();
      }
      finishChanging(toFinish);
    }
  }

  private void payBack(Zone zone) {
    if (collectorDebt > 0 && zone.stream != null && zone.stream.isData()) {
      collectorDebt--;
    }
  }

  /** Active zones that the superblock does not take now, but will when it starts a zone over. */
  private int slotsForSuperblock() {
    int slots = 0;
    for (int zone : superblockZones) {
      Use use = zones[zone].use;
      slots += (use == Use.FREE || use == Use.SEALED || use == Use.CHANGING) ? 1 : 0;
    }
    return slots;
  }

  private void makeFree(Zone zone) {
    if (zone.stream != ZoneStream.SUPERBLOCK) {
      serve(zone, null);
      free.addLast(zone);
    }
  }

  private void setActive(Zone zone, boolean isActive) {
    if (zone.active != isActive) {
      zone.active = isActive;
      active += isActive ? 1 : -1;
    }
  }

  private void forgetPartial(Zone zone) {
    partialDataZones -= takesData(zone) ? 1 : 0;
  }

  void released(ZoneHandle handle, boolean poisoned, long remainingBytes) throws IOException {
    Zone zone = zones[handle.zone()];
    @Nullable ZoneDescriptor reported = poisoned ? device.report(zone.index, 1).get(0) : null;
    lock.lock();
    try {
      if (reported != null) {
        // What follows the write pointer is unknown: nothing is appended before the next reset.
        zone.writtenBytes = reported.writtenBytes();
        zone.use = useOf(reported) == Use.PARTIAL ? Use.CHANGING : useOf(reported);
      } else {
        zone.writtenBytes = zone.capacityBytes - remainingBytes;
        zone.use =
            zone.writtenBytes == 0
                ? Use.FREE
                : zone.writtenBytes == zone.capacityBytes ? Use.SEALED : Use.PARTIAL;
      }
      switch (zone.use) {
        case PARTIAL -> partialDataZones += takesData(zone) ? 1 : 0;
        case CHANGING -> {}
        case FREE -> {
          setActive(zone, false);
          makeFree(zone);
        }
        default -> setActive(zone, false);
      }
    } finally {
      lock.unlock();
    }
    if (reported != null) {
      LOG.warn("zone {} failed a write and is now {}", zone.index, reported.condition());
      if (zone.use == Use.CHANGING) {
        finishChanging(zone);
      }
    }
  }

  private void finishChanging(Zone zone) throws IOException {
    try {
      device.finish(zone.index);
    } finally {
      ZoneCondition condition = device.report(zone.index, 1).get(0).condition();
      lock.lock();
      try {
        if (condition.isActive()) {
          // It takes no more, but holds its slot until it is reset.
          zone.use = Use.SEALED;
        } else {
          setActive(zone, false);
          zone.use =
              condition == ZoneCondition.READ_ONLY
                  ? Use.READ_ONLY
                  : condition == ZoneCondition.OFFLINE ? Use.OFFLINE : Use.SEALED;
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Resets a zone that nobody needs any more and makes it free. The caller has made sure that what
   * emptied it is durable and that no reader pins it.
   *
   * @throws IOException if a handle of the zone exists, or the drive failed
   */
  public void reset(int index) throws IOException {
    if (!resetIf(index, () -> true)) {
      throw new IOException("zone " + index + " cannot be reset: it is " + state(index).use());
    }
  }

  /**
   * Resets a zone if nobody has a handle of it and it is still unused. The question is asked when
   * no new handle can be had, and every write through an old one is accounted for: so a zone that
   * was handed out, written and given back since the caller last looked is not lost.
   *
   * @param unused is asked under the allocator's lock and must not wait
   * @return false if the zone is in use and stays as it is
   * @throws IOException if the drive failed
   */
  public boolean resetIf(int index, BooleanSupplier unused) throws IOException {
    Zone zone = zones[index];
    Use before;
    lock.lock();
    try {
      before = zone.use;
      boolean written = before == Use.SEALED || before == Use.PARTIAL;
      if (!written || !unused.getAsBoolean()) {
        return false;
      }
      if (before == Use.PARTIAL) {
        forgetPartial(zone);
      }
      zone.use = Use.CHANGING;
    } finally {
      lock.unlock();
    }
    boolean done = false;
    try {
      device.reset(index);
      done = true;
    } finally {
      ZoneDescriptor now = done ? null : device.report(index, 1).get(0);
      lock.lock();
      try {
        if (now == null) {
          zone.use = Use.FREE;
          zone.writtenBytes = 0;
          payBack(zone);
          makeFree(zone);
          setActive(zone, false);
        } else {
          // Never handed out again: a zone that fails its reset is not to be trusted with data.
          zone.use = useOf(now) == Use.PARTIAL ? Use.SEALED : useOf(now);
          setActive(zone, now.condition().isActive());
        }
      } finally {
        lock.unlock();
      }
    }
    return true;
  }

  /** Number of free zones. */
  public int freeZones() {
    lock.lock();
    try {
      return free.size();
    } finally {
      lock.unlock();
    }
  }

  /** Free zones that file data may take now. */
  public int freeDataZones() {
    lock.lock();
    try {
      return Math.max(0, free.size() - dataReserve());
    } finally {
      lock.unlock();
    }
  }

  /** Bytes that partly written data zones without a handle can still take. */
  public long partialDataBytes() {
    lock.lock();
    try {
      long bytes = 0;
      if (partialDataZones > 0) {
        for (Zone zone : zones) {
          if (takesData(zone)) {
            bytes += zone.capacityBytes - zone.writtenBytes;
          }
        }
      }
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /** Number of active zones. */
  public int activeZones() {
    lock.lock();
    try {
      return active;
    } finally {
      lock.unlock();
    }
  }

  /** One zone. */
  public ZoneState state(int index) {
    lock.lock();
    try {
      return stateOf(zones[index]);
    } finally {
      lock.unlock();
    }
  }

  /** All zones, at one instant. */
  public List<ZoneState> states() {
    lock.lock();
    try {
      List<ZoneState> states = new ArrayList<>(zones.length);
      for (Zone zone : zones) {
        states.add(stateOf(zone));
      }
      return states;
    } finally {
      lock.unlock();
    }
  }

  private static ZoneState stateOf(Zone zone) {
    return new ZoneState(zone.index, zone.use, zone.stream, zone.capacityBytes, zone.writtenBytes);
  }
}
