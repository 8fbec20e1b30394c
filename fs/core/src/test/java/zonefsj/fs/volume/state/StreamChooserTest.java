// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.zonemgr.BlockChecksums;

/** Data that replace others go where those were, by their rate. */
class StreamChooserTest {
  private static final long INODE = 7;
  private static final int BYTES = 64 << 10;
  private static final int LONG = StreamChooser.LEAST_COLD_BYTES;
  private static final int HOT_ZONE = 5;
  private static final int COLD_ZONE = 6;

  private SpaceDrive drive;
  private MetadataStore index;
  private StreamChooser chooser;

  @BeforeEach
  void placeHotAndColdData() throws IOException {
    drive = new SpaceDrive();
    index = new MemoryMetadataStores().create();
    BatchRecord.Builder batch = new BatchRecord.Builder();
    put(batch, 0, HOT_ZONE);
    put(batch, BYTES, COLD_ZONE);
    batch.put(ColumnFamily.EXTENTS, Keys.extent(INODE, 0), Keys.number(2L * BYTES));
    index.apply(batch.build(), new AppliedPosition(new UUID(1, 2), 0, 0));
    drive.usage.addPlaced(HOT_ZONE, SpaceDrive.ZONE_BYTES, 0);
    drive.usage.addPlaced(COLD_ZONE, SpaceDrive.ZONE_BYTES, 0);
    drive.usage.setLiveBytes(HOT_ZONE, SpaceDrive.ZONE_BYTES / 4);
    drive.usage.setLiveBytes(COLD_ZONE, SpaceDrive.ZONE_BYTES);
    drive.usage.countWritten(SpaceDrive.ZONE_BYTES);
    chooser =
        new StreamChooser(
            new DriveZones(drive.device, new UUID(5, 5), drive.allocator, drive.usage), index);
  }

  private static void put(BatchRecord.Builder batch, long start, int zone) throws IOException {
    PhysicalExtent data =
        PhysicalExtent.whole(
            zone * SpaceDrive.ZONE_BYTES + 4096,
            BYTES,
            BlockChecksums.of(ByteBuffer.allocate(BYTES)));
    Extent extent = Extent.placed(start, data);
    batch.put(ColumnFamily.EXTENTS, Keys.extent(INODE, extent.end()), extent.encode());
  }

  @AfterEach
  void close() throws IOException {
    index.close();
    drive.close();
  }

  @Test
  void whatReplacesHotDataIsHot() throws IOException {
    assertThat(chooser.streamFor(INODE, 0, BYTES)).isEqualTo(DataStream.HOT);
    assertThat(chooser.streamFor(INODE, 5000, 100)).isEqualTo(DataStream.HOT);
    assertThat(chooser.streamFor(INODE, 0, LONG)).isEqualTo(DataStream.HOT);
  }

  @Test
  void whatReplacesColdDataIsCold() throws IOException {
    assertThat(chooser.streamFor(INODE, BYTES, BYTES)).isEqualTo(DataStream.COLD);
    assertThat(chooser.streamFor(INODE, BYTES + 1, 1)).isEqualTo(DataStream.COLD);
  }

  @Test
  void ofWhatReplacesNothingTheLongIsCold() throws IOException {
    for (long inode : new long[] {INODE, INODE + 1}) {
      assertThat(chooser.streamFor(inode, 2L * BYTES, LONG - 1)).isEqualTo(DataStream.HOT);
      assertThat(chooser.streamFor(inode, 2L * BYTES, LONG)).isEqualTo(DataStream.COLD);
    }
  }
}
