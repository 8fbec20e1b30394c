// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;

/** Which records a reader takes for proven. */
class JournalReaderTest {
  private static final UUID FILESYSTEM = new UUID(3, 4);
  private static final long ZONE_BYTES = 256 << 10;
  private static final int ZONES = 16;
  private static final int RECORDS = 4;

  private final List<Boolean> proven = new ArrayList<>();
  private final RamZonedDevice device =
      RamZonedDevice.create(
          EmulatedGeometry.builder(ZONES * ZONE_BYTES).zoneSizeBytes(ZONE_BYTES).build());
  private List<JournalSegment> segments = List.of();

  /** Zones for segments, without a superblock entry that names them. */
  private record AnyZones(ZoneAllocator allocator) implements JournalZones {
    @Override
    public List<ZoneHandle> nextZones(List<JournalSegment> closed, JournalPosition before)
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

  /** Each record is committed, and after the last of them nothing is written. */
  @BeforeEach
  void commitRecords() throws IOException {
    ZoneAllocator allocator = new ZoneAllocator(device, device.report(0, ZONES), 1);
    try (Journal journal =
        new Journal(
            device,
            FILESYSTEM,
            1,
            List.of(),
            JournalPosition.START,
            new AnyZones(allocator),
            new SplittableRandom(1))) {
      journal.begin();
      for (int number = 0; number < RECORDS; number++) {
        journal.append(ByteBuffer.allocate(100 + number));
        journal.commit();
      }
      segments = journal.segments();
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
  void anotherHistoryProvesNothing() throws IOException {
    JournalPosition end = read(JournalPosition.START).end();
    read(new JournalPosition(end.sequence(), end.chain() + 1));
    assertThat(proven).hasSize(RECORDS).endsWith(true, false);
  }
}
