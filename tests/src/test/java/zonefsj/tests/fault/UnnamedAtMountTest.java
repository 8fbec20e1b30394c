// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.UsualOptions;

/** A crash leaves more open files without a name than may wait for one commit. */
@Timeout(120)
class UnnamedAtMountTest {
  private static final int FILES = 9_000;
  private static final int DIRTY_BYTES = 4 << 20;

  private static Volume mount(RamZonedDevice drive, MemoryMetadataStores stores, boolean background)
      throws IOException {
    return FaultyVolume.mounting(new SplittableRandom(5), stores)
        .with(UsualOptions.dirtyBytes(DIRTY_BYTES))
        .background(background)
        .on(drive);
  }

  private static void leaveUnnamed(ZoneFileSystem files) throws ErrnoException, IOException {
    for (int file = 0; file < FILES; file++) {
      byte[] name = ("f" + file).getBytes(StandardCharsets.US_ASCII);
      files.create(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name, 0644, OpenFlags.READ_WRITE);
      files.unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name);
    }
    files.sync();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aMountPurgesThemInSteps(boolean background) throws Exception {
    EmulatedGeometry roomy =
        EmulatedGeometry.builder(64L << 20)
            .zoneSizeBytes(1 << 20)
            .maxOpenZones(8)
            .maxActiveZones(10)
            .build();
    RamZonedDevice drive = RamZonedDevice.create(roomy);
    FaultyVolume.format(drive, new UUID(6, 6), new SplittableRandom(6));
    MemoryMetadataStores stores = new MemoryMetadataStores();
    Volume dies = mount(drive, stores, false);
    leaveUnnamed(dies.fileSystem());
    assertThat(dies.fileSystem().statistics().inodes()).isGreaterThan(FILES);
    dies.abandon();
    stores.crash();
    try (Volume volume = mount(drive, stores, background)) {
      assertThat(volume.fileSystem().statistics().inodes()).as("inodes left").isEqualTo(1);
      assertThat(volume.status().commits()).as("commits of the mount").isGreaterThan(5);
    }
  }
}
