// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.journal.JournalFrames;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalSegment;

/** Which entry is the newest, whatever a zone of the superblock log shows besides. */
class SuperblockFinderTest {
  private static final int UNIT_BYTES = 4096;

  private static final int ROOTS = 6;

  /** Generations, some of which are never written. */
  private static final int MORE_THAN_A_ZONE_MAY_HOLD = 2500;

  private final RamZonedDevice device;

  /** Generation after generation; the oldest first. */
  private final List<SuperblockEntry> superblockLog = new ArrayList<>();

  SuperblockFinderTest() throws IOException {
    device = SmallVolume.format();
    SuperblockEntry entry = find();
    for (int number = 0; number < ROOTS; number++) {
      entry = entry.withEpoch(entry.epoch() + 1, entry.segments());
      superblockLog.add(entry);
    }
    for (int zone : entry.facts().superblockZones()) {
      device.reset(zone);
    }
  }

  /** Fills the slots of the log, in one of its zones. */
  private void show(@Nullable SuperblockEntry... slots) throws IOException {
    for (SuperblockEntry slot : slots) {
      device.append(
          0,
          slot == null
              ? ByteBuffer.allocate(SmallVolume.SLOT_BYTES)
              : slot.encode(SmallVolume.SLOT_BYTES));
    }
  }

  private SuperblockEntry find() throws IOException {
    return find(device);
  }

  private static SuperblockEntry find(ZonedDevice drive) throws IOException {
    SuperblockEntry found =
        new SuperblockFinder(drive, drive.report(0, drive.geometry().zoneCount()))
            .anywhere(ProgressListener.NONE);
    assertThat(found).isNotNull();
    return found;
  }

  @Test
  void theLastSlot() throws IOException {
    show(superblockLog.get(0), superblockLog.get(1), superblockLog.get(2));
    assertThat(find()).isEqualTo(superblockLog.get(2));
  }

  @Test
  void notASlotThatShowsWhatWasThereBeforeTheZoneWasReset() throws IOException {
    show(superblockLog.get(3), superblockLog.get(4), superblockLog.get(1));
    assertThat(find()).isEqualTo(superblockLog.get(4));
  }

  @Test
  void norWhereTheFirstSlotIsTorn() throws IOException {
    show(null, superblockLog.get(3), superblockLog.get(4), superblockLog.get(1));
    assertThat(find()).isEqualTo(superblockLog.get(4));
  }

  @Test
  void norWhereTheFirstSlotShowsThatToo() throws IOException {
    show(
        superblockLog.get(0),
        superblockLog.get(3),
        superblockLog.get(4),
        superblockLog.get(1),
        superblockLog.get(2));
    assertThat(find()).isEqualTo(superblockLog.get(4));
  }

  @Test
  void norTheFirstTryOfTheFirstRoot() throws IOException {
    show(superblockLog.get(4), superblockLog.get(3).withSegments(List.of()));
    assertThat(find()).isEqualTo(superblockLog.get(4));
  }

  @Test
  void ofTwoTriesTheLater() throws IOException {
    SuperblockEntry firstTry = superblockLog.get(3).withSegments(List.of());
    assertThat(firstTry.generation()).isEqualTo(superblockLog.get(4).generation());
    show(superblockLog.get(3), firstTry, superblockLog.get(4));
    assertThat(find()).isEqualTo(superblockLog.get(4));
  }

  @Test
  void aLogIsNoLongerThanAMountWantsToRead() throws IOException {
    RamZonedDevice drive = SmallVolume.formatWithLongZones();
    SuperblockEntry newest = find(drive);
    while (newest.generation() < MORE_THAN_A_ZONE_MAY_HOLD) {
      SmallVolume.mount(drive, new MemoryMetadataStores()).close();
      SuperblockEntry next = find(drive);
      assertThat(next.generation()).isGreaterThan(newest.generation());
      newest = next;
    }
    for (int zone : newest.facts().superblockZones()) {
      assertThat(drive.report(zone, 1).get(0).writtenBytes())
          .isBetween(1L, 1024L * SmallVolume.SLOT_BYTES);
    }
  }

  /** A record contains what applications write. */
  @Test
  void norARootInAJournalRecord() throws IOException {
    SuperblockEntry entry = find();
    int zone = entry.segments().get(0).copies().get(0).zone();
    long position = device.report(zone, 1).get(0).writePointerBytes();
    JournalSegment behind =
        new JournalSegment(
            List.of(new JournalSegment.Copy(zone, position + 2 * UNIT_BYTES)),
            1,
            JournalSegment.OPEN,
            JournalPosition.START);
    SuperblockEntry forged =
        new SuperblockEntry(
            entry.filesystem(),
            entry.generation() + 1000,
            entry.epoch(),
            entry.facts(),
            null,
            null,
            List.of(behind));
    ByteBuffer record = ByteBuffer.allocate(3 * UNIT_BYTES);
    record.position(UNIT_BYTES - JournalFrames.OVERHEAD_BYTES).put(forged.encode(UNIT_BYTES));
    ByteBuffer frame = ByteBuffer.allocate(4 * UNIT_BYTES);
    JournalFrames.encode(
        frame, UNIT_BYTES, entry.filesystem(), 1, 9, 3, 0, 0, 0, record.rewind(), 3 * UNIT_BYTES);
    device.append(zone, frame);
    assertThat(find()).isEqualTo(entry);
    device.append(zone, ByteBuffer.allocate(UNIT_BYTES), forged.encode(UNIT_BYTES));
    assertThat(find()).as("not at its place").isEqualTo(entry);
  }

  /** Only a zone that begins with an entry of its own is one of the log. */
  @Test
  void norASlotInAZoneOfDataWhoseFirstBlockIsBad() throws IOException {
    SuperblockEntry newest = superblockLog.get(2);
    int zone = SuperblockFinder.SUPERBLOCK_SEARCH_ZONES - 1;
    SuperblockEntry forged =
        superblockLog.get(5).withFacts(newest.facts().withSuperblockZones(List.of(0, zone)));
    device.append(zone, ByteBuffer.allocate(SmallVolume.SLOT_BYTES));
    device.append(zone, forged.encode(SmallVolume.SLOT_BYTES));
    assertThat(find()).as("all that there is").isEqualTo(forged);
    show(superblockLog.get(1), newest);
    assertThat(find()).isEqualTo(newest);
  }

  @Test
  void aZoneOfTheLogWhoseFirstBlockIsBadIsReadIfTheOtherNamesIt() throws IOException {
    int other = superblockLog.get(0).facts().superblockZones().get(1);
    show(superblockLog.get(1), superblockLog.get(2));
    device.append(other, ByteBuffer.allocate(SmallVolume.SLOT_BYTES));
    device.append(other, superblockLog.get(3).encode(SmallVolume.SLOT_BYTES));
    assertThat(find()).isEqualTo(superblockLog.get(3));
  }

  /** After a reset the first slot may not arrive, and shows what the zone held before. */
  @Test
  void orShowsWhatItWasBefore() throws IOException {
    int other = superblockLog.get(0).facts().superblockZones().get(1);
    ByteBuffer frame = ByteBuffer.allocate(SmallVolume.SLOT_BYTES);
    JournalFrames.encode(
        frame,
        UNIT_BYTES,
        SmallVolume.FILESYSTEM,
        1,
        9,
        3,
        0,
        0,
        0,
        ByteBuffer.allocate(SmallVolume.SLOT_BYTES / 2),
        SmallVolume.SLOT_BYTES / 2);
    show(superblockLog.get(1), superblockLog.get(2));
    device.append(other, frame.clear());
    device.append(other, superblockLog.get(3).encode(SmallVolume.SLOT_BYTES));
    assertThat(find()).isEqualTo(superblockLog.get(3));
  }

  /** The power went when it was just emptied; the zone that is left has taken nothing for long. */
  @Test
  void theHeadOfASegmentWhereverItIsIfTheOtherZoneOfTheLogIsEmpty() throws IOException {
    int zone = SuperblockFinder.SUPERBLOCK_SEARCH_ZONES + 2;
    long behind = device.report(zone, 1).get(0).startBytes() + UNIT_BYTES;
    JournalSegment segment =
        new JournalSegment(
            List.of(new JournalSegment.Copy(zone, behind)),
            1,
            JournalSegment.OPEN,
            JournalPosition.START);
    SuperblockEntry newest = superblockLog.get(4).withSegments(List.of(segment));
    device.append(zone, newest.encode(UNIT_BYTES));
    show(superblockLog.get(0), superblockLog.get(1));
    assertThat(find()).isEqualTo(newest);
  }

  @Test
  void noJournalIsReadInSearchOfTheLog() throws IOException {
    RamZonedDevice drive = SmallVolume.formatWithLongZones();
    SmallVolume.with(drive, SmallVolume::fill);
    SuperblockEntry entry = find(drive);
    assertThat(entry.segments()).isNotEmpty();
    ByteBuffer journal = ByteBuffer.allocate(4 << 20);
    for (JournalSegment segment : entry.segments()) {
      for (JournalSegment.Copy copy : segment.copies()) {
        int zone = copy.zone();
        assertThat(zone).isLessThan(SuperblockFinder.SUPERBLOCK_SEARCH_ZONES);
        drive.append(zone, journal.clear());
      }
    }
    AtomicLong readBytes = new AtomicLong();
    SuperblockEntry again =
        find(
            new FilterZonedDevice(drive) {
              @Override
              public void read(long positionBytes, ByteBuffer destination) throws IOException {
                readBytes.addAndGet(destination.remaining());
                super.read(positionBytes, destination);
              }
            });
    assertThat(again).isEqualTo(entry);
    assertThat(readBytes.get()).isLessThan(journal.capacity());
  }

  /** Programs from before there was a limit filled the zones to their ends. */
  @Test
  void theNewestOfMoreSlotsThanAProgramOfTodayWrites() throws IOException {
    try (RamZonedDevice drive = SmallVolume.formatWithLongZones()) {
      SuperblockEntry entry = find(drive);
      for (int zone : entry.facts().superblockZones()) {
        drive.reset(zone);
      }
      SuperblockEntry next = entry;
      for (int slot = 0; slot < 1500; slot++) {
        next = next.withEpoch(next.epoch() + 1, next.segments());
        for (int zone : entry.facts().superblockZones()) {
          drive.append(zone, next.encode(SmallVolume.SLOT_BYTES));
        }
      }
      assertThat(find(drive)).isEqualTo(next);
    }
  }
}
