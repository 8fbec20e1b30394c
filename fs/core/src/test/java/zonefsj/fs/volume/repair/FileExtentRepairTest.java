// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.zonemgr.BlockChecksums;

/** What two extents claim is lost, whole: nobody knows which of them is newer. */
class FileExtentRepairTest {
  private static final long INODE = 7;

  private static Extent placed(long start, int length) {
    int[] crcs = new int[BlockChecksums.count(length, 12)];
    return Extent.placed(
        start, PhysicalExtent.whole((1 << 20) + start, length, new BlockChecksums(12, crcs)));
  }

  private static List<String> extents(MetadataStore index) throws IOException {
    List<String> found = new ArrayList<>();
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(INODE, 1),
        Keys.extent(INODE + 1, 0),
        (key, value) -> {
          Extent extent = Extent.decode(Keys.extentEnd(key), value);
          found.add(extent.start() + "-" + extent.end() + (extent.isLost() ? " lost" : ""));
          return true;
        });
    return found;
  }

  @Test
  void whatTwoClaimIsLostThoughOneIsDamagedInPart() throws Exception {
    MemoryMetadataStores stores = new MemoryMetadataStores();
    try (MetadataStore index = stores.create()) {
      RepairChanges changes =
          new RepairChanges(
              index, new AppliedPosition(new UUID(1, 2), 0, 0), ProgressListener.NONE);
      FileExtentRepair file = new FileExtentRepair(changes, INODE, 200, null);
      file.add(100, List.of(placed(0, 100)));
      file.add(200, List.of(Extent.lost(50, 30), placed(80, 120)));
      file.finish();
      changes.apply();
      assertThat(extents(index)).containsExactly("0-50", "50-80 lost", "80-100 lost", "100-200");
    }
  }

  /** Extents are settled as soon as no later one can reach them: the holes between them, too. */
  @Test
  void doubtfulHolesFarBeforeTheEndAreLost() throws Exception {
    long far = 5L << 30;
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      RepairChanges changes =
          new RepairChanges(
              index, new AppliedPosition(new UUID(1, 2), 0, 0), ProgressListener.NONE);
      FileExtentRepair file = new FileExtentRepair(changes, INODE, far + 300, new HoleBudget());
      file.recorded(0, Keys.number(700));
      file.add(200, List.of(placed(100, 100)));
      file.add(400, List.of(placed(300, 100)));
      file.add(far + 200, List.of(placed(far, 200)));
      file.finish();
      changes.apply();
      // The extents themselves do not change, so they are not written.
      List<String> expected = new ArrayList<>(List.of("0-100 lost", "200-300 lost"));
      long gibibyte = 1L << 30;
      for (long at = 400; at < far; at += gibibyte) {
        expected.add(at + "-" + Math.min(at + gibibyte, far) + " lost");
      }
      expected.add((far + 200) + "-" + (far + 300) + " lost");
      assertThat(extents(index)).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void longHolesOfManyFilesTakeLittleMemory() throws Exception {
    int files = 10_000;
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      RepairChanges changes =
          new RepairChanges(
              index, new AppliedPosition(new UUID(1, 2), 0, 0), ProgressListener.NONE);
      HoleBudget budget = new HoleBudget();
      for (long inode = INODE; inode < INODE + files; inode++) {
        FileExtentRepair file = new FileExtentRepair(changes, inode, Long.MAX_VALUE, budget);
        file.recorded(0, Keys.number(Long.MAX_VALUE));
        file.finish();
      }
      changes.apply();
      long bytes = changes.batches().stream().mapToLong(batch -> batch.bytes().remaining()).sum();
      assertThat(bytes).isLessThan(8 << 20);
      assertThat(extents(index)).hasSize(4097).startsWith("0-" + (1 << 30) + " lost");
      long last = INODE + files - 1;
      assertThat(index.get(ColumnFamily.EXTENTS, Keys.extent(last, 1 << 30))).isNotNull();
      assertThat(changes.notes()).anySatisfy(note -> assertThat(note).contains("very long holes"));
    }
  }
}
