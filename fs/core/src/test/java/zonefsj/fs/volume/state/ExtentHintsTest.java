// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.stored.BatchRecord;

/** A hint saves a scan, and a wrong one changes nothing. */
class ExtentHintsTest {
  private static final long INODE = 7;
  private static final long MIB = 1 << 20;
  private static final int BYTES = 64 << 10;

  private final MetadataStore index = new MemoryMetadataStores().create();
  private final ExtentHints hints = new ExtentHints();
  private long records;

  ExtentHintsTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    index.close();
  }

  private void apply(long inode, long end, byte[] value) throws IOException {
    BatchRecord.Builder batch = new BatchRecord.Builder();
    batch.put(ColumnFamily.EXTENTS, Keys.extent(inode, end), value);
    index.apply(batch.build(), new AppliedPosition(new UUID(1, 2), records++, 0));
  }

  private Extent stored(long inode, long start, int length) throws IOException {
    Extent extent = Extent.lost(start, length);
    apply(inode, extent.end(), extent.encode());
    return extent;
  }

  @Test
  void anExtentThatWasReadIsFoundForEachRangeInIt() throws IOException {
    Extent extent = stored(INODE, 4096, BYTES);
    assertThat(hints.covering(index, INODE, 4096, 8192)).as("nobody has read it").isNull();
    hints.note(INODE, 10_000, extent);
    assertThat(hints.covering(index, INODE, 4096, 4097)).isEqualTo(extent);
    assertThat(hints.covering(index, INODE, 4096, extent.end())).isEqualTo(extent);
    assertThat(hints.covering(index, INODE, extent.end() - 1, extent.end())).isEqualTo(extent);
    assertThat(hints.covering(index, INODE, 4095, 8192)).as("it begins later").isNull();
    assertThat(hints.covering(index, INODE, 8192, extent.end() + 1)).as("it ends").isNull();
    assertThat(hints.covering(index, INODE + 1, 4096, 8192)).as("another file").isNull();
  }

  /** An extent may reach from one region to the next; each has a hint of its own. */
  @Test
  void aHintIsForTheRegionThatWasRead() throws IOException {
    Extent extent = stored(INODE, MIB - BYTES / 2, BYTES);
    hints.note(INODE, MIB, extent);
    assertThat(hints.covering(index, INODE, MIB - 1, MIB)).isNull();
    assertThat(hints.covering(index, INODE, MIB, MIB + 1)).isEqualTo(extent);
    hints.note(INODE, MIB - 1, extent);
    assertThat(hints.covering(index, INODE, MIB - 1, MIB)).isEqualTo(extent);
  }

  @Test
  void aHintIsNotTrusted() throws IOException {
    Extent extent = stored(INODE, 4096, BYTES);
    hints.note(INODE, 4096, extent);
    Extent shorter = stored(INODE, 8192, BYTES - 4096);
    assertThat(shorter.end()).isEqualTo(extent.end());
    assertThat(hints.covering(index, INODE, 4096, 8192)).as("its first part is gone").isNull();
    assertThat(hints.covering(index, INODE, 8192, 9000)).isEqualTo(shorter);
    apply(INODE, extent.end(), new byte[] {99});
    assertThat(hints.covering(index, INODE, 8192, 9000)).as("it is damaged").isNull();
    BatchRecord.Builder batch = new BatchRecord.Builder();
    batch.put(ColumnFamily.EXTENTS, Keys.extent(INODE, extent.end()), null);
    index.apply(batch.build(), new AppliedPosition(new UUID(1, 2), records, 0));
    assertThat(hints.covering(index, INODE, 8192, 9000)).as("it is gone").isNull();
  }

  /** More regions than slots: later hints replace others, and none is taken for another one. */
  @Test
  void hintsOverwriteEachOther() throws IOException {
    int files = 20_000;
    for (int file = 1; file <= files; file++) {
      hints.note(file, 0, stored(file, 0, file));
    }
    int known = 0;
    for (int file = 1; file <= files; file++) {
      Extent found = hints.covering(index, file, 0, 1);
      if (found != null) {
        known++;
        assertThat(found.length()).isEqualTo(file);
      }
    }
    assertThat(known).isBetween(2000, 4096);
  }
}
