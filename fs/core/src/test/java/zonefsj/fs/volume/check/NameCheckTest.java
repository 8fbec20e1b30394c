// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.fs.FileMode;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.tree.EntryRecord;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.check.VolumeChecker.Finding;
import zonefsj.fs.volume.stored.BatchRecord;

/** However names are tied together, a check of them takes a few reads for each. */
class NameCheckTest {
  private static final UUID FILESYSTEM = new UUID(7, 8);
  private static final int FEW_SCANS = 20;

  /** Reads, and refuses to do so without end. */
  private static final class Counted implements MetadataReader {
    private final MetadataReader below;
    private final long mostScans;
    private long scans;

    Counted(MetadataReader below, long mostScans) {
      this.below = below;
      this.mostScans = mostScans;
    }

    @Override
    public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
      return below.get(family, key);
    }

    @Override
    public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
        throws IOException {
      assertThat(++scans).as("scans").isLessThan(mostScans);
      below.scan(family, from, to, visitor);
    }
  }

  private static List<Finding> check(BatchRecord.Builder batch, long mostScans) throws IOException {
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      index.apply(batch.build(), new AppliedPosition(FILESYSTEM, 1, 1));
      Findings findings = new Findings();
      Counted counted = new Counted(index, mostScans);
      new NameCheck(counted, FILESYSTEM, findings, ProgressListener.NONE, 0).check();
      return findings.list();
    }
  }

  /** Directories from 2 on, each with a link to its parent. */
  private static BatchRecord.Builder directories(int count, LongUnaryOperator parentOf) {
    BatchRecord.Builder batch = new BatchRecord.Builder();
    byte[] record =
        InodeRecord.create(FileMode.DIRECTORY | 0755, 2, 0, 0, 0, Instant.EPOCH).encode();
    for (long inode = 2; inode < 2 + count; inode++) {
      long parent = parentOf.applyAsLong(inode);
      batch.put(ColumnFamily.INODES, Keys.inode(inode), record);
      batch.put(ColumnFamily.PARENTS, Keys.parent(inode, parent, 512), EntryRecord.GAP);
    }
    return batch;
  }

  @Test
  void aLongWayIntoALoopIsGoneOnce() throws IOException {
    int count = 3000;
    int ofLoop = 1000;
    BatchRecord.Builder batch =
        directories(count, inode -> inode == 1 + count ? inode - ofLoop + 1 : inode + 1);
    assertThat(check(batch, (long) FEW_SCANS * count))
        .filteredOn(found -> found.what().contains("a directory lies in itself"))
        .hasSize(ofLoop)
        .extracting(Finding::where)
        .contains("inode " + (2 + count - ofLoop), "inode " + (1 + count))
        .doesNotContain("inode " + (1 + count - ofLoop));
  }

  @Test
  void aTreeDeeperThanWhatIsRememberedIsCheckedInTime() throws IOException {
    int count = 120_000;
    BatchRecord.Builder batch =
        directories(count, inode -> inode == 1 + count ? ZoneFileSystem.ROOT_INODE : inode + 1);
    assertThat(check(batch, (long) FEW_SCANS * count))
        .noneMatch(found -> found.what().contains("a directory lies in itself"));
  }

  /** Each way has left the memory when the next directory of its chain is visited. */
  @Test
  void manyDeepTreesAreCheckedInTime() throws IOException {
    int count = 300_000;
    int trees = 10;
    BatchRecord.Builder batch =
        directories(
            count, inode -> inode + trees > 1 + count ? ZoneFileSystem.ROOT_INODE : inode + trees);
    assertThat(check(batch, (long) FEW_SCANS * count))
        .noneMatch(found -> found.what().contains("a directory lies in itself"));
  }

  @Test
  void noWayIsGoneForAFindingThatIsNotKept() throws IOException {
    BatchRecord.Builder batch = directories(1, inode -> ZoneFileSystem.ROOT_INODE);
    for (int number = 0; number < 8000; number++) {
      byte[] name = ("name " + number).getBytes(StandardCharsets.US_ASCII);
      byte[] entry = new EntryRecord(1_000_000, FileMode.REGULAR, name).encode();
      batch.put(ColumnFamily.ENTRIES, Keys.entry(2, 256L * (number + 1)), entry);
    }
    List<Finding> findings = check(batch, Findings.MAX_KEPT + 100);
    assertThat(findings).hasSize(Findings.MAX_KEPT + 1);
  }
}
