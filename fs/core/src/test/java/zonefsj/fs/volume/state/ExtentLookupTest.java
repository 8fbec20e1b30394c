// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.zonemgr.BlockChecksums;

class ExtentLookupTest {
  private static final long INODE = 7;
  private static final int BYTES = 64 << 10;

  private static Extent extent(long positionBytes, int content) {
    ByteBuffer data = ByteBuffer.allocate(BYTES).put(BYTES / 2, (byte) content);
    return Extent.placed(4096, PhysicalExtent.whole(positionBytes, BYTES, BlockChecksums.of(data)));
  }

  @Test
  void dataAreInPlaceIfTheyHaveThePlaceAndTheChecksumsOfTheIndex() throws IOException {
    Extent stored = extent(1 << 20, 1);
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      BatchRecord.Builder batch = new BatchRecord.Builder();
      batch.put(ColumnFamily.EXTENTS, Keys.extent(INODE, stored.end()), stored.encode());
      index.apply(batch.build(), new AppliedPosition(new UUID(1, 2), 0, 0));
      long from = stored.start() + 5000;
      long to = stored.end() - 5000;
      assertThat(ExtentLookup.hasInPlace(index, INODE, stored)).isTrue();
      assertThat(ExtentLookup.hasInPlace(index, INODE, stored.slice(from, to))).isTrue();
      assertThat(ExtentLookup.hasInPlace(index, INODE + 1, stored)).isFalse();
      assertThat(ExtentLookup.hasInPlace(index, INODE, extent(2 << 20, 1))).isFalse();
      assertThat(ExtentLookup.hasInPlace(index, INODE, extent(1 << 20, 2))).isFalse();
      assertThat(ExtentLookup.hasInPlace(index, INODE, extent(1 << 20, 2).slice(from, to)))
          .isFalse();
    }
  }
}
