// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.gc.ChunkWalker;

/**
 * Long runs of which every second byte was overwritten: what works on their many extents does so in
 * groups, and reads what lies together at once.
 */
class TinyOverwritesTest {
  private static final int RUN_BYTES = 256 << 10;
  private static final int OVERWRITTEN_BYTES = 32 << 10;
  private static final int MAX_GROUP = 4096;
  private static final UUID FILESYSTEM = new UUID(0xfa17, 1);

  private final byte[] expected = FaultyVolume.random(1, RUN_BYTES);

  private static EmulatedGeometry geometry() {
    return EmulatedGeometry.builder(48L << 20)
        .zoneSizeBytes(1 << 20)
        .zoneCapacityBytes(1 << 20)
        .maxOpenZones(8)
        .maxActiveZones(10)
        .build();
  }

  /** All in zones, nothing pending. */
  private FaultyVolume cutUp() throws ErrnoException, IOException {
    FaultyVolume drive = new FaultyVolume(geometry());
    drive.writeDurably("file", expected);
    // The zone of the run is full, and little in it lives.
    for (int filler = 0; filler < 8; filler++) {
      drive.writeDurably("filler", new byte[RUN_BYTES]);
    }
    drive.unlink("filler");
    for (int at = 0; at < OVERWRITTEN_BYTES; at += 2) {
      expected[at] ^= 1;
      drive.write("file", at, new byte[] {expected[at]});
    }
    drive.volume().checkpoint();
    return drive;
  }

  private static int mostPiecesOfAChunk(FaultyVolume drive, String role) throws IOException {
    int most = 0;
    for (var zone : drive.volume().zones()) {
      if (zone.role().equals(role)) {
        ZoneDescriptor descriptor = zone.descriptor();
        ChunkWalker chunks = new ChunkWalker(drive.ram, FILESYSTEM, descriptor);
        for (var chunk = chunks.next(); chunk != null; chunk = chunks.next()) {
          most = Math.max(most, chunk.summary().pieces().size());
        }
      }
    }
    return most;
  }

  @Test
  void theCollectorMovesThemInGroups() throws Exception {
    try (FaultyVolume drive = cutUp()) {
      long before = drive.rot.reads();
      drive.volume().runGc(ProgressListener.NONE);
      assertThat(mostPiecesOfAChunk(drive, "gc")).isBetween(1, MAX_GROUP);
      assertThat(drive.rot.reads() - before).isLessThan(OVERWRITTEN_BYTES / 32);
      assertThat(drive.read("file")).isEqualTo(expected);
      drive.crash(true);
      assertThat(drive.read("file")).isEqualTo(expected);
    }
  }

  @Test
  void aScrubReadsThemTogether() throws Exception {
    try (FaultyVolume drive = cutUp()) {
      long before = drive.rot.reads();
      var end = drive.volume().scrub(0, false, () -> true, ProgressListener.NONE);
      assertThat(end.damages()).isZero();
      assertThat(end.verifiedBytes()).isGreaterThanOrEqualTo(RUN_BYTES);
      assertThat(drive.rot.reads() - before).isLessThan(OVERWRITTEN_BYTES / 32);
    }
  }

  @Test
  void aReadOfThemAllIsAnsweredWholeAndReadsThemTogether() throws Exception {
    try (FaultyVolume drive = cutUp()) {
      long before = drive.rot.reads();
      assertThat(drive.read("file", 0, RUN_BYTES)).isEqualTo(expected);
      assertThat(drive.rot.reads() - before).isLessThan(OVERWRITTEN_BYTES / 128);
    }
  }

  /** A lock is held for no more than one scan. */
  @Test
  void noOperationLooksAtThemAllUnderOneLock() throws Exception {
    try (FaultyVolume drive = cutUp()) {
      drive.unmount();
      LongestScan scans = new LongestScan(drive.stores);
      try (Volume volume = mount(drive, scans)) {
        ZoneFileSystem files = volume.fileSystem();
        long inode =
            files.lookup(ZoneFileSystem.ROOT_INODE, new byte[] {'f', 'i', 'l', 'e'}).inode();
        long handle = files.open(Caller.ROOT, inode, OpenFlags.READ_WRITE);
        scans.take();
        assertThat(files.seek(handle, 0, true)).isEqualTo(RUN_BYTES);
        assertThat(scans.take()).isBetween(1, MAX_GROUP);
        assertThatThrownBy(() -> files.allocate(handle, 0, 0, 1L << 40))
            .isInstanceOfSatisfying(
                ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
        assertThat(scans.take()).isBetween(1, MAX_GROUP);
        ByteBuffer bytes = ByteBuffer.allocate(RUN_BYTES);
        assertThat(files.read(handle, 0, bytes)).isEqualTo(RUN_BYTES);
        assertThat(bytes.array()).isEqualTo(expected);
        assertThat(scans.take()).isBetween(1, MAX_GROUP / 4);
      }
    }
  }

  private static Volume mount(FaultyVolume drive, LongestScan scans) throws IOException {
    return FaultyVolume.mounting(new SplittableRandom(5), scans).on(drive.ram);
  }
}
