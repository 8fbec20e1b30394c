// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
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
  private final ZoneInventory inventory;
  private final ZoneTransitions transitions;
  private final SuperblockZones superblock;
  private final int maxActive;
  private final int minActive;
  private final int unitBytes;

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
    this.inventory = new ZoneInventory(report, maxActive, unitBytes);
    this.transitions = new ZoneTransitions(device, inventory);
    this.superblock = new SuperblockZones(inventory);
  }

  /** The zones that may replace a dead one of the superblock. */
  public SuperblockZones superblock() {
    return superblock;
  }

  /**
   * Sets how many zones are kept back; what a stream does not use of its share stays free.
   *
   * @param collector free zones that only the collector and the journal may take
   * @param journal zones of the journal
   * @param checkpoint zones of the checkpoints, which never have more
   */
  public void setReserves(int collector, int journal, int checkpoint) {
    inventory.lock();
    try {
      inventory.reserves.set(collector, journal, checkpoint);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /**
   * From now on the journal leaves some free zones alone: the next mount begins a segment in them,
   * however full the drive is.
   */
  public void reserveForNextMount(int zones) {
    inventory.lock();
    try {
      inventory.reserves.reserveForNextMount(zones);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /** Zones of its reserve that the collector has taken, and no reset has paid back. */
  public int collectorBorrowed() {
    return inventory.latest().collectorBorrowed();
  }

  /**
   * Keeps so many free zones more for the collector, which it has taken from its reserve: those
   * that are to pay them back may never be reset. Negative: lets go of them again.
   */
  public void refillCollectorReserve(int zones) {
    inventory.lock();
    try {
      inventory.reserves.refillCollectorReserve(zones);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /** Zones that the checkpoints have. */
  public int checkpointZones() {
    return inventory.latest().checkpoint();
  }

  /** Zones that the checkpoints may still take. */
  public int freeCheckpointZones() {
    return inventory.latest().freeForCheckpoint();
  }

  /**
   * Sets who hears of each zone that nobody has a handle of any more and that holds something. Is
   * called without a lock, and must not wait.
   */
  public void whenGivenBack(IntConsumer listener) {
    transitions.whenGivenBack(listener);
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
  public void assign(int zone, ZoneStream stream) {
    inventory.lock();
    try {
      inventory.assign(inventory.zones[zone], stream);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /**
   * Hands out a zone of a stream: a partly written one of file data if there is one, else a free
   * one.
   *
   * @return empty if the free zones that this stream may take are used up, or no active slot can be
   *     had: a zone that fails to be finished keeps its own, and the next one is tried; those that
   *     have failed before once more
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
  public Optional<ZoneHandle> allocateUsingReserve(ZoneStream stream) throws IOException {
    return allocate(stream, true);
  }

  private Optional<ZoneHandle> allocate(ZoneStream stream, boolean mayUseReserve)
      throws IOException {
    return firstWithRoom(() -> take(stream, mayUseReserve));
  }

  /**
   * Hands out a partly written zone of file data, and never a free one.
   *
   * @return empty if there is none
   * @throws IOException if the drive failed
   */
  public Optional<ZoneHandle> resume(ZoneStream stream) throws IOException {
    return firstWithRoom(() -> takePartial(stream));
  }

  private Optional<ZoneHandle> takePartial(ZoneStream stream) {
    inventory.lock();
    try {
      return Optional.ofNullable(inventory.findPartial(stream)).map(zone -> handOut(zone, stream));
    } finally {
      inventory.publishAndUnlock();
    }
  }

  private Optional<ZoneHandle> firstWithRoom(Supplier<Optional<ZoneHandle>> zones)
      throws IOException {
    while (true) {
      Optional<ZoneHandle> handle = zones.get();
      if (handle.isEmpty()) {
        return handle;
      }
      endTornFrame(handle.get());
      if (handle.get().remainingBytes() >= unitBytes) {
        return handle;
      }
      // That was the end of it.
      handle.get().close();
    }
  }

  private static void endTornFrame(ZoneHandle handle) {
    try {
      handle.endTornFrame();
    } catch (IOException poisoned) {
      // The handle takes nothing: the zone is left alone, or tried once more.
      LOG.warn("zone {} cannot be filled up to where a frame begins", handle.zone(), poisoned);
    }
  }

  private Optional<ZoneHandle> take(ZoneStream stream, boolean mayUseReserve) {
    int finishedAgain = -1;
    while (true) {
      ManagedZone toFinish;
      inventory.lock();
      try {
        ManagedZone reusable = stream.isData() ? inventory.findPartial(stream) : null;
        if (reusable != null) {
          return Optional.of(handOut(reusable, stream));
        }
        int kept =
            mayUseReserve
                ? inventory.reserves.minFreeUsingReserve(stream)
                : inventory.reserves.minFreeFor(stream);
        if (inventory.freeZones() <= kept) {
          return Optional.empty();
        }
        if (inventory.hasActiveResource()) {
          ManagedZone zone = inventory.activateFree();
          inventory.reserves.taken(stream);
          return Optional.of(handOut(zone, stream));
        }
        toFinish = inventory.findToFinish(finishedAgain);
        if (toFinish == null) {
          return Optional.empty();
        }
        finishedAgain = toFinish.finishFailed ? toFinish.index : finishedAgain;
        inventory.use(toFinish, Use.CHANGING);
      } finally {
        inventory.publishAndUnlock();
      }
      transitions.finish(toFinish);
    }
  }

  private ZoneHandle handOut(ManagedZone zone, ZoneStream stream) {
    inventory.use(zone, Use.HANDLE);
    inventory.serve(zone, stream);
    boolean mayBeTorn = zone.mayBeTorn && stream.isData();
    zone.mayBeTorn = false;
    return new ZoneHandle(
        transitions,
        device,
        stream,
        zone.index,
        new ZoneHandle.Bounds(
            zone.startBytes,
            zone.startBytes + zone.writtenBytes,
            zone.startBytes + zone.capacityBytes),
        mayBeTorn);
  }

  /**
   * Opens a certain zone at its write pointer: the superblock log, or a free zone for it.
   *
   * @throws IOException if the zone cannot take an append
   */
  public ZoneHandle open(int index, ZoneStream stream) throws IOException {
    ZoneHandle handle = take(index, stream);
    endTornFrame(handle);
    return handle;
  }

  private ZoneHandle take(int index, ZoneStream stream) throws IOException {
    int finishedAgain = -1;
    while (true) {
      ManagedZone toFinish;
      inventory.lock();
      try {
        ManagedZone zone = inventory.zones[index];
        if (zone.use == Use.PARTIAL) {
          return handOut(zone, stream);
        }
        if (zone.use != Use.FREE) {
          throw new IOException("zone " + index + " cannot be written: it is " + zone.use);
        }
        if (inventory.hasAnyActiveResource()) {
          inventory.activate(zone);
          return handOut(zone, stream);
        }
        // A crash can leave more zones begun than a running mount would have.
        toFinish = inventory.findToFinish(finishedAgain);
        if (toFinish == null) {
          throw new IOException(
              "zone " + index + " cannot be opened: all " + maxActive + " active zones are in use");
        }
        finishedAgain = toFinish.finishFailed ? toFinish.index : finishedAgain;
        inventory.use(toFinish, Use.CHANGING);
      } finally {
        inventory.publishAndUnlock();
      }
      transitions.finish(toFinish);
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
    return transitions.resetIf(index, unused);
  }

  /**
   * Takes note that the drive turned a zone read-only or offline: it is never handed out again.
   * Whoever has a handle finds out by the next write.
   *
   * @param failed the zone as reported just now
   * @return the zone as it was before
   */
  public ZoneState markFailed(ZoneDescriptor failed) {
    inventory.lock();
    try {
      return inventory.markFailed(failed);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /** Whether the drive turned a zone read-only or offline, as far as is known. */
  public boolean isFailed(int index) {
    inventory.lock();
    try {
      return inventory.isFailed(inventory.zones[index]);
    } finally {
      inventory.unlock();
    }
  }

  /** Capacity of the zones that died since the mount. Waits for nothing. */
  public long failedBytes() {
    return inventory.latest().failedBytes();
  }

  /** Number of free zones. Waits for nothing. */
  public int freeZones() {
    return inventory.latest().free();
  }

  /** Free zones that file data may take now. Waits for nothing. */
  public int freeDataZones() {
    return inventory.latest().freeForData();
  }

  /** Bytes that partly written data zones without a handle can still take. Waits for nothing. */
  public long partialDataBytes() {
    return inventory.latest().partialDataBytes();
  }

  /** Number of active zones. Waits for nothing. */
  public int activeZones() {
    return inventory.latest().active();
  }

  /** One zone. */
  public ZoneState state(int index) {
    inventory.lock();
    try {
      return inventory.zones[index].state();
    } finally {
      inventory.unlock();
    }
  }

  /** The zones that the drive turned read-only or offline. Where there is none, takes no lock. */
  public List<ZoneState> failedZones() {
    if (!inventory.latest().hasFailedZones()) {
      return List.of();
    }
    inventory.lock();
    try {
      return inventory.failed();
    } finally {
      inventory.unlock();
    }
  }

  /**
   * The zones that keep an active slot because they could not be finished, if so many do that the
   * streams will miss it: a reset gives it back. Where there is none, takes no lock.
   */
  public List<ZoneState> unfinishedZones() {
    int holders = inventory.latest().unfinishedZones();
    if (holders == 0 || maxActive - holders > minActive) {
      return List.of();
    }
    inventory.lock();
    try {
      return inventory.unfinishedZones();
    } finally {
      inventory.unlock();
    }
  }

  /** All zones, at one instant. */
  public List<ZoneState> states() {
    inventory.lock();
    try {
      return inventory.states();
    } finally {
      inventory.unlock();
    }
  }
}
