// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.check.OverlapSearch.Claim;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.zonemgr.BlockChecksums;

/** Overlaps are found in one scan and with bounded memory, however many extents there are. */
class OverlapSearchTest {
  private static final int MILLION = 1_000_000;
  private static final int BLOCK = 4096;

  private static DeviceGeometry geometry(long bytes, long zoneBytes) throws IOException {
    try (RamZonedDevice drive =
        RamZonedDevice.create(EmulatedGeometry.builder(bytes).zoneSizeBytes(zoneBytes).build())) {
      return drive.geometry();
    }
  }

  private static byte[] extent(long start, long position, int length) {
    int granules = (length + BLOCK - 1) / BLOCK;
    return Extent.placed(
            start,
            PhysicalExtent.whole(position, length, new BlockChecksums(12, new int[granules])))
        .encode();
  }

  private record Overlap(Claim first, Claim second) {}

  /** What the plain way finds: all in memory, sorted. */
  private static List<Overlap> plainly(List<Claim> claims) {
    List<Claim> sorted = new ArrayList<>(claims);
    sorted.sort(
        Comparator.comparingLong(Claim::from)
            .thenComparingLong(Claim::inode)
            .thenComparingLong(Claim::end));
    List<Overlap> found = new ArrayList<>();
    Claim farthest = null;
    for (Claim claim : sorted) {
      if (farthest != null && claim.from() < farthest.to()) {
        found.add(new Overlap(farthest, claim));
      }
      farthest = farthest == null || claim.to() > farthest.to() ? claim : farthest;
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100, 3000})
  void mergedRunsTellWhatOneSortTells(int mostInMemory) throws IOException {
    DeviceGeometry geometry = geometry(64 << 20, 1 << 20);
    Random random = new Random(mostInMemory);
    BatchRecord.Builder record = new BatchRecord.Builder();
    List<Claim> claims = new ArrayList<>();
    for (long inode = 1; inode <= 40; inode++) {
      long end = 0;
      for (int number = 0; number < 60; number++) {
        int length = 1 + random.nextInt(3 * BLOCK);
        end += length + random.nextInt(100);
        long position = (long) random.nextInt(12_000) * BLOCK;
        record.put(
            ColumnFamily.EXTENTS, Keys.extent(inode, end), extent(end - length, position, length));
        claims.add(new Claim(position, position + length, inode, end));
      }
      // Nobody's place on the drive.
      record.put(ColumnFamily.EXTENTS, Keys.extent(inode, end + 10), Extent.lost(end, 10).encode());
    }
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      index.apply(record.build(), new AppliedPosition(new UUID(1, 1), 1, 1));
      List<Overlap> found = new ArrayList<>();
      new OverlapSearch(
              geometry,
              index,
              claims.size(),
              Scratch.ofSystem(),
              ProgressListener.NONE,
              (first, second) -> found.add(new Overlap(first, second)),
              mostInMemory)
          .check();
      assertThat(found).isNotEmpty().isEqualTo(plainly(claims));
    }
  }

  /** A million extents in one zone, in random order; the last begins a byte too early. */
  private static final class FullZone implements MetadataReader {
    long visited;

    @Override
    public byte @Nullable [] get(ColumnFamily family, byte[] key) {
      throw new AssertionError("nothing is looked up");
    }

    @Override
    public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
        throws IOException {
      long first = from.length == 0 ? 1 : Keys.leadingInode(from) + 1;
      for (long inode = first; inode <= MILLION; inode++) {
        visited++;
        // Odd, so it visits every place once.
        long place = inode * 2_654_435_761L % (1 << 20);
        long position = place * 64 - (inode == MILLION ? 1 : 0);
        if (!visitor.visit(Keys.extent(inode, 64), extent(0, position, 64))) {
          return;
        }
      }
    }
  }

  @Test
  void aMillionExtentsInOneZoneTakeOneScan() throws IOException {
    DeviceGeometry geometry = geometry(256 << 20, 64 << 20);
    FullZone index = new FullZone();
    Set<Long> found = new HashSet<>();
    new OverlapSearch(
            geometry,
            index,
            MILLION,
            Scratch.ofSystem(),
            ProgressListener.NONE,
            (first, second) -> {
              found.add(first.inode());
              found.add(second.inode());
            },
            10_000)
        .check();
    assertThat(found).contains((long) MILLION).hasSize(2);
    assertThat(index.visited).isEqualTo(MILLION);
  }

  @Test
  void noMoreThanIsAllowedIsInMemory() throws IOException {
    Random random = new Random(5);
    try (ClaimSorter sorter = new ClaimSorter(1000, Scratch.ofSystem())) {
      for (int number = 0; number < 100_500; number++) {
        long from = random.nextInt(5000);
        sorter.add(new Claim(from, from + 1, number, 0));
      }
      assertThat(sorter.runs()).isEqualTo(100);
      Claim[] last = {new Claim(-1, 0, -1, 0)};
      int[] count = {0};
      sorter.forEachSorted(
          claim -> {
            assertThat(claim.from()).isGreaterThanOrEqualTo(last[0].from());
            if (claim.from() == last[0].from()) {
              assertThat(claim.inode()).isGreaterThan(last[0].inode());
            }
            last[0] = claim;
            count[0]++;
          });
      assertThat(count[0]).isEqualTo(100_500);
    }
  }
}
