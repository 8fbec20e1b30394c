// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** However much a repair mends, a mount that finds it in the journal can replay it. */
class RepairChangesTest {
  @Test
  void aPassOfManyChangesIsManyShortRecords() throws Exception {
    int inodes = 5000;
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      RepairChanges changes =
          new RepairChanges(
              index, new AppliedPosition(new UUID(1, 2), 0, 0), ProgressListener.NONE);
      for (int inode = 1; inode <= inodes; inode++) {
        changes.put(ColumnFamily.INODES, Keys.inode(inode), new byte[1000]);
        changes.put(ColumnFamily.INODES, Keys.inode(inode), new byte[] {(byte) inode});
      }
      changes.delete(ColumnFamily.INODES, Keys.inode(1));
      assertThat(changes.inode(2)).as("seen by the next pass only").isNull();
      changes.apply();
      assertThat(changes.batches()).hasSizeBetween(5, 7);
      assertThat(changes.batches())
          .allSatisfy(batch -> assertThat(batch.bytes().remaining()).isLessThan(5 << 18));
      assertThat(changes.inode(1)).isNull();
      for (int inode = 2; inode <= inodes; inode++) {
        assertThat(changes.inode(inode)).containsExactly((byte) inode);
      }
      changes.apply();
      assertThat(changes.batches()).hasSizeBetween(5, 7);
    }
  }
}
