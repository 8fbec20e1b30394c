// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockEntry.CheckpointRef;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.journal.JournalFrames;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;
import zonefsj.zonemgr.ZoneStream;

/**
 * Numbers that no program writes, under checksums that are right, are refused where they are read.
 */
class CraftedNumbersTest {
  private static final int GENERATION_AT = 32;
  private static final int EPOCH_AT = 24;
  private static final int LABEL_LENGTH_AT = FrameHeader.BYTES + 111;

  private static ByteBuffer root() throws IOException {
    try (RamZonedDevice device = SmallVolume.format()) {
      return SmallVolume.root(device).encode(SmallVolume.SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** Makes the checksums right. */
  private static ByteBuffer sealed(ByteBuffer frame) {
    int payload = frame.getInt(40);
    frame.putInt(44, FrameHeader.crc(frame.slice(FrameHeader.BYTES, payload)));
    return frame.putInt(60, FrameHeader.crc(frame.slice(0, 60)));
  }

  @Test
  void aRootAfterWhichThereIsNoOther() throws IOException {
    assertThat(SuperblockEntry.decode(sealed(root()))).isNotNull();
    for (int at : new int[] {GENERATION_AT, EPOCH_AT}) {
      for (long number : new long[] {-1, Long.MAX_VALUE, 1L << 62, Long.MIN_VALUE}) {
        assertThat(SuperblockEntry.decode(sealed(root().putLong(at, number)))).isNull();
      }
      assertThat(SuperblockEntry.decode(sealed(root().putLong(at, (1L << 62) - 1)))).isNotNull();
    }
  }

  /** It would grow when it is written again. */
  @Test
  void aLabelThatIsNoText() throws IOException {
    ByteBuffer frame = root();
    assertThat(frame.get(LABEL_LENGTH_AT)).as("the length of 'small'").isEqualTo((byte) 5);
    frame.put(LABEL_LENGTH_AT + 1, (byte) 0xff);
    assertThat(SuperblockEntry.decode(sealed(frame))).isNull();
  }

  private static SuperblockEntry with(
      SuperblockEntry entry, @Nullable CheckpointRef checkpoint, List<JournalSegment> segments) {
    return new SuperblockEntry(
        entry.filesystem(),
        entry.generation(),
        entry.epoch(),
        entry.facts(),
        null,
        checkpoint,
        segments);
  }

  private static JournalSegment segment(int zone, long start, long length) {
    return new JournalSegment(
        List.of(new JournalSegment.Copy(zone, start)), 1, length, JournalPosition.START);
  }

  @Test
  void aJournalThatIsNowhere() throws IOException {
    try (RamZonedDevice device = SmallVolume.format()) {
      DeviceGeometry geometry = device.geometry();
      SuperblockEntry entry = SmallVolume.root(device);
      long zone = geometry.zoneSizeBytes();
      assertThat(entry.contradiction(geometry)).isEmpty();
      List<JournalSegment> good =
          List.of(segment(3, 3 * zone, 8192), segment(3, 3 * zone + 8192, JournalSegment.OPEN));
      assertThat(with(entry, null, good).contradiction(geometry)).isEmpty();
      for (JournalSegment bad :
          List.of(
              segment(4, 3 * zone, 8192),
              segment(3, 3 * zone + 1, 4096),
              segment(31, Long.MAX_VALUE - 4095, JournalSegment.OPEN))) {
        assertThat(with(entry, null, List.of(bad)).contradiction(geometry))
            .as(bad.toString())
            .contains("journal segment");
      }
      List<JournalSegment> twice = new ArrayList<>(good);
      twice.add(segment(3, 3 * zone + 4096, 4096));
      assertThat(with(entry, null, twice).contradiction(geometry)).contains("upon each other");
      JournalSegment.Copy lost = new JournalSegment.Copy(5, 6 * zone - 8192);
      JournalSegment.Copy alone = new JournalSegment.Copy(3, 3 * zone);
      JournalSegment mirrored =
          new JournalSegment(List.of(lost, alone), 1, 65_536, JournalPosition.START);
      assertThat(with(entry, null, List.of(mirrored)).contradiction(geometry))
          .as("a copy whose zone ended before the segment did")
          .isEmpty();
      JournalSegment.Copy other = new JournalSegment.Copy(4, 4 * zone);
      JournalSegment.Copy on = new JournalSegment.Copy(5, 6 * zone - 4096);
      assertThat(
              with(
                      entry,
                      null,
                      List.of(
                          mirrored,
                          new JournalSegment(List.of(on, other), 1, 4096, JournalPosition.START)))
                  .contradiction(geometry))
          .as("a zone that went on where one copy had ended")
          .isEmpty();
      List<JournalSegment> shared = new ArrayList<>();
      JournalSegment.Copy same = new JournalSegment.Copy(3, 3 * zone);
      for (int own = 4; own < geometry.zoneCount(); own++) {
        JournalSegment.Copy block = new JournalSegment.Copy(own, (own + 1) * zone - 4096);
        shared.add(new JournalSegment(List.of(block, same), 1, zone, JournalPosition.START));
      }
      assertThat(with(entry, null, shared).contradiction(geometry))
          .as("a zone that all segments read")
          .contains("upon each other");
      JournalSegment small =
          new JournalSegment(
              List.of(
                  new JournalSegment.Copy(6, 6 * zone),
                  new JournalSegment.Copy(5, 5 * zone + 4096)),
              1,
              4096,
              JournalPosition.START);
      JournalSegment torn =
          new JournalSegment(
              List.of(new JournalSegment.Copy(5, 5 * zone), new JournalSegment.Copy(6, 6 * zone)),
              1,
              65_536,
              JournalPosition.START);
      JournalSegment wentOn =
          new JournalSegment(
              List.of(
                  new JournalSegment.Copy(5, 5 * zone + 8192),
                  new JournalSegment.Copy(6, 6 * zone + 65_536)),
              2,
              JournalSegment.OPEN,
              JournalPosition.START);
      assertThat(with(entry, null, List.of(torn, wentOn)).contradiction(geometry))
          .as("copies that ended at different places, where both zones went on")
          .isEmpty();
      List<JournalSegment> hidden =
          List.of(segment(5, 5 * zone, zone), small, segment(5, 5 * zone + 8192, zone - 8192));
      assertThat(with(entry, null, hidden).contradiction(geometry)).contains("upon each other");
      List<JournalSegment> open =
          List.of(segment(3, 3 * zone, JournalSegment.OPEN), segment(3, 3 * zone + 4096, 4096));
      assertThat(with(entry, null, open).contradiction(geometry)).contains("upon each other");
    }
  }

  @Test
  void aCheckpointThatIsNowhere() throws IOException {
    try (RamZonedDevice device = SmallVolume.format()) {
      DeviceGeometry geometry = device.geometry();
      SuperblockEntry entry = SmallVolume.root(device);
      long end = geometry.capacityBytes();
      for (long at : new long[] {end, end - 4096, Long.MAX_VALUE, 1L << 62}) {
        CheckpointRef ref = new CheckpointRef(List.of(0L, at), 8192, JournalPosition.START);
        assertThat(with(entry, ref, entry.segments()).contradiction(geometry))
            .as("at byte %d", at)
            .contains("checkpoint");
      }
    }
  }

  @Test
  void aFrameThatIsLongerThanAnyOfItsKind() {
    for (FrameKind kind : FrameKind.values()) {
      if (kind == FrameKind.PADDING) {
        continue;
      }
      int longest = kind.maxFrameBytes();
      assertThat(decoded(kind, longest)).as("%s", kind).isNotNull();
      assertThat(decoded(kind, longest + FrameHeader.UNIT_BYTES)).as("%s", kind).isNull();
    }
  }

  private static @Nullable FrameHeader decoded(FrameKind kind, int frameBytes) {
    ByteBuffer bytes = ByteBuffer.allocate(FrameHeader.BYTES);
    new FrameHeader(kind, 0, SmallVolume.FILESYSTEM, 1, 1, 10, 0, frameBytes).encode(bytes);
    return FrameHeader.decode(bytes.flip());
  }

  /** It would prove itself, and be believed without a look at its data. */
  @Test
  void aJournalFrameThatWasFlushedBeforeItWasWritten() {
    for (long flushed : new long[] {-1, 7, 8, Long.MAX_VALUE}) {
      assertThat(JournalFrames.decode(journalFrame(flushed), SmallVolume.FILESYSTEM))
          .as("flushed up to %d", flushed)
          .isNull();
    }
    assertThat(JournalFrames.decode(journalFrame(6), SmallVolume.FILESYSTEM)).isNotNull();
  }

  private static ByteBuffer journalFrame(long flushed) {
    ByteBuffer out = ByteBuffer.allocate(8192);
    JournalFrames.encode(
        out,
        FrameHeader.UNIT_BYTES,
        SmallVolume.FILESYSTEM,
        1,
        7,
        JournalFrames.FIRST | JournalFrames.LAST,
        0,
        flushed,
        1,
        ByteBuffer.allocate(10),
        10);
    return out;
  }

  @Test
  void aZoneOfTheIndexThatServesSomethingElse() throws IOException {
    for (ZoneStream stream : List.of(ZoneStream.JOURNAL, ZoneStream.CHECKPOINT)) {
      assertRefused(new ZoneRecord(0, stream, 0), 20);
    }
    assertRefused(new ZoneRecord(1L << 40, ZoneStream.COLD, 0), 20);
    // The journal's own.
    assertRefused(new ZoneRecord(0, ZoneStream.COLD, 0), 2);
  }

  private static void assertRefused(ZoneRecord record, int zone) throws IOException {
    try (RamZonedDevice device = SmallVolume.filled()) {
      assertThat(SmallVolume.root(device).segments()).allMatch(segment -> segment.liesIn(2));
      byte[] key = ByteBuffer.allocate(Integer.BYTES).putInt(zone).array();
      SmallVolume.forge(
          device, (index, batch) -> batch.put(ColumnFamily.ZONES, key, record.encode()));
      assertThatThrownBy(() -> SmallVolume.mount(device, new MemoryMetadataStores()).close())
          .isInstanceOf(VolumeFormatException.class)
          .hasMessageContaining("zone " + zone)
          .hasMessageContaining("fsck");
    }
  }
}
