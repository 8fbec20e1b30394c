// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.util.function.LongSupplier;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.zonemgr.ZoneAllocator;

/**
 * Reserves that follow the need: the checkpoints' share grows and shrinks with the index, and the
 * collector's reserve is refilled when zones that it emptied never come back. Both grow only by
 * zones that are promised to nobody. More data may have been accepted than fit beside an index that
 * grew afterwards: the share then stays as small as images allow. ARCHITECTURE.md, "Zones and
 * space", gives the reasons.
 *
 * <p>Thread-safe. Queries take no lock.
 */
public final class AdaptiveReserves {
  /**
   * Limit of {@link #shortZones}: an estimate is not further off, and {@code df} loses these zones.
   */
  private static final int MOST_SHORT_ZONES = 4 * CheckpointManifest.COPIES;

  /** Zones of room from which on one of them refills the collector's reserve. */
  private static final int ZONES_FOR_COLLECTOR = 2;

  private volatile SpacePlan plan;
  private final ZoneAllocator allocator;
  private final LongSupplier room;
  private final LongSupplier unused;

  private volatile long imageBytes;
  private volatile int checkpointZones;

  /**
   * Zones that the checkpoints had when the current image began; -1 if no image is being stored.
   */
  private volatile int heldWhileStoring = -1;

  /** Bytes that each copy can still take in the zone that it has begun, as of the last image. */
  private volatile long openRestBytes;

  /** Zones that the last images lacked. */
  private volatile int shortZones;

  /**
   * @param room bytes that zones can take and that are promised to nobody; negative: too few
   * @param unused bytes that live data leave of what they may take; negative: they take more
   */
  AdaptiveReserves(
      SpacePlan plan, ZoneAllocator allocator, LongSupplier room, LongSupplier unused) {
    this.plan = plan;
    this.allocator = allocator;
    this.room = room;
    this.unused = unused;
    this.checkpointZones = plan.checkpointZones();
    allocator.setReserves(plan.collectorZones(), plan.journalZones(), checkpointZones);
  }

  /** Divides another number of zones. */
  synchronized void setPlan(SpacePlan changed) {
    int more = changed.checkpointZones() - plan.checkpointZones();
    plan = changed;
    share(Math.max(Math.max(1, checkpointZones + more), allocator.checkpointZones()));
    adjust();
  }

  // ---- what is needed

  /** Zones that the checkpoints lack in their share, as far as it may grow. */
  public int missingZones() {
    return Math.max(0, affordable(neededZones()) - checkpointZones);
  }

  /** Whether the checkpoints need more zones than their share has, even if it may not grow. */
  public boolean isShort() {
    return neededZones() > checkpointZones;
  }

  /** Whether live data leave less than the checkpoints need. */
  public boolean isOvercommitted() {
    return affordable(neededZones()) < neededZones();
  }

  /**
   * The part of a share that live data leave, but never less than the next image takes with the
   * collector's zones. Overwriting goes on with a smaller share, and only without an image it would
   * end soon.
   */
  private int affordable(int wanted) {
    if (wanted <= plan.checkpointZones()) {
      return wanted;
    }
    long left = Math.max(0, unused.getAsLong()) / plan.zoneCapacityBytes();
    long most = Math.max(leastZones(), plan.checkpointZones() + left) + shortZones;
    return (int) Math.min(wanted, most);
  }

  /** The smallest share with which an image can be stored, with all zones of the collector. */
  private int leastZones() {
    int next = plan.zonesOfImage(imageBytes);
    return Math.max(next, heldZones() + next - plan.collectorZones());
  }

  private int heldZones() {
    int held = heldWhileStoring;
    return held < 0 ? allocator.checkpointZones() : held;
  }

  /** Zones of room that writers leave, so that the share can grow to what the index needs. */
  int zonesOfRoomToLeave() {
    int missing = missingZones();
    return missing == 0 ? 0 : missing + 1;
  }

  /** Bytes that images of the index take beyond the zones that are planned for them. */
  long excessBytes() {
    return (neededZones() - plan.checkpointZones()) * plan.zoneCapacityBytes();
  }

  /** Whether the index takes more than was planned for it. */
  public boolean indexIsLarge() {
    return neededZones() > plan.checkpointZones();
  }

  /** Whether an image of some length needs more zones than were planned. */
  public boolean isLarge(long bytes) {
    return plan.checkpointZonesFor(bytes, 0, 0) > plan.checkpointZones();
  }

  /** Length of an image of the index, as far as it is known. */
  public long imageBytes() {
    return imageBytes;
  }

  private int neededZones() {
    return neededZones(openRestBytes);
  }

  private int neededZones(long restBytes) {
    return plan.checkpointZonesFor(imageBytes, heldZones(), restBytes) + shortZones;
  }

  /** A text for the log. */
  public String describe() {
    return "image of the index "
        + imageBytes
        + " bytes, for it zones "
        + checkpointZones
        + ", needed "
        + neededZones()
        + ", held "
        + allocator.checkpointZones()
        + ", free for data "
        + allocator.freeDataZones();
  }

  // ---- what happens

  /**
   * Notes that the zones have their streams after a mount. What the newest image holds is its
   * share: the collector owes nobody a zone yet.
   */
  public synchronized void zonesAssigned() {
    share(Math.max(checkpointZones, allocator.checkpointZones()));
  }

  /** Notes that the index changed. */
  public void indexChanged(long newImageBytes) {
    imageBytes = newImageBytes;
    adjust();
  }

  /**
   * Notes that an image is about to be stored. Until {@link #imageEnds}, the zones that it takes
   * count as expected and do not raise the need.
   */
  public void imageBegins() {
    heldWhileStoring = allocator.checkpointZones();
  }

  /**
   * Notes that the image is stored or abandoned, and that the zones it no longer needs are free.
   *
   * @param restBytes what each copy can still take in the zone that it has begun
   */
  public void imageEnds(long restBytes) {
    openRestBytes = restBytes;
    heldWhileStoring = -1;
    adjust();
  }

  /**
   * Notes that an image found too few zones. It was longer than estimated, unless its share had not
   * grown to the estimate yet.
   */
  public synchronized void imageWasShort() {
    if (missingZones() == 0) {
      shortZones = Math.min(shortZones + CheckpointManifest.COPIES, MOST_SHORT_ZONES);
    }
    adjust();
  }

  /** Notes that an image found its zones. */
  public synchronized void imageWasStored() {
    shortZones = 0;
    adjust();
  }

  /** Gives each its share, as far as nobody was promised the room. */
  public synchronized void adjust() {
    refillCollectorReserve();
    // With room for the record that is under way: its need is known when its data have zones.
    int wanted = affordable(neededZones(openRestBytes - plan.longestRecordBytes()));
    if (wanted > checkpointZones) {
      grow(wanted);
    } else if (wanted < checkpointZones) {
      shrink(wanted);
    }
  }

  private void grow(int wanted) {
    int before = checkpointZones;
    // Room is also in zones that are being written, and no image can be stored there. One zone of
    // room stays: what was granted may take a little more than its bytes.
    long spare = room.getAsLong() / Math.max(1, plan.zoneNetBytes()) - 1;
    long more = Math.min(wanted - before, Math.min(spare, allocator.freeDataZones()));
    if (more <= 0) {
      return;
    }
    share(before + (int) more);
    if (room.getAsLong() < 0) {
      // Another thread was granted the room.
      share(before);
    }
  }

  /** Zones of the share that an image holds meanwhile stay in it, or the collector would pay. */
  private void shrink(int zones) {
    share(Math.max(zones, Math.min(checkpointZones, allocator.checkpointZones())));
  }

  /**
   * Refills the collector's reserve: zones that failed, or that cannot be reset, never repay the
   * zones that the collector borrowed to empty them.
   */
  private void refillCollectorReserve() {
    if (allocator.collectorBorrowed() > 0
        && room.getAsLong() > ZONES_FOR_COLLECTOR * plan.zoneNetBytes()) {
      allocator.refillCollectorReserve(1);
      if (room.getAsLong() < 0) {
        // Another thread was granted the room.
        allocator.refillCollectorReserve(-1);
      }
    }
  }

  /**
   * Refills the collector's reserve by a zone, whether there is room or not: what the collector
   * borrowed for zones that are given up never comes back, and writers would take all others.
   */
  public synchronized void refillCollectorReserveAnyway() {
    if (allocator.collectorBorrowed() > 0) {
      allocator.refillCollectorReserve(1);
    }
  }

  private void share(int zones) {
    checkpointZones = zones;
    allocator.setReserves(plan.collectorZones(), plan.journalZones(), zones);
  }
}
