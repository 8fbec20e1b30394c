// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.random;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.OddDrive.BLOCK;
import static zonefsj.tests.contract.OddDrive.ZONE;
import static zonefsj.tests.contract.OddDrive.ZONES;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.LayerMerge;
import zonefsj.device.layer.MemoryLayer;

/** Layers and caches over a drive whose zones all differ. */
@SuppressWarnings("NarrowCalculation") // a drive of half a MiB
class OddDriveLayersTest {
  private static final LayerMerge.Progress NOBODY = (done, total) -> {};

  @Test
  void aLayerInMemoryHasTheSameZones() throws IOException {
    OddDrive base = new OddDrive();
    prepare(base);
    try (ZonedDevice layer = MemoryLayer.open(new UntouchableDrive(base), OptionalLong.empty())) {
      assertThat(layer.report(0, ZONES)).isEqualTo(base.report(0, ZONES));
      change(layer);
      assertChanged(layer);
    }
  }

  @Test
  void aLayerInAFileIsMerged(@TempDir Path directory) throws IOException {
    Path path = directory.resolve("layer");
    OddDrive base = new OddDrive();
    prepare(base);
    DiffLayer.create(path, base);
    try (ZonedDevice layer = open(path, base)) {
      change(layer);
    }
    try (ZonedDevice layer = open(path, base)) {
      assertChanged(layer);
    }
    LayerMerge.commit(path, base, NOBODY);
    assertChanged(base);
    assertThat(path).doesNotExist();
  }

  @Test
  void aCacheHasTheSameBytes() throws IOException {
    try (ZonedDevice cached =
        CachedZonedDevice.inMemory(
            new OddDrive(), 20L * BLOCK, new CacheOptions(5 * BLOCK, 20 * BLOCK, true))) {
      prepare(cached);
      change(cached);
      for (int round = 0; round < 3; round++) {
        assertChanged(cached);
      }
    }
  }

  private static ZonedDevice open(Path path, OddDrive base) throws IOException {
    return DiffLayer.open(
        path,
        new UntouchableDrive(base) {
          @Override
          public void close() {
            // Used again.
          }
        },
        DeviceAccess.READ_WRITE);
  }

  private static long at(int zone, int block) {
    return (long) zone * ZONE + (long) block * BLOCK;
  }

  private static void prepare(ZonedDevice drive) throws IOException {
    drive.append(0, random(7 * BLOCK, 1));
    drive.append(1, random(10 * BLOCK, 2));
    drive.write(at(2, 20), random(9 * BLOCK, 3));
    drive.write(at(7, 22), random(2 * BLOCK, 4));
    drive.append(4, random(BLOCK, 5));
    drive.close(0);
  }

  private static void change(ZonedDevice drive) throws IOException {
    drive.append(0, random(3 * BLOCK, 11));
    drive.reset(1);
    drive.append(1, random(4 * BLOCK, 12));
    drive.write(at(2, 25), random(2 * BLOCK, 13));
    drive.write(at(7, 23), random(BLOCK, 14));
    drive.append(3, random(33 * BLOCK, 15));
    assertRefused(Reason.ZONE_FULL, 3, () -> drive.append(3, random(BLOCK, 1)));
    drive.append(6, random(5 * BLOCK, 16));
    drive.finish(6);
  }

  private static void assertChanged(ZonedDevice drive) throws IOException {
    for (ZoneDescriptor zone : drive.report(0, ZONES)) {
      assertThat(zone.capacityBytes())
          .isEqualTo((long) OddDrive.capacityBlocks(zone.index()) * BLOCK);
      assertThat(zone.condition() == ZoneCondition.NOT_WRITE_POINTER)
          .isEqualTo(OddDrive.isConventional(zone.index()));
    }
    assertThat(read(drive, at(0, 0), 7 * BLOCK)).isEqualTo(bytes(random(7 * BLOCK, 1)));
    assertThat(read(drive, at(0, 7), 3 * BLOCK)).isEqualTo(bytes(random(3 * BLOCK, 11)));
    assertThat(read(drive, at(1, 0), 4 * BLOCK)).isEqualTo(bytes(random(4 * BLOCK, 12)));
    assertThat(read(drive, at(1, 4), 6 * BLOCK)).containsOnly(0);
    assertThat(read(drive, at(2, 20), 5 * BLOCK))
        .isEqualTo(bytes(random(9 * BLOCK, 3).limit(5 * BLOCK)));
    assertThat(read(drive, at(2, 25), 2 * BLOCK)).isEqualTo(bytes(random(2 * BLOCK, 13)));
    assertThat(read(drive, at(2, 27), 2 * BLOCK))
        .isEqualTo(bytes(random(9 * BLOCK, 3).position(7 * BLOCK)));
    assertThat(read(drive, at(7, 22), BLOCK)).isEqualTo(bytes(random(2 * BLOCK, 4).limit(BLOCK)));
    assertThat(read(drive, at(7, 23), BLOCK)).isEqualTo(bytes(random(BLOCK, 14)));
    assertThat(read(drive, at(3, 0), 33 * BLOCK)).isEqualTo(bytes(random(33 * BLOCK, 15)));
    assertThat(read(drive, at(4, 0), BLOCK)).isEqualTo(bytes(random(BLOCK, 5)));
    assertThat(read(drive, at(6, 0), 5 * BLOCK)).isEqualTo(bytes(random(5 * BLOCK, 16)));
    assertThat(drive.report(6, 1).get(0).condition()).isEqualTo(ZoneCondition.FULL);
    assertThat(drive.report(1, 1).get(0).writtenBytes()).isEqualTo(4 * BLOCK);
  }
}
