// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.ImageReads;
import zonefsj.tests.fixture.VolumeMount;

/** A mount knows the tables of its index that the checkpoint on the drive holds. */
class KnownTablesTest {
  private final SplittableRandom nonces = new SplittableRandom(4);

  private Volume mount(RamZonedDevice drive, Path directory) throws IOException {
    RocksMetadataStores stores = new RocksMetadataStores(directory.resolve("index"), 4 << 20);
    return VolumeMount.of(FaultyVolume.CLOCK, nonces, stores).on(drive);
  }

  private static void change(Volume volume, String name) throws Exception {
    volume.fileSystem().makeDirectory(Caller.ROOT, 1, name.getBytes(UTF_8), 0755);
  }

  @Test
  void theFirstImageAfterAMountReadsOnlyNewTables(@TempDir Path directory) throws Exception {
    try (RamZonedDevice drive = RamZonedDevice.create(FaultyVolume.small());
        ImageReads reads = new ImageReads()) {
      new DriveFormat("known", FaultyVolume.FILESYSTEM, 1)
          .format(drive, FaultyVolume.CLOCK, nonces);
      try (Volume volume = mount(drive, directory)) {
        for (int file = 0; file < 300; file++) {
          change(volume, "directory " + file);
        }
      }
      int images = reads.tables().size();
      int before = last(reads.tables());
      try (Volume volume = mount(drive, directory)) {
        change(volume, "one more");
        volume.checkpoint();
      }
      assertThat(images).isPositive();
      assertThat(reads.tables()).hasSizeGreaterThan(images);
      assertThat(reads.tables().get(images)).isGreaterThan(before);
      assertThat(reads.read().get(images)).isEqualTo(reads.tables().get(images) - before);
    }
  }

  private static int last(List<Integer> numbers) {
    return numbers.get(numbers.size() - 1);
  }
}
