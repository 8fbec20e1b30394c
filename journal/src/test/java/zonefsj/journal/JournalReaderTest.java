// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.WrongCopyDevice;
import zonefsj.device.filter.TracingZonedDevice;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;

/** Which records a reader takes for proven. */
class JournalReaderTest {
  private static final UUID FILESYSTEM = new UUID(3, 4);
  private static final long ZONE_BYTES = 256 << 10;
  private static final int ZONES = 16;
  private static final int RECORDS = 4;
  private static final int UNIT_BYTES = 4096;
  private static final long EPOCH = 1;

  private final List<Boolean> proven = new ArrayList<>();
  private final RamZonedDevice device =
      RamZonedDevice.create(
          EmulatedGeometry.builder(ZONES * ZONE_BYTES).zoneSizeBytes(ZONE_BYTES).build());
  private List<JournalSegment> segments = List.of();

  /** Zones for segments, without a superblock entry that names them. */
  private record AnyZones(ZoneAllocator allocator) implements JournalZones {
    @Override
    public List<ZoneHandle> nextZones(
        List<JournalSegment> closed,
        JournalPosition before,
        List<ZoneHandle> open,
        long firstFrameBytes)
        throws IOException {
      for (ZoneHandle handle : open) {
        handle.close();
      }
      return List.of(allocator.allocate(ZoneStream.JOURNAL).orElseThrow());
    }

    @Override
    public boolean hasRoomForSegment(
        List<ZoneHandle> open, List<JournalSegment> segments, JournalPosition end) {
      return false;
    }

    @Override
    public int copies() {
      return 1;
    }
  }

  /** Each record is committed, and after the last of them nothing is written. */
  @BeforeEach
  void commitRecords() throws IOException {
    List<ByteBuffer> records = new ArrayList<>();
    for (int number = 0; number < RECORDS; number++) {
      records.add(ByteBuffer.allocate(100 + number));
    }
    segments = commit(device, records);
  }

  private static List<JournalSegment> commit(ZonedDevice device, List<ByteBuffer> records)
      throws IOException {
    ZoneAllocator allocator =
        new ZoneAllocator(device, device.report(0, device.geometry().zoneCount()), 1);
    try (Journal journal =
        new Journal(
            device,
            FILESYSTEM,
            EPOCH,
            JournalReader.Result.EMPTY,
            new AnyZones(allocator),
            new SplittableRandom(1))) {
      journal.begin();
      for (ByteBuffer record : records) {
        journal.append(record);
        journal.commit();
      }
      return journal.segments();
    }
  }

  @AfterEach
  void closeDrive() throws IOException {
    device.close();
  }

  private JournalReader.Result read(JournalPosition known) throws IOException {
    proven.clear();
    return new JournalReader(device, FILESYSTEM)
        .read(
            segments,
            known,
            (record, position, isProven) -> {
              proven.add(isProven);
              return true;
            });
  }

  @Test
  void theLastRecordIsProvenByWhoeverSawItDurable() throws IOException {
    JournalPosition end = read(JournalPosition.START).end();
    assertThat(proven).hasSize(RECORDS).endsWith(true, false);
    read(end);
    assertThat(proven).hasSize(RECORDS).doesNotContain(false);
  }

  @Test
  void aFrameThatIsCutOffProvesNothing() throws IOException {
    JournalReader.Result cut =
        new JournalReader(device, FILESYSTEM)
            .read(segments, JournalPosition.START, (record, position, isProven) -> isProven);
    assertThat(cut.end().sequence()).isEqualTo(RECORDS - 1);
    assertThat(cut.isProven()).isFalse();
    JournalReader.Result known = read(read(JournalPosition.START).end());
    assertThat(known.end().sequence()).isEqualTo(RECORDS);
    assertThat(known.isProven()).isFalse();
  }

  @Test
  void aFrameThatACopyOfTheDriveHasWrongIsTakenFromAnother() throws IOException {
    long start = segments.get(0).copies().get(0).startBytes();
    // In the header of the second frame, in the payload of the third, and in the last one.
    for (long wrong :
        List.of(
            start + UNIT_BYTES + 40,
            start + 2L * UNIT_BYTES + FrameHeader.BYTES + 90,
            start + (RECORDS - 1L) * UNIT_BYTES + 3)) {
      WrongCopyDevice copies = new WrongCopyDevice(device, wrong);
      List<Integer> lengths = new ArrayList<>();
      JournalReader.Result result =
          new JournalReader(copies, FILESYSTEM)
              .read(
                  segments,
                  JournalPosition.START,
                  (record, position, isProven) -> {
                    lengths.add(record.remaining());
                    return true;
                  });
      assertThat(result.end().sequence()).isEqualTo(RECORDS);
      assertThat(lengths).containsExactly(100, 101, 102, 103);
      assertThat(copies.told()).isPositive();
    }
  }

  /** Only the last frame proves that those before it were durable, and only one copy has it. */
  @Test
  void aFrameOfAnotherCopyProvesWhatIsDamagedBefore() {
    long start = segments.get(0).copies().get(0).startBytes();
    WrongCopyDevice damaged =
        new WrongCopyDevice(device, start + UNIT_BYTES + FrameHeader.BYTES + 90);
    WrongCopyDevice more =
        new WrongCopyDevice(damaged, start + 2L * UNIT_BYTES + FrameHeader.BYTES + 90);
    WrongCopyDevice copies =
        new WrongCopyDevice(more, start + (RECORDS - 1L) * UNIT_BYTES + FrameHeader.BYTES + 90);
    assertThatThrownBy(
            () ->
                new JournalReader(copies, FILESYSTEM)
                    .read(segments, JournalPosition.START, (record, position, isProven) -> true))
        .isInstanceOf(JournalDamagedException.class)
        .hasMessageContaining("durable up to " + (RECORDS - 1));
  }

  /** A whole frame that says that it is durable up to a far record, as a user may write it. */
  private static ByteBuffer forged() {
    ByteBuffer frame = ByteBuffer.allocate(UNIT_BYTES);
    long far = 1L << 40;
    JournalFrames.encode(
        frame, UNIT_BYTES, FILESYSTEM, EPOCH, far, 3, 0, far - 1, 0, ByteBuffer.allocate(10), 10);
    return frame;
  }

  /** What lies at units of a frame that contains it looks like a frame. */
  private static ByteBuffer recordOfForgedFrames() {
    ByteBuffer record = ByteBuffer.allocate(5 * UNIT_BYTES);
    for (int unit = 1; unit < 5; unit++) {
      record.position(unit * UNIT_BYTES - JournalFrames.OVERHEAD_BYTES).put(forged());
    }
    return record.rewind();
  }

  @Test
  void whatApplicationsWriteProvesNothing() throws IOException {
    segments = commit(device, List.of(recordOfForgedFrames(), ByteBuffer.allocate(100)));
    assertThat(read(JournalPosition.START).end().sequence()).isEqualTo(2);
    assertThat(proven).containsExactly(true, false);
  }

  @Test
  void whatApplicationsWriteProvesNothingInATornFrame() throws IOException {
    ByteBuffer torn = ByteBuffer.allocate(6 * UNIT_BYTES);
    JournalFrames.encode(
        torn,
        UNIT_BYTES,
        FILESYSTEM,
        EPOCH,
        RECORDS + 1,
        3,
        0,
        RECORDS,
        0,
        recordOfForgedFrames(),
        5 * UNIT_BYTES);
    torn.put(UNIT_BYTES - 1, (byte) 1);
    int zone = segments.get(segments.size() - 1).copies().get(0).zone();
    device.write(device.report(zone, 1).get(0).writePointerBytes(), torn);
    read(JournalPosition.START);
    assertThat(proven).hasSize(RECORDS);
  }

  private static ByteBuffer frame(long sequence, long flushed, int units) {
    ByteBuffer frame = ByteBuffer.allocate(units * UNIT_BYTES);
    int bytes = (units - 1) * UNIT_BYTES + 1;
    JournalFrames.encode(
        frame,
        UNIT_BYTES,
        FILESYSTEM,
        EPOCH,
        sequence,
        3,
        0,
        flushed,
        0,
        ByteBuffer.allocate(bytes),
        bytes);
    return frame;
  }

  /** Behind a damaged header nobody knows where frames begin. */
  @Test
  void aHeaderWithinADamagedFrameHidesNoProof() throws IOException {
    int zone = segments.get(segments.size() - 1).copies().get(0).zone();
    long at = device.report(zone, 1).get(0).writePointerBytes();
    device.write(
        at,
        ByteBuffer.allocate(UNIT_BYTES),
        frame(RECORDS + 2, RECORDS, 4).putInt(100, 1).limit(UNIT_BYTES),
        frame(RECORDS + 3, RECORDS + 1, 1),
        ByteBuffer.allocate(2 * UNIT_BYTES));
    assertThatThrownBy(() -> read(JournalPosition.START))
        .isInstanceOf(JournalDamagedException.class)
        .hasMessageContaining("it was durable up to " + (RECORDS + 1));
  }

  /** Frames of other kinds may be of any length, and headers name no filesystem that counts. */
  @Test
  void noByteIsReadForALengthThatNoJournalFrameHas() throws IOException {
    long zoneBytes = 4 << 20;
    try (TracingZonedDevice large =
        new TracingZonedDevice(
            RamZonedDevice.create(
                EmulatedGeometry.builder(8 * zoneBytes).zoneSizeBytes(zoneBytes).build()))) {
      segments = commit(large, List.of(ByteBuffer.allocate(100)));
      int zone = segments.get(segments.size() - 1).copies().get(0).zone();
      FrameHeader[] headers = {
        new FrameHeader(FrameKind.PADDING, 0, FILESYSTEM, EPOCH, 9, 0, 0, 1 << 20),
        new FrameHeader(FrameKind.JOURNAL, 0, FILESYSTEM, EPOCH, 9, 100, 0, 1 << 20),
        new FrameHeader(FrameKind.JOURNAL, 0, new UUID(9, 9), EPOCH, 9, 100, 0, UNIT_BYTES),
      };
      for (int unit = 0; unit < 700; unit++) {
        ByteBuffer bytes = ByteBuffer.allocate(UNIT_BYTES);
        headers[unit % headers.length].encode(bytes.duplicate());
        large.write(large.report(zone, 1).get(0).writePointerBytes(), bytes);
      }
      long before = large.counters().readBytes();
      new JournalReader(large, FILESYSTEM)
          .read(segments, JournalPosition.START, (record, position, isProven) -> true);
      assertThat(large.counters().readBytes() - before).isLessThan(3 * zoneBytes);
    }
  }

  @Test
  void anotherHistoryProvesNothing() throws IOException {
    JournalPosition end = read(JournalPosition.START).end();
    read(new JournalPosition(end.sequence(), end.chain() + 1));
    assertThat(proven).hasSize(RECORDS).endsWith(true, false);
  }
}
