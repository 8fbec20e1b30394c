// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * The only owner of the drive's active zones: it issues every {@link ZoneHandle} and performs every
 * reset.
 *
 * <p>Each stream holds a fixed number of active zones: the superblock log two, the checkpoint two,
 * the journal one for each copy, the collector one. The limit of the drive allows these and at
 * least one for file data, and an idle zone is finished when another one needs its resource, so the
 * streams that free space always have theirs. The rest serves hot and cold data; if only one is
 * left, both share a zone ({@link #sharesDataZone()}); if there are more, the collector has a
 * second one ({@link #sharesCollectorZone()}). The free zones are divided likewise: file data
 * leaves {@link #setReserves the reserves} free, the collector leaves those of journal and
 * checkpoint, and the journal may take all but those of the next mount.
 *
 * <p>Thread-safe. No thread holds the lock during device I/O. Reading the sums takes no lock. Takes
 * about 170 bytes for each zone.
 */
public final class ZoneAllocator {
  /**
   * Two for the superblock log, two for the checkpoint, one for the collector, one for file data.
   */
  private static final int ACTIVE_ZONES_WITHOUT_JOURNAL = 6;

  private static final int LEAST_ZONES_FOR_TWO_OF_COLLECTOR = 128;

  private final ZoneInventory inventory;
  private final ZoneTransitions transitions;
  private final SuperblockZones superblock;
  private final HandleIssuer handles;
  private final int maxActive;
  private final int minActive;
  private final int dataStreams;

  /**
   * An allocator with the limits of the drive.
   *
   * @param device the drive
   * @param report a current report of all its zones
   * @param journalCopies number of zones to which the journal writes at the same time
   * @throws IllegalArgumentException if the drive allows fewer active zones than {@link
   *     #minActiveZones} requires
   */
  public ZoneAllocator(ZonedDevice device, List<ZoneDescriptor> report, int journalCopies) {
    this(device, report, journalCopies, ZoneLimits.DEFAULT);
  }

  /**
   * @param device the drive
   * @param report a current report of all its zones
   * @param journalCopies number of zones to which the journal writes at the same time
   * @param limits limits besides those of the drive. {@link #finishBeyondLimit} finishes zones that
   *     an earlier mount has left active beyond them. They are exceeded only if no zone can be
   *     finished, because the drive has failed to
   * @throws IllegalArgumentException if drive and limits allow fewer active zones than {@link
   *     #minActiveZones} requires
   */
  public ZoneAllocator(
      ZonedDevice device, List<ZoneDescriptor> report, int journalCopies, ZoneLimits limits) {
    int driveLimit = device.geometry().maxActiveZones().orElse(Integer.MAX_VALUE);
    this.maxActive = Math.min(driveLimit, limits.activeZones());
    this.minActive = minActiveZones(journalCopies);
    this.dataStreams = limits.dataStreams();
    if (maxActive < minActive) {
      throw new IllegalArgumentException(
          maxActive + " active zones are allowed, and " + minActive + " are needed");
    }
    int unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.inventory = new ZoneInventory(report, driveLimit, maxActive, unitBytes);
    this.transitions = new ZoneTransitions(device, inventory);
    this.superblock = new SuperblockZones(inventory, transitions);
    this.handles = new HandleIssuer(device, inventory, transitions, unitBytes);
  }

  /** The zones that can replace a failed zone of the superblock log. */
  public SuperblockZones superblock() {
    return superblock;
  }

  /**
   * Sets the reserves. The part of its share that a stream does not use stays free.
   *
   * @param collector free zones that only the collector and the journal may take
   * @param journal zones of the journal
   * @param checkpoint zones of the checkpoints, which have more only by {@link
   *     #allocateUsingReserve}
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
   * Makes the journal leave some free zones from now on: the next mount begins a segment in them,
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

  /** Zones of its reserve that the collector has borrowed and no reset has repaid. */
  public int collectorBorrowed() {
    return inventory.latest().collectorBorrowed();
  }

  /**
   * Keeps this many more free zones for the collector, in place of zones that it borrowed: the
   * zones that should repay them may never be reset. A negative number reverses this.
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

  /** Zones that the checkpoints may have, apart from those that they take of the collector. */
  public int checkpointShare() {
    inventory.lock();
    try {
      return inventory.reserves.checkpointShare();
    } finally {
      inventory.unlock();
    }
  }

  /** Zones that the checkpoints may keep and still leave the collector one. */
  public int mostCheckpointZones() {
    inventory.lock();
    try {
      return inventory.reserves.mostCheckpointZones();
    } finally {
      inventory.unlock();
    }
  }

  /** Zones of their share that the checkpoints may still take. */
  public int freeCheckpointZones() {
    return inventory.latest().freeForCheckpoint();
  }

  /** Free zones that an image could take by {@link #allocateForImage}. */
  public int freeZonesForImage() {
    inventory.lock();
    try {
      int most = inventory.reserves.zonesForImage();
      return Math.max(
          0, Math.min(most, inventory.freeZones() - inventory.reserves.minFreeForImage()));
    } finally {
      inventory.unlock();
    }
  }

  /**
   * Sets the listener that is called for each zone whose last handle was closed, and for each zone
   * that the superblock log gives up. The call holds no lock; the listener must not wait.
   */
  public void whenGivenBack(IntConsumer listener) {
    transitions.whenGivenBack(listener);
  }

  /** Whether hot and cold data must share one zone because few active zones are allowed. */
  public boolean sharesDataZone() {
    return maxActive < minActive + 1 || dataStreams < 3;
  }

  /**
   * Whether all data that the collector moves must share one zone, because few active zones are
   * allowed, or the drive has so few zones that one more that is partly written is a loss of
   * capacity.
   */
  public boolean sharesCollectorZone() {
    return maxActive < minActive + 2
        || dataStreams < 4
        || inventory.zones.length < LEAST_ZONES_FOR_TWO_OF_COLLECTOR;
  }

  /** The smallest number of active zones with which all streams can work. */
  public static int minActiveZones(int journalCopies) {
    return ACTIVE_ZONES_WITHOUT_JOURNAL + journalCopies;
  }

  /** Records the stream of a written zone, as found at mount. */
  public void assign(int zone, ZoneStream stream) {
    inventory.lock();
    try {
      inventory.assign(inventory.zones[zone], stream);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /**
   * Hands out a zone for a stream: a partly written zone of file data if there is one, else a free
   * zone. If this needs an active resource, it finishes another zone; if the finish fails, it tries
   * the next one, and zones whose finish failed before once more.
   *
   * @return empty if the stream may take no free zone, or no active resource can be released
   * @throws IOException if the drive failed
   */
  public Optional<ZoneHandle> allocate(ZoneStream stream) throws IOException {
    return handles.issue(stream, false);
  }

  /**
   * Hands out a zone, if necessary from the collector's reserve: for data that were accepted and
   * have no other place, because the zones that were meant for them may have failed, or for a
   * checkpoint whose share is too small.
   *
   * @return as {@link #allocate}
   * @throws IOException if the drive failed
   */
  public Optional<ZoneHandle> allocateUsingReserve(ZoneStream stream) throws IOException {
    return handles.issue(stream, true);
  }

  /**
   * Hands out a zone for an image of the index that will leave the checkpoints no more zones than
   * their share: if necessary the last one of the collector's reserve, which comes back when the
   * image is complete or given up.
   *
   * @return as {@link #allocate}
   * @throws IOException if the drive failed
   */
  public Optional<ZoneHandle> allocateForImage() throws IOException {
    return handles.issueForImage();
  }

  /**
   * Hands out a partly written zone of file data, never a free one.
   *
   * @return empty if there is none
   * @throws IOException if the drive failed
   */
  public Optional<ZoneHandle> resume(ZoneStream stream) throws IOException {
    return handles.resume(stream);
  }

  /**
   * Opens a given zone at its write pointer: a zone of the superblock log, or a free zone for it.
   *
   * @throws IOException if the zone cannot take an append
   */
  public ZoneHandle open(int index, ZoneStream stream) throws IOException {
    return handles.open(index, stream);
  }

  /**
   * Finishes zones that an earlier mount has left active beyond the limits of this one. What a
   * finish leaves unwritten in a zone is lost until its next reset.
   */
  public void finishBeyondLimit() {
    handles.finishBeyondLimit();
  }

  /** Whether a stream may take so many free zones now. */
  public boolean canAllocate(ZoneStream stream, int zones) {
    inventory.lock();
    try {
      return inventory.freeZones() - zones >= inventory.reserves.minFreeFor(stream);
    } finally {
      inventory.unlock();
    }
  }

  /** Whether a stream would have to finish a zone before it can write to a free one. */
  public boolean lacksActiveZone() {
    inventory.lock();
    try {
      return !inventory.canActivateOne(false);
    } finally {
      inventory.unlock();
    }
  }

  /** Makes a written zone that has no handle take no more data, so that the collector resets it. */
  public void leaveToCollector(int index) {
    inventory.lock();
    try {
      inventory.leaveToCollector(inventory.zones[index]);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /**
   * Resets a zone whose content is not needed and makes it free. The caller guarantees that the
   * changes that emptied it are durable and that no reader pins it.
   *
   * @throws IOException if a handle of the zone exists, or the drive failed
   */
  public void reset(int index) throws IOException {
    if (!resetIf(index, () -> true)) {
      throw new IOException("zone " + index + " cannot be reset: it is " + state(index).use());
    }
  }

  /**
   * Resets a zone if it has no handle and is still unused. The condition is evaluated when no new
   * handle can be issued and every write through an old one is counted. A zone that was handed out,
   * written and returned since the caller last looked is therefore not lost.
   *
   * @param unused is called under the allocator's lock and must not wait
   * @return false if the zone is in use and stays as it is
   * @throws IOException if the drive failed
   */
  public boolean resetIf(int index, BooleanSupplier unused) throws IOException {
    return transitions.resetIf(index, unused);
  }

  /**
   * Records that the drive turned a zone read-only or offline: it is never handed out again. The
   * holder of a handle notices at its next write.
   *
   * @param failed a current report of the zone
   * @return the state of the zone before
   */
  public ZoneState markFailed(ZoneDescriptor failed) {
    inventory.lock();
    try {
      return inventory.markFailed(failed);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /** Whether the drive is known to have turned a zone read-only or offline. */
  public boolean isFailed(int index) {
    inventory.lock();
    try {
      return inventory.isFailed(inventory.zones[index]);
    } finally {
      inventory.unlock();
    }
  }

  /** Whether the drive is known to have turned a zone offline: what it held is lost. */
  public boolean isOffline(int index) {
    inventory.lock();
    try {
      return inventory.isOffline(inventory.zones[index]);
    } finally {
      inventory.unlock();
    }
  }

  /**
   * Whether the drive lost data that were appended to a zone since its last reset: after a failed
   * write it reported a write pointer before their end. Data that a flush covered are not affected,
   * unless the drive breaks its promises. What was appended before a flush is therefore durable
   * only if this is false after the flush.
   */
  public boolean hasLostAppends(int index) {
    inventory.lock();
    try {
      return inventory.zones[index].lostAppends;
    } finally {
      inventory.unlock();
    }
  }

  /**
   * Whether data that were appended to a zone and not flushed may be missing: it has failed, too.
   */
  public boolean mayLackAppends(int index) {
    inventory.lock();
    try {
      ManagedZone zone = inventory.zones[index];
      return zone.lostAppends || inventory.isFailed(zone);
    } finally {
      inventory.unlock();
    }
  }

  /** Capacity of the zones that failed since the mount. Takes no lock. */
  public long failedBytes() {
    return inventory.latest().failedBytes();
  }

  /** Bytes that were appended to the zones of a stream since the mount. Takes no lock. */
  public long writtenBytes(ZoneStream stream) {
    return handles.writtenBytes(stream);
  }

  /** Number of free zones. Takes no lock. */
  public int freeZones() {
    return inventory.latest().free();
  }

  /** Free zones that file data may take now. Takes no lock. */
  public int freeDataZones() {
    return inventory.latest().freeForData();
  }

  /** Bytes that partly written data zones without a handle can still take. Takes no lock. */
  public long partialDataBytes() {
    return inventory.latest().partialDataBytes();
  }

  /** Number of active zones. Takes no lock. */
  public int activeZones() {
    return inventory.latest().active();
  }

  /**
   * Adds zones of a drive that has grown. They are {@link #withhold withheld}.
   *
   * @param added their descriptors, in order: empty, failed or conventional zones, behind all that
   *     are known. The first may be the last known one, if that was too short to be used
   * @param lastIsShort whether the last of them is too short to be used
   */
  public void addZones(List<ZoneDescriptor> added, boolean lastIsShort) {
    inventory.lock();
    try {
      inventory.add(added, lastIsShort);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /**
   * Hands out no zone from this one on any more. Handles that exist stay valid; when they are
   * closed, their zones take no more data, so that the collector empties them ({@link
   * #withheldData}).
   */
  public void withhold(int from) {
    inventory.lock();
    try {
      inventory.withhold(from);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /**
   * Reverses {@link #withhold} for some zones: they are used like all others.
   *
   * @param to the first zone behind them
   */
  public void admit(int from, int to) {
    inventory.lock();
    try {
      inventory.admit(from, to);
    } finally {
      inventory.publishAndUnlock();
    }
  }

  /** Whether a zone is withheld. */
  public boolean isWithheld(int index) {
    inventory.lock();
    try {
      return inventory.zones[index].withheld;
    } finally {
      inventory.unlock();
    }
  }

  /**
   * Withheld zones without a handle that hold file data, those with the lowest numbers. Takes no
   * lock if there are none.
   *
   * @param most limit of their number
   */
  public List<ZoneState> withheldData(int most) {
    if (!inventory.latest().hasWithheldData()) {
      return List.of();
    }
    inventory.lock();
    try {
      return inventory.withheldData(most);
    } finally {
      inventory.unlock();
    }
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

  /** The zones that the drive turned read-only or offline. Takes no lock if there are none. */
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
   * The zones that keep an active resource because their finish failed, if there are so many that
   * the streams lack active zones; a reset releases it. Takes no lock if there are none.
   */
  public List<ZoneState> unfinishedZones() {
    int holders = inventory.latest().unfinishedZones();
    int needed = minActive + (sharesCollectorZone() ? 0 : 1);
    if (holders == 0 || maxActive - holders > needed) {
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
