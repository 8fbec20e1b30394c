// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalFrames;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;
import zonefsj.journal.JournalZones;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;

class ProvenRecordsTest {
  private static final UUID FILESYSTEM = new UUID(3, 4);
  private static final long EPOCH = 1;
  private static final int UNIT_BYTES = 4096;
  private static final int ZONES = 8;
  private static final long ZONE_BYTES = 4L << 20;
  private static final int FORGERY = 666;

  private final RamZonedDevice drive =
      RamZonedDevice.create(
          EmulatedGeometry.builder(ZONES * ZONE_BYTES).zoneSizeBytes(ZONE_BYTES).build());
  private Journal journal;

  private record OneZone(ZoneAllocator allocator) implements JournalZones {
    @Override
    public List<ZoneHandle> nextZones(
        List<JournalSegment> closed,
        JournalPosition before,
        List<ZoneHandle> open,
        long firstFrameBytes)
        throws IOException {
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

  @BeforeEach
  void begin() throws IOException {
    ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, ZONES), 1);
    journal =
        new Journal(
            drive,
            FILESYSTEM,
            EPOCH,
            JournalReader.Result.EMPTY,
            new OneZone(allocator),
            new SplittableRandom(1));
    journal.begin();
  }

  @AfterEach
  void end() throws IOException {
    journal.close();
    drive.close();
  }

  /** A record that adds an inode. */
  private static BatchRecord record(int inode, byte[] value) {
    BatchRecord.Builder builder = new BatchRecord.Builder();
    builder.put(ColumnFamily.INODES, Keys.inode(inode), value);
    return builder.build();
  }

  private long append(BatchRecord record) throws IOException {
    long at =
        drive
            .report(journal.segments().get(0).copies().get(0).zone(), 1)
            .get(0)
            .writePointerBytes();
    journal.append(record.bytes());
    journal.commit();
    return at;
  }

  /** A value in which a whole frame begins where the reader looks if it has lost its step. */
  private static byte[] withForgery(int bytes, int record) {
    ByteBuffer frame = ByteBuffer.allocate(2 * UNIT_BYTES);
    ByteBuffer content = record(FORGERY, new byte[10]).bytes();
    JournalFrames.encode(
        frame,
        UNIT_BYTES,
        FILESYSTEM,
        EPOCH,
        record,
        JournalFrames.FIRST | JournalFrames.LAST,
        0,
        record - 1L,
        0,
        content,
        content.remaining());
    ByteBuffer value = ByteBuffer.allocate(bytes);
    // Before the value come change, family, key and its length, and the length of the value (3).
    int before = JournalFrames.OVERHEAD_BYTES + 2 + 1 + Long.BYTES + 3;
    value.position(4 * UNIT_BYTES - before).put(frame);
    return value.array();
  }

  private ProvenRecords.Salvage readWithout(long headerAt, List<JournalSegment> segments)
      throws IOException {
    return readWithout(new long[] {headerAt}, segments);
  }

  private ProvenRecords.Salvage readWithout(long[] headersAt, List<JournalSegment> segments)
      throws IOException {
    return readWithout(headersAt, segments, 1);
  }

  /** All copies but the first one, which a plain read asks, are whole. */
  private ProvenRecords.Salvage readWithout(
      long[] headersAt, List<JournalSegment> segments, int copies) throws IOException {
    ZonedDevice damaged =
        new FilterZonedDevice(drive) {
          @Override
          public int copies() {
            return copies;
          }

          @Override
          public void readCopy(int copy, long positionBytes, ByteBuffer destination)
              throws IOException {
            if (copy == 0) {
              read(positionBytes, destination);
            } else {
              super.read(positionBytes, destination);
            }
          }

          @Override
          public void read(long positionBytes, ByteBuffer destination) throws IOException {
            int from = destination.position();
            super.read(positionBytes, destination);
            for (long headerAt : headersAt) {
              long within = headerAt - positionBytes;
              if (within >= 0 && within < destination.position() - from) {
                destination.put(from + (int) within, (byte) 0);
              }
            }
          }
        };
    return new ProvenRecords(damaged, FILESYSTEM).read(segments, JournalPosition.START);
  }

  private static List<Long> inodes(ProvenRecords.Salvage salvage) throws IOException {
    List<Long> inodes = new ArrayList<>();
    for (BatchRecord record : salvage.records()) {
      record.forEach(
          new MetadataBatch.Sink() {
            @Override
            public void put(ColumnFamily family, byte[] key, byte @Nullable [] value)
                throws IOException {
              inodes.add(Keys.leadingInode(key));
            }

            @Override
            public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
              throw new AssertionError();
            }
          });
    }
    return inodes;
  }

  @Test
  void whatAnApplicationWroteIsNeverARecord() throws IOException {
    append(record(1, new byte[10]));
    long damaged = append(record(2, withForgery(100_000, 1_000_000)));
    append(record(3, new byte[10]));
    append(record(4, new byte[10]));
    ProvenRecords.Salvage salvage = readWithout(damaged, journal.segments());
    assertThat(inodes(salvage)).containsExactly(1L, 3L, 4L);
    assertThat(salvage.lostFrames()).isEqualTo(1);
    assertThat(salvage.wholeRecords()).isEqualTo(1);
  }

  @Test
  void whatOneCopyHasWrongComesFromTheOther() throws IOException {
    append(record(1, new byte[10]));
    long first = append(record(2, withForgery(100_000, 1_000_000)));
    append(record(3, new byte[10]));
    long second = append(record(4, new byte[10]));
    long[] damaged = {first, second + JournalFrames.OVERHEAD_BYTES};
    ProvenRecords.Salvage salvage = readWithout(damaged, journal.segments(), 2);
    assertThat(inodes(salvage)).containsExactly(1L, 2L, 3L, 4L);
    assertThat(salvage.lostFrames()).isZero();
    assertThat(salvage.wholeRecords()).isEqualTo(4);
  }

  /** The reader finds its step again if more follows than one frame can contain. */
  @Test
  void recordsBehindDamageAreTakenIfTheyAreLongOrContinue() throws IOException {
    append(record(1, new byte[10]));
    long damaged = append(record(2, new byte[100_000]));
    for (int inode = 3; inode < 10; inode++) {
      append(record(inode, new byte[50_000]));
    }
    append(record(10, withForgery(100_000, 1_000_000)));
    ProvenRecords.Salvage salvage = readWithout(damaged, journal.segments());
    assertThat(inodes(salvage)).containsExactly(1L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    assertThat(salvage.lostFrames()).isEqualTo(1);
  }

  /** The next commit was cut off, so the end of the journal is not the end of what is written. */
  @Test
  void recordsBeforeATornEndAreTakenIfOneFrameIsMissing() throws IOException {
    append(record(1, new byte[10]));
    long damaged = append(record(2, withForgery(100_000, 1_000_000)));
    append(record(3, new byte[10]));
    append(record(4, new byte[10]));
    append(record(5, new byte[10]));
    JournalSegment first = endWithGarbage();
    ProvenRecords.Salvage salvage = readWithout(damaged, List.of(first));
    assertThat(inodes(salvage)).containsExactly(1L, 3L, 4L, 5L);
    assertThat(salvage.lostFrames()).isEqualTo(1);
  }

  /** The application has guessed neither the number of its frame nor the end of the journal. */
  @Test
  void aForgeryBeforeATornEndIsNoRecord() throws IOException {
    append(record(1, new byte[10]));
    long damaged = append(record(2, withForgery(100_000, 1_000_000)));
    ProvenRecords.Salvage salvage = readWithout(damaged, List.of(endWithGarbage()));
    assertThat(inodes(salvage)).containsExactly(1L);
    assertThat(salvage.lostFrames()).isEqualTo(1);
  }

  /** What is neither believed nor followed by anything may be lost: somebody is told. */
  @Test
  void aShortRunIsTakenIfItsChainContinuesInTheNextSegment() throws IOException {
    append(record(1, new byte[10]));
    long damaged = append(record(2, new byte[10]));
    append(record(3, new byte[10]));
    long alsoDamaged = append(record(4, new byte[10]));
    append(record(5, new byte[10]));
    JournalSegment first = journal.segments().get(0);
    journal.nextSegment();
    append(record(6, new byte[10]));
    drive.append(first.copies().get(0).zone(), ByteBuffer.allocate(UNIT_BYTES));
    long[] both = {damaged, alsoDamaged};
    List<JournalSegment> segments = List.of(first, journal.segments().get(1));
    ProvenRecords.Salvage connected = readWithout(both, segments);
    assertThat(inodes(connected)).containsExactly(1L, 5L, 6L);
    assertThat(connected.lostFrames()).isEqualTo(3);
    ProvenRecords.Salvage alone = readWithout(both, List.of(first));
    assertThat(inodes(alone)).containsExactly(1L);
    assertThat(alone.lostFrames()).isEqualTo(1);
  }

  /** Ends the segment as a power loss does, and returns it. */
  private JournalSegment endWithGarbage() throws IOException {
    JournalSegment first = journal.segments().get(0);
    journal.nextSegment();
    drive.append(first.copies().get(0).zone(), ByteBuffer.allocate(UNIT_BYTES));
    return first;
  }
}
