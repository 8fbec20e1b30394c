// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import java.io.IOException;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.VolumeMount;

/** The real filesystem on a small drive in memory. */
final class MemoryVolume implements AutoCloseable {
  private final RamZonedDevice device;
  private final Volume volume;

  MemoryVolume(long seed) throws IOException {
    SplittableRandom nonces = new SplittableRandom(seed);
    device =
        RamZonedDevice.create(
            EmulatedGeometry.builder(128L << 20)
                .zoneSizeBytes(2 << 20)
                .zoneCapacityBytes(3 << 19)
                .maxOpenZones(8)
                .maxActiveZones(10)
                .build());
    new DriveFormat("protocol", new UUID(1, 2)).format(device, InstantSource.system(), nonces);
    volume = VolumeMount.of(InstantSource.system(), nonces).on(device);
  }

  ZoneFileSystem fileSystem() {
    return volume.fileSystem();
  }

  /** Ends the mount in order and checks the drive, every byte read. */
  VolumeChecker.CheckResult closeAndCheck() throws IOException {
    volume.close();
    return VolumeChecker.check(device, true, ProgressListener.NONE);
  }

  @Override
  public void close() throws IOException {
    volume.close();
    device.close();
  }
}
