// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.zonemgr.DriveCopies;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/** Checks the newest superblock entry and both copies of the superblock log. One slot in memory. */
public final class SuperblockCheck {
  /** An unmount may write two entries before one flush; a crash can then lose both in one copy. */
  private static final int UNFLUSHED_SUPERBLOCKS = 2;

  /** Offset of the filesystem's UUID in the header of a frame. */
  private static final int UUID_OFFSET = 8;

  private final ZonedDevice device;
  private final DeviceGeometry geometry;
  private final List<ZoneDescriptor> report;
  private final Findings findings;
  private final int blockBytes;
  private final int unitBytes;

  /** Prepares the check of one drive. */
  public SuperblockCheck(ZonedDevice device, List<ZoneDescriptor> report, Findings findings) {
    this.device = device;
    this.geometry = device.geometry();
    this.report = report;
    this.findings = findings;
    this.blockBytes = geometry.blockSizeBytes();
    this.unitBytes = FrameHeader.unitBytes(blockBytes);
  }

  /** Whether an entry can be followed at all; if not, a finding reports it. */
  public boolean isPlausible(SuperblockEntry superblock) {
    if (superblock.segments().isEmpty()) {
      findings.add(
          "the newest superblock entry names no journal",
          "generation " + superblock.generation(),
          "the filesystem cannot be mounted");
      return false;
    }
    String contradiction = superblock.contradiction(geometry);
    if (!contradiction.isEmpty()) {
      findings.add(
          "the newest superblock entry names " + contradiction,
          "generation " + superblock.generation(),
          "the filesystem cannot be mounted");
    }
    return contradiction.isEmpty();
  }

  /** Checks both copies of the superblock log. */
  public void checkLog(SuperblockEntry newest) throws IOException {
    boolean failed = false;
    boolean holdsRoot = false;
    for (int zone : newest.facts().superblockZones()) {
      if (zone < 0 || zone >= report.size()) {
        findings.add(
            "the newest superblock entry names zone " + zone + " for the superblock log",
            "generation " + newest.generation(),
            "the next superblock entry has one copy less");
        failed = true;
        continue;
      }
      ZoneDescriptor descriptor = report.get(zone);
      if (descriptor.condition() == ZoneCondition.OFFLINE
          || descriptor.condition() == ZoneCondition.READ_ONLY) {
        findings.add(
            "a copy of the superblock log lies in a zone that is " + descriptor.condition(),
            "zone " + zone,
            "new superblock entries have one copy; if that is lost too, the journal is searched for");
        failed = true;
      }
      if (descriptor.condition() != ZoneCondition.OFFLINE) {
        holdsRoot |= checkCopy(descriptor, newest);
      }
    }
    // A zone is reset only while the other holds an entry, so one of two working zones holds one.
    if (!holdsRoot && !failed) {
      findings.add(
          "the superblock log holds no entry; the newest was found at the head of the journal",
          "zones " + newest.facts().superblockZones(),
          "a mount searches all zones for the journal");
    }
  }

  /** The entry in a slot, from another copy of the drive if need be. */
  private @Nullable SuperblockEntry entryOrNull(long position, ByteBuffer slot) throws IOException {
    SuperblockEntry entry = SuperblockEntry.decode(slot);
    boolean isBlank = slot.remaining() < Long.BYTES || slot.getLong(slot.position()) == 0;
    DriveCopies.Found found =
        entry != null || isBlank
            ? null
            : DriveCopies.findRight(
                device, position, slot.remaining(), copy -> SuperblockEntry.decode(copy) != null);
    return found == null ? entry : SuperblockEntry.decode(found.bytes());
  }

  /** Returns whether the zone holds an entry of the filesystem. */
  private boolean checkCopy(ZoneDescriptor zone, SuperblockEntry newest) throws IOException {
    boolean ring = zone.type() == ZoneType.CONVENTIONAL;
    int slotBytes = SuperblockLog.slotBytes(unitBytes);
    long written = zone.hasWritePointer() ? zone.writtenBytes() : zone.capacityBytes();
    long slots =
        ring
            ? SuperblockLog.conventionalSlots(zone.capacityBytes(), unitBytes)
            : SuperblockLog.slotsBegun(written, unitBytes);
    long best = -1;
    for (long slot = 0; slot < slots; slot++) {
      long position = zone.startBytes() + slot * slotBytes;
      String where = "zone " + zone.index() + ", byte " + position + " of the drive";
      int length = ring ? slotBytes : SuperblockLog.slotLength(slot, written, unitBytes);
      ByteBuffer bytes = ByteBuffer.allocateDirect(length);
      try {
        device.read(position, bytes);
      } catch (IOException unreadable) {
        findings.add(
            "a slot of the superblock log cannot be read: " + unreadable.getMessage(),
            where,
            "a superblock entry has one copy less");
        continue;
      }
      SuperblockEntry entry = entryOrNull(position, bytes.flip());
      if (entry == null) {
        if (!mayBeTorn(bytes, newest.filesystem())) {
          findings.add(
              "a slot of the superblock log is damaged",
              where,
              "a superblock entry has one copy less");
        }
      } else if (!entry.filesystem().equals(newest.filesystem())) {
        findings.add(
            "a superblock entry of another filesystem, " + entry.filesystem(),
            where,
            "a mount may take it for the newest superblock entry");
      } else {
        best = Math.max(best, entry.generation());
      }
    }
    // A zone that takes no more entries was reported already.
    boolean takesRoots = zone.condition() != ZoneCondition.READ_ONLY;
    // A zone that was just reset may show older entries, if the newest did not arrive.
    boolean isSettled = ring || slots > UNFLUSHED_SUPERBLOCKS;
    boolean isBehind = best < newest.generation() - UNFLUSHED_SUPERBLOCKS;
    if (takesRoots && newest.clean() && isSettled && isBehind) {
      findings.add(
          "a copy of the superblock log "
              + (best < 0 ? "holds no entry" : "ends at generation " + best)
              + ", the newest superblock entry is "
              + newest.generation(),
          "zone " + zone.index(),
          "the newest superblock entry has one copy");
    }
    return best >= 0;
  }

  /**
   * Whether a slot without a valid entry can be the result of a crash: blocks at its end were not
   * written, and a drive whose write pointer had moved shows any bytes there. A slot whose header
   * still identifies it was written, and changed later.
   */
  private boolean mayBeTorn(ByteBuffer slot, UUID filesystem) {
    FrameHeader header = FrameHeader.decode(slot);
    if (header == null) {
      return !namesItself(slot, filesystem);
    }
    int contentBytes = FrameHeader.BYTES + header.payloadBytes();
    return header.kind() == FrameKind.ROOT && contentBytes > blockBytes;
  }

  /** Whether enough of a frame's header is left to identify it; the rest may have changed. */
  private static boolean namesItself(ByteBuffer slot, UUID filesystem) {
    ByteBuffer little = slot.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return little.getInt(0) == FrameHeader.MAGIC
        || (little.getLong(UUID_OFFSET) == filesystem.getMostSignificantBits()
            && little.getLong(UUID_OFFSET + Long.BYTES) == filesystem.getLeastSignificantBits());
  }
}
