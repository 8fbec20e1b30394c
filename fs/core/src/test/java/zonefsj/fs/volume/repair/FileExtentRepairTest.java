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

  private static RepairChanges changes(MetadataStore index) {
    return new RepairChanges(
        index, new AppliedPosition(new UUID(1, 2), 0, 0), ProgressListener.NONE);
  }

  /** Extents of 100 bytes at each of some offsets, repaired as those of a doubted journal. */
  private static List<String> repaired(long allocatedBytes, long sizeBytes, long... starts)
      throws IOException {
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      RepairChanges before = changes(index);
      before.put(ColumnFamily.EXTENTS, Keys.extent(INODE, 0), Keys.number(allocatedBytes));
      for (long start : starts) {
        Extent extent = placed(start, 100);
        before.put(ColumnFamily.EXTENTS, Keys.extent(INODE, extent.end()), extent.encode());
      }
      before.apply();
      RepairChanges changes = changes(index);
      FileExtentRepair file = new FileExtentRepair(changes, INODE, sizeBytes, new HoleBudget());
      file.recorded(0, Keys.number(allocatedBytes));
      for (long start : starts) {
        file.add(start + 100, List.of(placed(start, 100)));
      }
      file.finish();
      changes.apply();
      return extents(index);
    }
  }

  @Test
  void holesOfALongFileThatLacksDataAreLost() throws Exception {
    long gib = 1L << 30;
    assertThat(repaired(400, 6 * gib + 100, 0, 3 * gib, 6 * gib - 100))
        .containsExactly(
            "0-100",
            "100-" + (gib + 100) + " lost",
            (gib + 100) + "-" + (2 * gib + 100) + " lost",
            (2 * gib + 100) + "-" + 3 * gib + " lost",
            3 * gib + "-" + (3 * gib + 100),
            (3 * gib + 100) + "-" + (4 * gib + 100) + " lost",
            (4 * gib + 100) + "-" + (5 * gib + 100) + " lost",
            (5 * gib + 100) + "-" + (6 * gib - 100) + " lost",
            (6 * gib - 100) + "-" + 6 * gib,
            6 * gib + "-" + (6 * gib + 100) + " lost");
  }

  @Test
  void holesOfAFileThatLacksNothingStayHoles() throws Exception {
    long gib = 1L << 30;
    assertThat(repaired(300, 7 * gib, 0, 3 * gib, 6 * gib))
        .containsExactly("0-100", 3 * gib + "-" + (3 * gib + 100), 6 * gib + "-" + (6 * gib + 100));
  }

  /** Only the first part of a hole that takes too many lost extents, also between extents. */
  @Test
  void veryLongHolesBetweenExtentsTakeLittleMemory() throws Exception {
    assertThat(repaired(Long.MAX_VALUE, Long.MAX_VALUE, 0, 1L << 50, 1L << 60)).hasSize(4096 + 6);
  }

  @Test
  void whatTwoClaimIsLostThoughOneIsDamagedInPart() throws Exception {
    MemoryMetadataStores stores = new MemoryMetadataStores();
    try (MetadataStore index = stores.create()) {
      RepairChanges changes = changes(index);
      FileExtentRepair file = new FileExtentRepair(changes, INODE, 200, null);
      file.add(100, List.of(placed(0, 100)));
      file.add(200, List.of(Extent.lost(50, 30), placed(80, 120)));
      file.finish();
      changes.apply();
      assertThat(extents(index)).containsExactly("0-50", "50-80 lost", "80-100 lost", "100-200");
    }
  }

  @Test
  void longHolesOfManyFilesTakeLittleMemory() throws Exception {
    int files = 10_000;
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      RepairChanges changes = changes(index);
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
