// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.DriveCopies;
import zonefsj.zonemgr.FrameHeader;

/**
 * Checks each copy of the journal separately: the superblock entry at the head of each segment, and
 * after a clean unmount every frame.
 */
final class JournalCheck {
  private static final int MAX_HEAD_UNITS = 4;

  private final ZonedDevice device;
  private final DeviceGeometry geometry;
  private final List<ZoneDescriptor> report;
  private final SuperblockEntry superblock;
  private final Findings findings;
  private final int unitBytes;

  JournalCheck(
      ZonedDevice device,
      List<ZoneDescriptor> report,
      SuperblockEntry superblock,
      Findings findings) {
    this.device = device;
    this.geometry = device.geometry();
    this.report = report;
    this.superblock = superblock;
    this.findings = findings;
    this.unitBytes = FrameHeader.unitBytes(geometry.blockSizeBytes());
  }

  /**
   * Checks all copies.
   *
   * @param segments the journal up to its last record, each with its length
   */
  void check(List<JournalSegment> segments) throws IOException {
    for (JournalSegment segment : segments) {
      if (segment.lengthBytes() > 0) {
        for (JournalSegment.Copy copy : segment.copies()) {
          check(segment, copy);
        }
        // After a crash the copies may end at different places; after an unmount they do not.
        if (superblock.clean()) {
          findBrokenCopies(segment);
        }
      }
    }
  }

  private void check(JournalSegment segment, JournalSegment.Copy copy) throws IOException {
    if (report.get(copy.zone()).condition() == ZoneCondition.OFFLINE) {
      findings.add(
          "a zone of the journal is offline",
          "zone " + copy.zone(),
          segment.copies().size() > 1
              ? "the other copy of the journal holds the same; the next mount makes two again"
              : "a lost index cannot be rebuilt; the next mount with a good one makes up for it");
    } else if (!headNames(copy)) {
      // The superblock entry before a segment with records became durable before they did.
      findings.add(
          "the copy of the superblock entry at the head of a journal segment is damaged",
          "zone " + copy.zone() + ", before byte " + copy.startBytes() + " of the drive",
          "if the superblock log is lost too, the journal is not found");
    }
  }

  private void findBrokenCopies(JournalSegment segment) throws IOException {
    for (JournalSegment named : superblock.segments()) {
      if (!named.before().equals(segment.before())
          || !named.copies().containsAll(segment.copies())) {
        continue;
      }
      for (JournalSegment.Copy copy : named.copies()) {
        boolean isGone = report.get(copy.zone()).condition() == ZoneCondition.OFFLINE;
        long whole = isGone ? 0 : wholeBytes(segment, copy);
        if (whole < segment.lengthBytes() && named.copies().size() > 1) {
          findings.add(
              "a copy of the journal is damaged",
              "zone " + copy.zone() + ", byte " + (copy.startBytes() + whole) + " of the drive",
              "the other copy holds the same; the next checkpoint makes both superfluous");
        }
      }
    }
  }

  private long wholeBytes(JournalSegment segment, JournalSegment.Copy copy) throws IOException {
    return new JournalReader(device, superblock.filesystem()).wholeBytes(segment, copy);
  }

  private boolean headNames(JournalSegment.Copy copy) throws IOException {
    long zoneStart = geometry.zoneStartBytes(copy.zone());
    for (int units = 1; units <= MAX_HEAD_UNITS; units++) {
      int length = units * unitBytes;
      long position = copy.startBytes() - length;
      if (position < zoneStart) {
        return false;
      }
      ByteBuffer bytes = ByteBuffer.allocateDirect(length);
      try {
        device.read(position, bytes);
      } catch (IOException unreadable) {
        return false;
      }
      if (names(bytes.flip(), copy)
          || DriveCopies.findRight(device, position, length, head -> names(head, copy)) != null) {
        return true;
      }
    }
    return false;
  }

  private static boolean names(ByteBuffer head, JournalSegment.Copy copy) {
    SuperblockEntry entry = SuperblockEntry.decode(head);
    return entry != null
        && !entry.segments().isEmpty()
        && entry.segments().get(entry.segments().size() - 1).copies().contains(copy);
  }
}
