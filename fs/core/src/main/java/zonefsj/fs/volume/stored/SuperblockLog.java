// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/**
 * The superblock log. Every superblock entry is written to both of its zones, so that the loss of
 * either costs nothing. A sequential zone is a list of slots; it is reset only when the other zone
 * holds the newest entry and the drive was flushed since. A conventional zone is a ring of slots;
 * the newest one is never overwritten.
 *
 * <p>Used by one thread at a time (the committer); {@link #current} by any.
 */
public final class SuperblockLog {
  private static final Logger LOG = LoggerFactory.getLogger(SuperblockLog.class);
  private static final int SLOT_BYTES = 16 << 10;
  private static final int MAX_CONVENTIONAL_SLOTS = 64;

  /** A zone that fails this many entries in a row, each tried twice, counts as failed. */
  private static final int MOST_FAILURES = 3;

  /** A mount reads all slots; a higher limit would only save some resets. */
  static final int MAX_SLOTS = 1024;

  private static final long NOT_READ = -2;
  private static final long NO_SLOT = -1;

  private static final class Side {
    final int zone;
    final boolean conventional;
    final long startBytes;
    final long capacityBytes;
    @Nullable ZoneHandle handle;

    /** Whether the zone holds the newest entry: it must not be reset before another one does. */
    boolean holdsCurrent;

    /** Whether the zone did not take the last entry: the other one cannot rely on its copy. */
    boolean failed;

    /** Entries in a row that the zone did not take. */
    int failures;

    /**
     * Slot of the newest entry in a conventional zone; {@link #NOT_READ} before it is looked for.
     */
    long newestSlot = NOT_READ;

    Side(ZoneDescriptor descriptor) {
      zone = descriptor.index();
      conventional = descriptor.type() == ZoneType.CONVENTIONAL;
      startBytes = descriptor.startBytes();
      capacityBytes = descriptor.capacityBytes();
    }
  }

  private final ZonedDevice device;
  private final ZoneAllocator allocator;
  private final int unitBytes;
  private final List<Side> sides = new ArrayList<>();
  private volatile SuperblockEntry current;
  private boolean heldBack;

  /** The highest generation of an entry that was given up. */
  private long givenUpGeneration;

  /** Number of zones of the filesystem, as the next entry says it. */
  private volatile int zoneCount;

  /** Whether an entry with a number that was set has been tried. */
  private volatile boolean zoneCountWasTried;

  /** Zones that others have replaced, and whose content is needed until an entry is durable. */
  private final List<Integer> replaced = new ArrayList<>();

  /** Whether an entry was written since the last zone was replaced. */
  private boolean areSucceeded;

  /** Whether a zone has failed and no other was free to replace it. */
  private volatile boolean lacksZone;

  /** Continues the log that the newest entry is in. */
  public SuperblockLog(
      ZonedDevice device,
      ZoneAllocator allocator,
      List<ZoneDescriptor> report,
      SuperblockEntry current) {
    this.device = device;
    this.allocator = allocator;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.current = current;
    this.zoneCount = current.facts().zoneCount();
    for (int zone : current.facts().superblockZones()) {
      sides.add(new Side(report.get(zone)));
      allocator.assign(zone, ZoneStream.SUPERBLOCK);
    }
  }

  /** Length of a slot, bytes, on drives with this unit. */
  public static int slotBytes(int unitBytes) {
    return Math.max(SLOT_BYTES, unitBytes);
  }

  /**
   * Slots of a sequential zone, at most {@link #MAX_SLOTS}; a crash may have torn the last one. A
   * part of a slot counts: it may be a whole entry, and becomes one when the slot is filled up.
   *
   * @param writtenBytes bytes of the zone below its write pointer
   */
  public static long slotsBegun(long writtenBytes, int unitBytes) {
    int slot = slotBytes(unitBytes);
    return Math.min(MAX_SLOTS, (writtenBytes + slot - 1) / slot);
  }

  /** Bytes of a slot of a sequential zone that are written. */
  public static int slotLength(long slot, long writtenBytes, int unitBytes) {
    return (int) Math.min(slotBytes(unitBytes), writtenBytes - slot * slotBytes(unitBytes));
  }

  /** Number of slots in the ring of a conventional zone. */
  public static long conventionalSlots(long capacityBytes, int unitBytes) {
    return Math.min(MAX_CONVENTIONAL_SLOTS, capacityBytes / slotBytes(unitBytes));
  }

  /** The newest entry. */
  public SuperblockEntry current() {
    return current;
  }

  /** The next entry would overwrite the only copy of the current one. */
  public static final class LastCopyException extends IOException {
    private static final long serialVersionUID = 1;

    LastCopyException(int zone) {
      super("superblock zone " + zone + " holds the only copy of the newest superblock entry");
    }
  }

  /**
   * Writes an entry to both zones. It is durable after the next flush of the drive.
   *
   * @throws LastCopyException if it would overwrite the last copy of the current entry: the caller
   *     must begin a new journal segment, whose head is another copy, and try again
   * @throws IOException if neither zone took it, or a flush failed
   */
  public void write(SuperblockEntry entry) throws IOException {
    write(entry, false);
  }

  /** Writes an entry that is already at the head of a journal segment. */
  void writeBehindHead(SuperblockEntry entry) throws IOException {
    write(entry, true);
  }

  private void write(SuperblockEntry wanted, boolean isElsewhere) throws IOException {
    if (heldBack) {
      current = wanted;
      return;
    }
    releaseReplaced();
    replaceDead();
    SuperblockEntry entry = named(wanted);
    List<Side> written = new ArrayList<>();
    @Nullable IOException failed = null;
    // Two rounds: a zone that fails to be reset is tried again before the other is emptied.
    for (int round = 0; round < 2; round++) {
      for (Side side : sides) {
        boolean mayBeEmptied = isElsewhere || isHeldBesides(side);
        if (written.contains(side)) {
          continue;
        }
        try {
          if (!mayBeEmptied && mustStartOver(side)) {
            throw new LastCopyException(side.zone);
          }
          write(side, entry);
          side.holdsCurrent = true;
          side.failed = false;
          side.failures = 0;
          written.add(side);
        } catch (LastCopyException waits) {
          failed = waits;
        } catch (IOException oneSide) {
          if (DeviceException.isFinal(oneSide)) {
            // It was to cover what others wrote: the other zone does not make up for that.
            throw oneSide;
          }
          if (!side.failed) {
            LOG.error("superblock zone {} failed, the other goes on alone", side.zone, oneSide);
          }
          side.failed = true;
          // A lack of open zones, or an entry that is too long, is not the zone's fault.
          side.failures += oneSide instanceof DeviceException ? round : 0;
          failed = failed == null ? oneSide : failed;
        }
      }
    }
    if (written.isEmpty() && failed != null) {
      giveUp(entry);
      throw failed;
    }
    for (Side side : sides) {
      side.holdsCurrent = written.contains(side);
    }
    current = entry;
    areSucceeded = true;
  }

  /**
   * An entry that was not written as it should be, and may be on the drive all the same: its
   * generation is not used again, so a mount cannot mistake it for a later entry.
   */
  void giveUp(SuperblockEntry entry) {
    givenUpGeneration = Math.max(givenUpGeneration, entry.generation());
  }

  /**
   * Whether a zone has failed, and a zone that can replace it was emptied since: the next entry
   * goes there. Any thread.
   */
  public boolean canReplaceZone() {
    return lacksZone && allocator.superblock().isZoneKept();
  }

  /**
   * Replaces each failed zone by one of the zones in which a mount looks for the log, so only the
   * entries have to name it. The failed zone keeps its content, which is older than all entries
   * that are written from now on.
   */
  private void replaceDead() throws IOException {
    boolean lacks = false;
    for (int index = 0; index < sides.size(); index++) {
      Side dead = sides.get(index);
      if (isDead(dead)) {
        Side fresh = freshOrNull(sides.stream().allMatch(this::isDead));
        lacks |= fresh == null;
        if (fresh != null) {
          LOG.warn("superblock zone {} has failed, zone {} replaces it", dead.zone, fresh.zone);
          sides.set(index, fresh);
          release(dead);
        } else if (allocator.state(dead.zone).use() == Use.OFFLINE) {
          // Its copy cannot be read: the other zone must not be emptied because of it.
          dead.holdsCurrent = false;
        }
      }
    }
    if (lacksZone && !lacks) {
      allocator.superblock().cancel();
    }
    lacksZone = lacks;
  }

  /** An empty zone; null if there is none now, or it fails, too. */
  private @Nullable Side freshOrNull(boolean isLast) throws IOException {
    int zone = allocator.superblock().take(SuperblockFinder.SUPERBLOCK_SEARCH_ZONES, isLast);
    if (zone < 0) {
      return null;
    }
    try {
      Side fresh = new Side(device.report(zone, 1).get(0));
      if (fresh.conventional) {
        clear(fresh);
        fresh.newestSlot = NO_SLOT;
      }
      return fresh;
    } catch (IOException failed) {
      if (DeviceException.isFinal(failed)) {
        throw failed;
      }
      // The other zone goes on alone; the next entry tries again, with another conventional zone.
      LOG.error("zone {} cannot replace a failed superblock zone", zone, failed);
      allocator.superblock().release(zone);
      return null;
    }
  }

  private boolean isDead(Side side) {
    return side.failures >= MOST_FAILURES || allocator.isFailed(side.zone);
  }

  private void release(Side dead) {
    ZoneHandle handle = dead.handle;
    dead.handle = null;
    try {
      if (handle != null) {
        handle.close();
      }
    } catch (IOException failed) {
      LOG.debug("failed zone {} is given back", dead.zone, failed);
    }
    if (allocator.isFailed(dead.zone)) {
      allocator.superblock().release(dead.zone);
      return;
    }
    // It could be reset, and written again.
    allocator.superblock().retire(dead.zone);
    replaced.add(dead.zone);
    areSucceeded = false;
  }

  /** A replaced zone may hold the newest durable entry until a later one is durable. */
  private void releaseReplaced() throws IOException {
    if (!replaced.isEmpty() && areSucceeded) {
      device.flush();
      replaced.forEach(zone -> allocator.superblock().release(zone));
      replaced.clear();
    }
  }

  /**
   * Overwrites the slots, so that no entry of an earlier filesystem is found there, even after a
   * crash.
   */
  private void clear(Side side) throws IOException {
    long slots = conventionalSlots(side.capacityBytes, unitBytes);
    for (long slot = 0; slot < slots; slot++) {
      device.write(
          side.startBytes + slot * slotBytes(unitBytes),
          ByteBuffer.allocateDirect(slotBytes(unitBytes)));
    }
    device.flush();
  }

  /**
   * Sets the number of zones of the filesystem. The next entry that is written says it; until then
   * {@link #current} has the number before. Any thread.
   */
  public void setZoneCount(int zones) {
    zoneCountWasTried = false;
    zoneCount = zones;
  }

  /**
   * Whether the write of an entry with the number that was set last has begun: a crash may find it,
   * even if the write failed. Any thread.
   */
  public boolean zoneCountMayBeOnDrive() {
    return zoneCountWasTried;
  }

  /**
   * The entry with the current zones of the log, the number of zones of the filesystem, and a
   * generation above those that were given up. It is written next.
   */
  private SuperblockEntry named(SuperblockEntry wanted) {
    SuperblockEntry entry = wanted.withGenerationAbove(givenUpGeneration);
    zoneCountWasTried |= entry.facts().zoneCount() != zoneCount;
    List<Integer> zones = sides.stream().map(side -> side.zone).toList();
    SuperblockEntry.Facts facts = entry.facts();
    return zones.equals(facts.superblockZones()) && facts.zoneCount() == zoneCount
        ? entry
        : entry.withFacts(facts.withSuperblockZones(zones).withZoneCount(zoneCount));
  }

  /** Whether another zone that works holds the current entry, or the one that is being written. */
  private boolean isHeldBesides(Side side) {
    return sides.stream().anyMatch(other -> other != side && other.holdsCurrent && !other.failed);
  }

  private boolean mustStartOver(Side side) {
    ZoneHandle handle = side.handle;
    return side.holdsCurrent && !side.conventional && room(side, handle) < slotBytes(unitBytes);
  }

  /** Bytes that a sequential zone takes before it must be reset. */
  private long room(Side side, @Nullable ZoneHandle handle) {
    long written =
        handle != null
            ? handle.positionBytes() - side.startBytes
            : allocator.state(side.zone).writtenBytes();
    long left = handle != null ? handle.remainingBytes() : side.capacityBytes - written;
    return Math.min(left, (long) MAX_SLOTS * slotBytes(unitBytes) - written);
  }

  /**
   * Writes no entries from now on, and only drafts to the heads of journal segments: what they name
   * is incomplete until {@link #release}. The content of this journal counts from the first segment
   * on that begins after it.
   */
  public void holdBack() {
    heldBack = true;
  }

  /**
   * Writes the following entries again. The caller has flushed the drive and begins a new journal
   * segment.
   */
  public void release() {
    heldBack = false;
  }

  /** An entry as it is written to the head of a journal segment. */
  SuperblockEntry atHead(SuperblockEntry entry) {
    SuperblockEntry named = named(entry);
    return heldBack ? named.draft() : named;
  }

  /**
   * Whether the next entry would begin with the reset of the only zone that holds the current one,
   * because the other has failed. The current entry must then be copied first, to the head of a
   * journal segment.
   */
  public boolean currentHasOneCopy() {
    return sides.stream().anyMatch(side -> mustStartOver(side) && !isHeldBesides(side));
  }

  private void write(Side side, SuperblockEntry entry) throws IOException {
    if (entry.frameBytes(unitBytes) > slotBytes(unitBytes)) {
      throw new VolumeFormatException(
          "the journal has more segments than a superblock entry can name ("
              + entry.segments().size()
              + "); zonefs-j fsck --repair writes a new one");
    }
    ByteBuffer frame = entry.encode(slotBytes(unitBytes));
    if (side.conventional) {
      writeToRing(side, entry.generation(), frame);
      return;
    }
    if (allocator.isFailed(side.zone)) {
      throw new IOException("superblock zone " + side.zone + " has failed");
    }
    ZoneHandle handle = side.handle;
    if (handle == null && allocator.state(side.zone).use() != Use.FILLED) {
      handle = allocator.open(side.zone, ZoneStream.SUPERBLOCK);
      side.handle = handle;
      completeTornSlot(side, handle);
    }
    if (handle == null || room(side, handle) < frame.remaining()) {
      handle = startOver(side);
    }
    handle.append(frame);
  }

  /**
   * Writes to the slot that the generation names. Generations may have been skipped: if the newest
   * entry is there, it goes to the next slot, so that a torn write leaves the newest one whole.
   */
  private void writeToRing(Side side, long generation, ByteBuffer frame) throws IOException {
    long slots = conventionalSlots(side.capacityBytes, unitBytes);
    if (side.newestSlot == NOT_READ) {
      side.newestSlot = newestSlot(side, slots);
    }
    long slot = generation % slots;
    if (slot == side.newestSlot) {
      slot = (slot + 1) % slots;
    }
    device.write(side.startBytes + slot * slotBytes(unitBytes), frame);
    side.newestSlot = slot;
  }

  /** A slot that cannot be read holds no entry that a mount could find. */
  private long newestSlot(Side side, long slots) throws IOException {
    long newest = NO_SLOT;
    long generation = -1;
    for (long slot = 0; slot < slots; slot++) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(slotBytes(unitBytes));
      try {
        device.read(side.startBytes + slot * slotBytes(unitBytes), bytes);
      } catch (IOException unreadable) {
        DeviceException.rethrowShortage(unreadable);
        LOG.warn("slot {} of superblock zone {} cannot be read", slot, side.zone, unreadable);
        continue;
      }
      SuperblockEntry entry = SuperblockEntry.decode(bytes.flip());
      if (entry != null
          && entry.filesystem().equals(current.filesystem())
          && entry.generation() > generation) {
        newest = slot;
        generation = entry.generation();
      }
    }
    return newest;
  }

  private void completeTornSlot(Side side, ZoneHandle handle) throws IOException {
    long torn = (handle.positionBytes() - side.startBytes) % slotBytes(unitBytes);
    long missing = torn == 0 ? 0 : slotBytes(unitBytes) - torn;
    if (missing > 0 && missing <= handle.remainingBytes()) {
      handle.append(ByteBuffer.allocateDirect((int) missing));
    }
  }

  private ZoneHandle startOver(Side side) throws IOException {
    // The other zone holds the newest entry, which must be durable before this zone is reset. The
    // flush that follows the write makes this zone durable before the other is reset.
    device.flush();
    ZoneHandle full = side.handle;
    side.handle = null;
    if (full != null) {
      full.close();
    }
    side.holdsCurrent = false;
    allocator.reset(side.zone);
    ZoneHandle fresh = allocator.open(side.zone, ZoneStream.SUPERBLOCK);
    side.handle = fresh;
    return fresh;
  }

  /** Closes the zone handles; writes nothing. */
  public void close() throws IOException {
    for (Side side : sides) {
      ZoneHandle handle = side.handle;
      side.handle = null;
      if (handle != null) {
        handle.close();
      }
    }
  }
}
