// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.zonemgr.BlockChecksums;

/** Bytes that two files claim stay with one of them; what only one claims, and may come, stays. */
class OverlapRepairTest {
  private static final int BLOCK_BYTES = 4096;
  private static final int BLOCK_SHIFT = 12;
  private static final long FIRST = 7;
  private static final long SECOND = 8;

  private final byte[] content = new byte[16 * BLOCK_BYTES];
  private final List<Long> unreadable = new ArrayList<>();
  private final MetadataStore index = new MemoryMetadataStores().create();
  private final RepairChanges before = changes();
  private final RamZonedDevice ram =
      RamZonedDevice.create(EmulatedGeometry.builder(1 << 20).zoneSizeBytes(256 << 10).build());
  private final ZonedDevice drive =
      new FilterZonedDevice(ram) {
        @Override
        public void read(long positionBytes, ByteBuffer destination) throws IOException {
          long end = positionBytes + destination.remaining();
          if (unreadable.stream().anyMatch(at -> at >= positionBytes && at < end)) {
            throw new IOException("a read error");
          }
          super.read(positionBytes, destination);
        }
      };

  OverlapRepairTest() throws IOException {}

  @BeforeEach
  void fill() throws IOException {
    new Random(1).nextBytes(content);
    ram.write(0, ByteBuffer.wrap(content));
  }

  @AfterEach
  void letGo() throws IOException {
    index.close();
    drive.close();
  }

  private RepairChanges changes() {
    return new RepairChanges(
        index, new AppliedPosition(new UUID(1, 2), 0, 0), ProgressListener.NONE);
  }

  /**
   * A file claims some blocks of the drive.
   *
   * @param granuleShift log2 of the bytes of a granule
   * @param wrongGranules which granules the drive has wrong
   */
  private void claim(
      long inode, int fromBlock, int toBlock, int granuleShift, int... wrongGranules) {
    int from = fromBlock * BLOCK_BYTES;
    int length = toBlock * BLOCK_BYTES - from;
    int[] crcs = new int[BlockChecksums.count(length, granuleShift)];
    for (int granule = 0; granule < crcs.length; granule++) {
      CRC32C crc = new CRC32C();
      crc.update(content, from + (granule << granuleShift), 1 << granuleShift);
      crcs[granule] = (int) crc.getValue();
    }
    for (int wrong : wrongGranules) {
      crcs[wrong]++;
    }
    PhysicalExtent data =
        PhysicalExtent.whole(from, length, new BlockChecksums(granuleShift, crcs));
    before.put(ColumnFamily.EXTENTS, Keys.extent(inode, length), Extent.placed(0, data).encode());
  }

  private void failAtBlocks(int... blocks) {
    for (int block : blocks) {
      unreadable.add((long) block * BLOCK_BYTES);
    }
  }

  private void repair() throws IOException {
    before.apply();
    new OverlapRepair(drive, changes(), Scratch.ofSystem(), ProgressListener.NONE).repair();
  }

  /** The extents of a file, in blocks. */
  private List<String> extents(long inode) throws IOException {
    List<String> found = new ArrayList<>();
    index.scan(
        ColumnFamily.EXTENTS,
        Keys.extent(inode, 1),
        Keys.extent(inode + 1, 0),
        (key, value) -> {
          Extent extent = Extent.decode(Keys.extentEnd(key), value);
          found.add(
              extent.start() / BLOCK_BYTES
                  + "-"
                  + extent.end() / BLOCK_BYTES
                  + (extent.isLost() ? " lost" : ""));
          return true;
        });
    return found;
  }

  @Test
  void whatOnlyOneClaimsStaysThoughTheDriveFailsToReadIt() throws Exception {
    claim(FIRST, 0, 6, BLOCK_SHIFT);
    claim(SECOND, 4, 8, BLOCK_SHIFT);
    failAtBlocks(1, 7);
    repair();
    assertThat(extents(FIRST)).containsExactly("0-6");
    assertThat(extents(SECOND)).containsExactly("0-2 lost", "2-4");
  }

  @Test
  void wrongBytesAreGivenUpAnywhere() throws Exception {
    claim(FIRST, 0, 6, BLOCK_SHIFT, 1, 4, 5);
    claim(SECOND, 4, 8, BLOCK_SHIFT, 3);
    failAtBlocks(0);
    repair();
    assertThat(extents(FIRST)).containsExactly("0-1", "1-2 lost", "2-4", "4-6 lost");
    assertThat(extents(SECOND)).containsExactly("0-3", "3-4 lost");
  }

  /** Whoever reads it later sees the right bytes or an error. */
  @Test
  void whatTheDriveFailsToReadForBothStaysWithTheOneThatHasMoreOfItsData() throws Exception {
    claim(FIRST, 0, 4, BLOCK_SHIFT, 1, 2, 3);
    claim(SECOND, 0, 4, BLOCK_SHIFT);
    failAtBlocks(0);
    repair();
    assertThat(extents(FIRST)).containsExactly("0-1 lost", "1-4 lost");
    assertThat(extents(SECOND)).containsExactly("0-4");
  }

  @Test
  void whoCanReadTheBytesGoesFirst() throws Exception {
    claim(FIRST, 0, 4, BLOCK_SHIFT + 1);
    claim(SECOND, 3, 5, BLOCK_SHIFT);
    failAtBlocks(2);
    repair();
    assertThat(extents(FIRST)).containsExactly("0-3", "3-4 lost");
    assertThat(extents(SECOND)).containsExactly("0-2");
  }
}
