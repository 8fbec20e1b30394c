// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.compose.ConcatZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.stored.ScrubRecord;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.RottenDrive;

/** Who verifies a drive with a cache verifies the medium, and not what the cache remembers. */
final class CachedScrubTest {
  private static final int FILE_BYTES = 100_000;

  private final RamZonedDevice ram = RamZonedDevice.create(FaultyVolume.small());
  private final RottenDrive rotten = new RottenDrive(ram);

  private static ZonedDevice cached(ZonedDevice drive) throws IOException {
    return CachedZonedDevice.inMemory(drive, 4 << 20, CacheOptions.DEFAULT);
  }

  @Test
  void aScrubFindsWhatTheCacheHides() throws Exception {
    assertFound(cached(rotten));
  }

  @Test
  void alsoBelowOtherDrives() throws Exception {
    assertFound(ConcatZonedDevice.of(List.of(cached(rotten)), false));
  }

  private void assertFound(ZonedDevice drive) throws Exception {
    SplittableRandom nonces = new SplittableRandom(5);
    new DriveFormat("cached", new UUID(3, 5)).format(drive, FaultyVolume.CLOCK, nonces);
    try (FaultyVolume files = new FaultyVolume(FaultyVolume.small())) {
      files.use(
          FaultyVolume.mounting(nonces, new MemoryMetadataStores())
              .on(new FaultyZonedDevice(drive, new FaultScript(), ram)));
      files.writeDurably("file", FaultyVolume.random(1, FILE_BYTES));
      for (ZoneView zone : files.volume().zones()) {
        if (List.of("hot", "cold").contains(zone.role()) && zone.liveBytes() > 0) {
          rotten.flip(zone.descriptor().startBytes() + 9000);
        }
      }
      assertThat(files.read("file")).isEqualTo(FaultyVolume.random(1, FILE_BYTES));
      ScrubRecord found = files.volume().scrub(0, true, () -> true, ProgressListener.NONE);
      assertThat(found.damages()).isPositive();
      files.volume().close();
      assertThat(VolumeChecker.check(drive, true, ProgressListener.NONE).findings()).isNotEmpty();
    }
  }
}
