// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.ZoneAllocator;

class SegmentZonesTest {
  private static final UUID FILESYSTEM = new UUID(0x5e, 0x93);
  private static final int ZONES = 16;
  private static final long ZONE_BYTES = 256 << 10;
  private static final int SMALL_SEGMENTS = 10;
  private static final int LONG_RECORD_BYTES = 200 << 10;

  /** Whoever needs an active zone finishes one that has no handle. */
  @Test
  void theJournalDoesNotGiveUpAZoneInWhichItGoesOn() throws IOException {
    try (RamZonedDevice drive = emptyDrive()) {
      List<ZoneDescriptor> report = drive.report(0, ZONES);
      ZoneAllocator allocator = new ZoneAllocator(drive, report, 1);
      SuperblockEntry first =
          new SuperblockEntry(FILESYSTEM, 1, 1, facts(drive), null, null, List.of());
      SuperblockLog superblockLog = new SuperblockLog(drive, allocator, report, first);
      List<Integer> givenBack = new ArrayList<>();
      try (Journal journal = journal(drive, allocator, superblockLog)) {
        journal.begin();
        allocator.whenGivenBack(givenBack::add);
        for (int records = 0; records < 3; records++) {
          journal.append(ByteBuffer.allocate(100));
          journal.commit();
          journal.nextSegment();
        }
        assertThat(givenBack).isEmpty();
        assertThat(journal.segments())
            .hasSize(4)
            .flatExtracting(JournalSegment::copies)
            .extracting(JournalSegment.Copy::zone)
            .containsOnly(2);
      }
      superblockLog.close();
    }
  }

  /** A copied frame is not split: the zone that has space for a head only is left. */
  @Test
  void mergedSegmentsContinueWhereTheNextFrameFits() throws IOException {
    try (RamZonedDevice drive = emptyDrive()) {
      ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, ZONES), 1);
      SuperblockEntry first =
          new SuperblockEntry(FILESYSTEM, 1, 1, facts(drive), null, null, List.of());
      SuperblockLog superblockLog =
          new SuperblockLog(drive, allocator, drive.report(0, ZONES), first);
      List<Integer> lengths = new ArrayList<>();
      List<JournalSegment> written;
      try (Journal journal = journal(drive, allocator, superblockLog, JournalReader.Result.EMPTY)) {
        journal.begin();
        for (int segment = 0; segment < SMALL_SEGMENTS; segment++) {
          lengths.add(append(journal, 100));
          journal.nextSegment();
        }
        lengths.add(append(journal, LONG_RECORD_BYTES));
        lengths.add(append(journal, LONG_RECORD_BYTES));
        written = journal.segments();
      }
      // Of the merged ones, the first zone ends with space for a head and a block, not for a frame.
      try (Journal journal =
          journal(drive, allocator, superblockLog, read(drive, written, new ArrayList<>()))) {
        journal.mergeSegments();
        drive.flush();
        List<Integer> merged = new ArrayList<>();
        assertThat(read(drive, journal.segments(), merged).end()).isEqualTo(journal.end());
        assertThat(merged).isEqualTo(lengths);
        assertThat(journal.segments()).hasSize(2);
      }
      superblockLog.close();
    }
  }

  private static int append(Journal journal, int bytes) throws IOException {
    journal.append(ByteBuffer.allocate(bytes));
    journal.commit();
    return bytes;
  }

  private static JournalReader.Result read(
      RamZonedDevice drive, List<JournalSegment> segments, List<Integer> lengths)
      throws IOException {
    return new JournalReader(drive, FILESYSTEM)
        .read(
            segments,
            JournalPosition.START,
            (record, position, isProven) -> lengths.add(record.remaining()));
  }

  private static RamZonedDevice emptyDrive() {
    return RamZonedDevice.create(
        EmulatedGeometry.builder(ZONES * ZONE_BYTES).zoneSizeBytes(ZONE_BYTES).build());
  }

  private static Journal journal(
      RamZonedDevice drive, ZoneAllocator allocator, SuperblockLog superblockLog) {
    return journal(drive, allocator, superblockLog, JournalReader.Result.EMPTY);
  }

  private static Journal journal(
      RamZonedDevice drive,
      ZoneAllocator allocator,
      SuperblockLog superblockLog,
      JournalReader.Result history) {
    return new Journal(
        drive,
        FILESYSTEM,
        1,
        history,
        new SegmentZones(drive, allocator, superblockLog),
        new SplittableRandom(1));
  }

  private static SuperblockEntry.Facts facts(RamZonedDevice drive) {
    return new SuperblockEntry.Facts(
        0,
        0,
        0,
        0,
        ZONES,
        ZONE_BYTES,
        drive.geometry().blockSizeBytes(),
        List.of(0, 1),
        1,
        "",
        null);
  }

  /** With a zone of the log lost, a mount searches the heads of all segments. */
  @Test
  void headsCountOnlyWhenEntriesAreNoLongerHeldBack() throws IOException {
    try (RamZonedDevice drive = emptyDrive()) {
      ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, ZONES), 1);
      SuperblockEntry first =
          new SuperblockEntry(FILESYSTEM, 5, 1, facts(drive), null, null, List.of());
      SuperblockLog superblockLog =
          new SuperblockLog(drive, allocator, drive.report(0, ZONES), first);
      superblockLog.write(first);
      drive.setOffline(0);
      superblockLog.holdBack();
      try (Journal journal = journal(drive, allocator, superblockLog)) {
        journal.begin();
        journal.append(ByteBuffer.allocate(100));
        journal.commit();
        assertThat(newest(drive).segments()).isEmpty();
        superblockLog.release();
        journal.nextSegment();
        assertThat(newest(drive).segments()).hasSize(2).isEqualTo(journal.segments());
      }
      superblockLog.close();
    }
  }

  /** Both zones of the log can be lost right after the filesystem has got another length. */
  @Test
  void headsSayTheNumberOfZonesThatWasSet() throws IOException {
    try (RamZonedDevice drive = emptyDrive()) {
      ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, ZONES), 1);
      SuperblockEntry.Facts smaller = facts(drive).withZoneCount(ZONES - 4);
      SuperblockEntry first = new SuperblockEntry(FILESYSTEM, 5, 1, smaller, null, null, List.of());
      SuperblockLog superblockLog =
          new SuperblockLog(drive, allocator, drive.report(0, ZONES), first);
      superblockLog.write(first);
      try (Journal journal = journal(drive, allocator, superblockLog)) {
        journal.begin();
        superblockLog.setZoneCount(ZONES);
        assertThat(superblockLog.zoneCountMayBeOnDrive()).isFalse();
        journal.nextSegment();
        assertThat(superblockLog.zoneCountMayBeOnDrive()).isTrue();
        assertThat(superblockLog.current().facts().zoneCount()).isEqualTo(ZONES);
        journal.append(ByteBuffer.allocate(100));
        journal.commit();
      }
      superblockLog.close();
      drive.setOffline(0);
      drive.setOffline(1);
      assertThat(newest(drive).facts().zoneCount()).isEqualTo(ZONES);
    }
  }

  private static SuperblockEntry newest(RamZonedDevice drive) throws IOException {
    return Objects.requireNonNull(
        new SuperblockFinder(drive, drive.report(0, ZONES)).anywhere(ProgressListener.NONE));
  }
}
