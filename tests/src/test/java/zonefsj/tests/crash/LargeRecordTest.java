// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.VolumeMount;

/**
 * Records longer than a zone: the journal is trimmed in the middle of one, and memory has a bound.
 */
class LargeRecordTest {
  private static final int ROUNDS = 40;
  private static final int VALUE_BYTES = 60_000;

  private final SplittableRandom random = new SplittableRandom(11);
  private final MemoryMetadataStores stores = new MemoryMetadataStores();

  private static RamZonedDevice drive(long sizeBytes) throws Exception {
    RamZonedDevice drive =
        RamZonedDevice.create(
            EmulatedGeometry.builder(sizeBytes)
                .zoneSizeBytes(256 << 10)
                .maxOpenZones(8)
                .maxActiveZones(10)
                .build());
    new DriveFormat("", new UUID(3, 4)).format(drive);
    return drive;
  }

  private Volume mount(RamZonedDevice drive, MemoryMetadataStores index) throws Exception {
    return VolumeMount.of(Clock.systemUTC(), random, index).on(drive);
  }

  @Test
  void aCheckpointMayTrimTheBeginningOfTheLastRecord() throws Exception {
    RamZonedDevice drive = drive(64 << 20);
    long trimmed = 0;
    try (Volume volume = mount(drive, stores)) {
      ZoneFileSystem files = volume.fileSystem();
      for (int round = 0; round < ROUNDS; round++) {
        int attributes = 1 + random.nextInt(12);
        long inode = fill(files, "file" + round, attributes);
        files.sync();
        trimmed = Math.max(trimmed, volume.status().checkpoints());
        // The power goes here; the index on the host is lost.
        try (Volume recovered = mount(drive.snapshot(), new MemoryMetadataStores())) {
          assertThat(recovered.fileSystem().listXattrs(Caller.ROOT, inode)).hasSize(attributes);
        }
        files.unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, bytes("file" + round));
      }
    }
    assertThat(trimmed).isGreaterThan(5);
  }

  @Test
  void metadataThatWaitForACommitHaveABound() throws Exception {
    try (Volume volume = mount(drive(768 << 20), stores)) {
      long before = volume.status().commits();
      for (int file = 0; file < 20; file++) {
        fill(volume.fileSystem(), "file" + file, 50);
      }
      assertThat(volume.status().commits()).isGreaterThan(before + 2);
    }
  }

  private static long fill(ZoneFileSystem files, String name, int attributes) throws Exception {
    long inode =
        files.makeNode(Caller.ROOT, ZoneFileSystem.ROOT_INODE, bytes(name), 0100644, 0).inode();
    for (int number = 0; number < attributes; number++) {
      files.setXattr(
          Caller.ROOT, inode, bytes("user.a" + number), new byte[VALUE_BYTES], XattrMode.ANY);
    }
    return inode;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
