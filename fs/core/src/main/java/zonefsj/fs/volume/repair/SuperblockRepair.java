// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.volume.check.Findings;
import zonefsj.fs.volume.check.SuperblockCheck;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.zonemgr.FrameHeader;

/**
 * Writes the copies of the superblock log again, one after the other: while one is empty, the other
 * durably holds the newest entry. No other program may use the drive.
 */
final class SuperblockRepair {
  private final ZonedDevice device;
  private final int slotBytes;

  SuperblockRepair(ZonedDevice device) {
    this.device = device;
    this.slotBytes =
        SuperblockLog.slotBytes(FrameHeader.unitBytes(device.geometry().blockSizeBytes()));
  }

  /** Returns whether anything was written. */
  boolean repair() throws IOException {
    List<ZoneDescriptor> report = report();
    SuperblockEntry entry = new SuperblockFinder(device, report).inSuperblock();
    if (entry == null || isGood(report, entry)) {
      return false;
    }
    boolean changed = false;
    for (int zone : entry.facts().superblockZones()) {
      ZoneDescriptor side = report().get(zone);
      if (side.condition() == ZoneCondition.NOT_WRITE_POINTER) {
        changed |= clearBadSlots(side, entry);
      } else if (side.hasWritePointer() && isElsewhere(entry, zone)) {
        device.reset(zone);
        device.write(side.startBytes(), entry.encode(slotBytes));
        device.flush();
        changed = true;
      }
    }
    return changed;
  }

  private List<ZoneDescriptor> report() throws IOException {
    return device.report(0, device.geometry().zoneCount());
  }

  private boolean isGood(List<ZoneDescriptor> report, SuperblockEntry entry) throws IOException {
    Findings findings = new Findings();
    new SuperblockCheck(device, report, findings).checkLog(entry);
    return findings.list().isEmpty();
  }

  /** Whether the newest entry can be read from another zone of the log. */
  private boolean isElsewhere(SuperblockEntry entry, int zone) throws IOException {
    for (int other : entry.facts().superblockZones()) {
      ZoneDescriptor side = report().get(other);
      boolean readable = other != zone && side.condition() != ZoneCondition.OFFLINE;
      boolean anywhere = side.type() == ZoneType.CONVENTIONAL || !side.hasWritePointer();
      long slots =
          readable
              ? SuperblockLog.slotsBegun(
                  anywhere ? side.capacityBytes() : side.writtenBytes(),
                  FrameHeader.unitBytes(device.geometry().blockSizeBytes()))
              : 0;
      for (long slot = slots - 1; slot >= 0; slot--) {
        SuperblockEntry there = rootAt(side.startBytes() + slot * slotBytes);
        if (entry.equals(there)) {
          return true;
        }
      }
    }
    return false;
  }

  private @Nullable SuperblockEntry rootAt(long position) {
    ByteBuffer slot = ByteBuffer.allocateDirect(slotBytes);
    try {
      device.read(position, slot);
    } catch (IOException unreadable) {
      return null;
    }
    return SuperblockEntry.decode(slot.flip());
  }

  private boolean clearBadSlots(ZoneDescriptor side, SuperblockEntry entry) throws IOException {
    int unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    long slots = SuperblockLog.conventionalSlots(side.capacityBytes(), unitBytes);
    boolean changed = false;
    boolean isThere =
        LongStream.range(0, slots)
            .anyMatch(slot -> entry.equals(rootAt(side.startBytes() + slot * slotBytes)));
    for (long slot = 0; slot < slots; slot++) {
      long position = side.startBytes() + slot * slotBytes;
      SuperblockEntry there = rootAt(position);
      boolean takesNewest = !isThere && slot == entry.generation() % slots;
      if (takesNewest) {
        device.write(position, entry.encode(slotBytes));
        changed = true;
      } else if (there == null || !there.filesystem().equals(entry.filesystem())) {
        device.write(position, ByteBuffer.allocateDirect(slotBytes));
        changed = true;
      }
    }
    device.flush();
    return changed;
  }
}
