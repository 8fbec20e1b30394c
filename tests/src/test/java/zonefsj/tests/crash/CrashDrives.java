// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ZoneInjection;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.UsualOptions;
import zonefsj.tests.fixture.VolumeMount;

/**
 * Tiny drives, so that a few hundred accesses use every part of the filesystem, and one of long
 * zones.
 */
final class CrashDrives {
  static final int SHAPES = 7;

  /** Beside the others: zones longer than the journal may get, and a mount of them takes longer. */
  static final int LONG_ZONES = SHAPES;

  static final UUID FILESYSTEM = new UUID(0x5eed, 1);
  static final int ZONES = 40;
  private static final int BLOCK_BYTES = 4096;

  private CrashDrives() {}

  /** One of a few geometries. */
  static EmulatedGeometry shape(int shape) {
    return switch (shape) {
      case 0 -> of(128, 96).maxOpenZones(8).maxActiveZones(8).build();
      case 1 -> of(256, 192).maxOpenZones(8).maxActiveZones(10).build();
      case 2 -> of(128, 112).maxOpenZones(7).maxActiveZones(7).build();
      case 3 -> of(128, 96).conventionalZones(3).maxOpenZones(8).maxActiveZones(9).build();
      case 4 -> of(256, 256).blockSizeBytes(512).maxOpenZones(14).maxActiveZones(14).build();
      // Whole blocks, and no whole pages.
      case 5 -> of(128, 195 << 9, 512).maxOpenZones(8).maxActiveZones(9).build();
      // Longer than what is staged, too: nothing of them is ever full.
      case LONG_ZONES -> of(96 << 10, 80 << 20, 4096).maxOpenZones(8).maxActiveZones(10).build();
      default -> of(128, 96).maxOpenZones(10).maxActiveZones(12).build();
    };
  }

  private static EmulatedGeometry.Builder of(int zoneKibibytes, int capacityKibibytes) {
    return of(zoneKibibytes, capacityKibibytes << 10, BLOCK_BYTES);
  }

  private static EmulatedGeometry.Builder of(int zoneKibibytes, int capacityBytes, int blockBytes) {
    return EmulatedGeometry.builder(((long) ZONES * zoneKibibytes) << 10)
        .zoneSizeBytes((long) zoneKibibytes << 10)
        .zoneCapacityBytes(capacityBytes)
        .blockSizeBytes(blockBytes);
  }

  /**
   * What is wrong with a drive of some shape from the start: the last has lost a superblock zone.
   */
  static void wear(int shape, ZoneInjection drive) throws IOException {
    if (shape == SHAPES - 1) {
      drive.setOffline(1);
    }
  }

  /** Two shapes have a mirrored journal; one of them has just as many active zones as it takes. */
  static int journalCopies(int shape) {
    return shape == 0 || shape == 4 ? 2 : 1;
  }

  static void format(
      ZonedDevice device, int journalCopies, CrashClock clock, SplittableRandom nonces)
      throws IOException {
    new DriveFormat("crash", FILESYSTEM, journalCopies).format(device, clock, nonces);
  }

  static Volume mount(
      ZonedDevice device, CrashClock clock, SplittableRandom nonces, MetadataStores stores)
      throws IOException {
    return mount(device, clock, nonces, stores, VolumeOptions.DEFAULT.dirtyBytes());
  }

  static Volume mount(
      ZonedDevice device,
      CrashClock clock,
      SplittableRandom nonces,
      MetadataStores stores,
      long dirtyBytes)
      throws IOException {
    return VolumeMount.of(clock, nonces, stores)
        .with(UsualOptions.dirtyBytes(dirtyBytes))
        .on(device);
  }
}
