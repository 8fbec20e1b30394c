package zonefsj.zonemgr;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * The only owner of the drive's active zones: every zone that is written gets its {@link
 * ZoneHandle} here, and every reset goes through here.
 *
 * <p>Active zones are shared out so that nobody can starve the streams that make space: two for the
 * superblock and for the checkpoint, one for each copy of the journal and one for the collector are
 * never lent. What is left serves hot and cold data; where only one is left, both share a zone
 * ({@link #sharesDataZone()}). Free zones are shared out likewise: file data leaves {@link
 * #setReserves the reserves} alone, the collector leaves those of the metadata, the journal may
 * take the last.
 *
 * <p>Thread-safe. The lock is never held while the drive works; the sums wait for no lock. About
 * 170 bytes a zone.
 */
public final class ZoneAllocator {
  /** Two for the superblock, two for the checkpoint, one for the collector, one for file data. */
  private static final int ACTIVE_ZONES_WITHOUT_JOURNAL = 6;

  private static final Logger LOG = LoggerFactory.getLogger(ZoneAllocator.class);

  private final ZonedDevice device;
  private final ZoneBooks books;
  private final ReentrantLock lock = new ReentrantLock();
  private final int maxActive;
  private final int minActive;
  private final int unitBytes;
  private volatile ZoneCounts counts;
  private volatile IntConsumer givenBack = zone -> {};

  /**
   * @param device the drive
   * @param report all of its zones, as reported just now
   * @param journalCopies zones that the journal writes at once
   * @throws IllegalArgumentException if the drive allows fewer active zones than {@link
   *     #minActiveZones} says
   */
  public ZoneAllocator(ZonedDevice device, List<ZoneDescriptor> report, int journalCopies) {
    this.device = device;
    this.maxActive = device.geometry().maxActiveZones().orElse(Integer.MAX_VALUE);
    this.minActive = minActiveZones(journalCopies);
    if (maxActive < minActive) {
      throw new IllegalArgumentException(
          "the drive allows " + maxActive + " active zones, and " + minActive + " are needed");
    }
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.books = new ZoneBooks(report, maxActive, unitBytes);
    this.counts = books.counts();
  }

  /**
   * Sets how many zones are kept back; what a stream does not use of its share stays free.
   *
   * @param collector free zones that only the collector and the journal may take
   * @param journal zones of the journal
   * @param checkpoint zones of the checkpoints, which never have more
   */
  public void setReserves(int collector, int journal, int checkpoint) {
    lock.lock();
    try {
      books.shares.set(collector, journal, checkpoint);
    } finally {
      publishAndUnlock();
    }
  }

  /**
   * From now on the journal leaves some free zones alone: the next mount begins a segment in them,
   * however full the drive is.
   */
  public void keepForNextMount(int zones) {
    lock.lock();
    try {
      books.shares.keepForNextMount(zones);
    } finally {
      publishAndUnlock();
    }
  }

  /** Zones of its reserve that the collector has taken, and no reset has paid back. */
  public int collectorDebt() {
    return counts.collectorDebt();
  }

  /**
   * Keeps so many free zones more for the collector, which it has taken from its reserve: those
   * that are to pay them back may never be reset. Negative: lets go of them again.
   */
  public void makeCollectorWhole(int zones) {
    lock.lock();
    try {
      books.shares.makeWhole(zones);
    } finally {
      publishAndUnlock();
    }
  }

  /** Zones that the checkpoints have. */
  public int checkpointZones() {
    return counts.checkpoint();
  }

  /** Zones that the checkpoints may still take. */
  public int freeCheckpointZones() {
    return counts.freeForCheckpoint();
  }

  /**
   * Sets who hears of each zone that nobody has a handle of any more and that holds something. Is
   * called without a lock, and must not wait.
   */
  public void whenGivenBack(IntConsumer listener) {
    givenBack = listener;
  }

  /** Whether hot and cold data must share one zone because the drive allows few active ones. */
  public boolean sharesDataZone() {
    return maxActive < minActive + 1;
  }

  /** The fewest active zones that the streams can live with. */
  public static int minActiveZones(int journalCopies) {
    return ACTIVE_ZONES_WITHOUT_JOURNAL + journalCopies;
  }

  /** Tells what a written zone serves, as found at mount. */
  public void claim(int zone, ZoneStream stream) {
    lock.lock();
    try {
      books.claim(books.zones[zone], stream);
    } finally {
      publishAndUnlock();
    }
  }

  /**
   * Hands out a zone of a stream: a partly written one of file data if there is one, else a free
   * one.
   *
   * @return empty if the free zones that this stream may take are used up, or no active slot can be
   *     had: a zone that fails to be finished keeps its own, and the next one is tried
   * @throws IOException if the drive failed
   */
  public Optional<ZoneHandle> allocate(ZoneStream stream) throws IOException {
    return allocate(stream, false);
  }

  /**
   * Hands out a zone for data that were accepted and have no other place, if need be one of the
   * collector's reserve: zones that failed took with them what the data were to go to.
   *
   * @return as {@link #allocate}
   * @throws IOException if the drive failed
   */
  public Optional<ZoneHandle> allocateForAccepted(ZoneStream stream) throws IOException {
    return allocate(stream, true);
  }

  private Optional<ZoneHandle> allocate(ZoneStream stream, boolean isAccepted) throws IOException {
    while (true) {
      Optional<ZoneHandle> handle = take(stream, isAccepted);
      if (handle.isEmpty()) {
        return handle;
      }
      align(handle.get());
      if (handle.get().remainingBytes() >= unitBytes) {
        return handle;
      }
      // That was the end of it.
      handle.get().close();
    }
  }

  private static void align(ZoneHandle handle) {
    try {
      handle.alignToUnit();
    } catch (IOException poisoned) {
      // Whoever writes through the handle meets the error, and takes another zone.
      LOG.warn("zone {} cannot be filled up to a unit", handle.zone(), poisoned);
    }
  }

  private Optional<ZoneHandle> take(ZoneStream stream, boolean isAccepted) {
    while (true) {
      ManagedZone toFinish;
      lock.lock();
      try {
        ManagedZone reusable = stream.isData() ? books.findPartial(stream) : null;
        if (reusable != null) {
          return Optional.of(handOut(reusable, stream));
        }
        int kept =
            isAccepted ? books.shares.keptFromAccepted(stream) : books.shares.keptFrom(stream);
        if (books.freeZones() <= kept) {
          return Optional.empty();
        }
        if (books.hasSlot()) {
          ManagedZone zone = books.activateFree();
          books.shares.taken(stream);
          return Optional.of(handOut(zone, stream));
        }
        toFinish = books.findFinishable();
        if (toFinish == null) {
          return Optional.empty();
        }
        books.use(toFinish, Use.CHANGING);
      } finally {
        publishAndUnlock();
      }
      finishChanging(toFinish);
    }
  }

  private ZoneHandle handOut(ManagedZone zone, ZoneStream stream) {
    books.use(zone, Use.HANDLE);
    books.serve(zone, stream);
    return new ZoneHandle(
        this,
        device,
        stream,
        zone.index,
        zone.startBytes,
        zone.startBytes + zone.writtenBytes,
        zone.startBytes + zone.capacityBytes);
  }

  /**
   * Opens a certain zone at its write pointer: the superblock log, or a free zone for it.
   *
   * @throws IOException if the zone cannot take an append
   */
  public ZoneHandle open(int index, ZoneStream stream) throws IOException {
    ZoneHandle handle = take(index, stream);
    align(handle);
    return handle;
  }

  private ZoneHandle take(int index, ZoneStream stream) throws IOException {
    while (true) {
      ManagedZone toFinish;
      lock.lock();
      try {
        ManagedZone zone = books.zones[index];
        if (zone.use == Use.PARTIAL) {
          return handOut(zone, stream);
        }
        if (zone.use != Use.FREE) {
          throw new IOException("zone " + index + " cannot be written: it is " + zone.use);
        }
        if (books.hasAnySlot()) {
          books.activate(zone);
          return handOut(zone, stream);
        }
        // A crash can leave more zones begun than a running mount would have.
        toFinish = books.findFinishable();
        if (toFinish == null) {
          throw new IOException(
              "zone " + index + " cannot be opened: all " + maxActive + " active zones are in use");
        }
        books.use(toFinish, Use.CHANGING);
      } finally {
        publishAndUnlock();
      }
      finishChanging(toFinish);
    }
  }

  /** A handle was closed. Whatever the drive makes of it costs this zone only. */
  void released(ZoneHandle handle, boolean poisoned, long remainingBytes) {
    ManagedZone zone = books.zones[handle.zone()];
    ZoneDescriptor reported = poisoned ? reportOrNull(zone.index) : null;
    boolean toFinish;
    lock.lock();
    try {
      Use use;
      if (reported != null && ManagedZone.useOf(reported) != Use.PARTIAL) {
        zone.writtenBytes = reported.writtenBytes();
        use = ManagedZone.useOf(reported);
      } else if (poisoned) {
        // What follows the write pointer is unknown: nothing is appended before the next reset.
        zone.writtenBytes =
            reported != null ? reported.writtenBytes() : zone.capacityBytes - remainingBytes;
        use = Use.CHANGING;
      } else {
        zone.writtenBytes = zone.capacityBytes - remainingBytes;
        use = zone.writtenBytes == 0 ? Use.FREE : zone.isFilled() ? Use.SEALED : Use.PARTIAL;
      }
      if (zone.fate != null) {
        use = zone.fate;
      }
      toFinish = use == Use.CHANGING;
      // Where the capacity is no multiple of the unit, the drive knows nothing of the end: the zone
      // is finished when its slot is needed.
      boolean filledOnly = use == Use.SEALED && !poisoned && zone.writtenBytes < zone.fullBytes;
      books.setActive(zone, toFinish || filledOnly || use == Use.PARTIAL);
      books.use(zone, use);
      if (use == Use.FREE) {
        if (zone.stream == ZoneStream.GC) {
          // It took nothing: what the collector owes for it is paid.
          books.shares.paidBack(zone.stream);
        }
        books.makeFree(zone);
      }
    } finally {
      publishAndUnlock();
    }
    if (poisoned) {
      LOG.warn(
          "zone {} failed a write and is now {}",
          zone.index,
          reported == null ? "unknown" : reported.condition());
    }
    if (toFinish) {
      finishChanging(zone);
    } else {
      givenBack.accept(zone.index);
    }
  }

  /** One zone as the drive sees it, or null if the drive does not say. */
  private @Nullable ZoneDescriptor reportOrNull(int index) {
    try {
      return device.report(index, 1).get(0);
    } catch (IOException failed) {
      LOG.warn("zone {} cannot be reported", index, failed);
      return null;
    }
  }

  /**
   * Finishes a zone so that it gives its slot back. A failure costs the zone and its slot until the
   * next reset, and nobody else.
   */
  private void finishChanging(ManagedZone zone) {
    try {
      device.finish(zone.index);
    } catch (IOException failed) {
      LOG.warn("zone {} cannot be finished", zone.index, failed);
    } finally {
      ZoneDescriptor now = reportOrNull(zone.index);
      lock.lock();
      try {
        if (now == null || now.condition().isActive()) {
          // It takes no more, but holds its slot until it is reset.
          zone.finishFailed = true;
          books.use(zone, zone.fate != null ? zone.fate : Use.SEALED);
        } else {
          books.setActive(zone, false);
          Use use = ManagedZone.useOf(now);
          books.use(zone, use == Use.READ_ONLY || use == Use.OFFLINE ? use : Use.SEALED);
        }
      } finally {
        publishAndUnlock();
      }
      givenBack.accept(zone.index);
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
    ManagedZone zone = books.zones[index];
    lock.lock();
    try {
      boolean written = zone.use == Use.SEALED || zone.use == Use.PARTIAL;
      if (!written || !unused.getAsBoolean()) {
        return false;
      }
      books.use(zone, Use.CHANGING);
    } finally {
      publishAndUnlock();
    }
    boolean done = false;
    try {
      device.reset(index);
      done = true;
    } finally {
      ZoneDescriptor now = done ? null : reportOrNull(index);
      lock.lock();
      try {
        if (done) {
          zone.writtenBytes = 0;
          books.shares.paidBack(zone.stream);
          books.setActive(zone, false);
          books.use(zone, zone.fate != null ? zone.fate : Use.FREE);
          if (zone.use == Use.FREE) {
            books.makeFree(zone);
          }
        } else if (now == null) {
          books.use(zone, zone.fate != null ? zone.fate : Use.SEALED);
        } else {
          // Never handed out again: a zone that fails its reset is not to be trusted with data.
          Use use = ManagedZone.useOf(now);
          books.setActive(zone, now.condition().isActive());
          books.use(zone, use == Use.PARTIAL ? Use.SEALED : use);
        }
      } finally {
        publishAndUnlock();
      }
    }
    return true;
  }

  /**
   * Takes note that the drive turned a zone read-only or offline: it is never handed out again.
   * Whoever has a handle finds out by the next write.
   *
   * @param dying the zone as reported just now
   * @return the zone as it was before
   */
  public ZoneState retire(ZoneDescriptor dying) {
    lock.lock();
    try {
      return books.retire(dying);
    } finally {
      publishAndUnlock();
    }
  }

  /** Whether the drive turned a zone read-only or offline, as far as is known. */
  public boolean isDying(int index) {
    lock.lock();
    try {
      return books.isDying(books.zones[index]);
    } finally {
      lock.unlock();
    }
  }

  /** Capacity of the zones that died since the mount. Waits for nothing. */
  public long retiredBytes() {
    return counts.retiredBytes();
  }

  /** Number of free zones. Waits for nothing. */
  public int freeZones() {
    return counts.free();
  }

  /** Free zones that file data may take now. Waits for nothing. */
  public int freeDataZones() {
    return counts.freeForData();
  }

  /** Bytes that partly written data zones without a handle can still take. Waits for nothing. */
  public long partialDataBytes() {
    return counts.partialDataBytes();
  }

  /** Number of active zones. Waits for nothing. */
  public int activeZones() {
    return counts.active();
  }

  /** Ends a change: from now on all see the sums as they are after it. */
  private void publishAndUnlock() {
    counts = books.counts();
    lock.unlock();
  }

  /** One zone. */
  public ZoneState state(int index) {
    lock.lock();
    try {
      return books.zones[index].state();
    } finally {
      lock.unlock();
    }
  }

  /** The zones that the drive turned read-only or offline. Where there is none, takes no lock. */
  public List<ZoneState> dyingZones() {
    if (!counts.hasDying()) {
      return List.of();
    }
    lock.lock();
    try {
      return books.dying();
    } finally {
      lock.unlock();
    }
  }

  /** All zones, at one instant. */
  public List<ZoneState> states() {
    lock.lock();
    try {
      return books.states();
    } finally {
      lock.unlock();
    }
  }
}
