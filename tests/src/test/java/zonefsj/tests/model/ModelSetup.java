// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.VolumeOptions;
import zonefsj.tests.fixture.DriveFormat;

/**
 * What a filesystem under test is made of. Nothing of it may be seen in an answer.
 *
 * @param geometry of the drive
 * @param journalCopies 1 or 2
 * @param onDisk whether the index is RocksDB in a directory, as of a real mount
 * @param background whether threads of the volume commit, collect and take checkpoints meanwhile
 * @param options how it is mounted
 */
public record ModelSetup(
    EmulatedGeometry geometry,
    int journalCopies,
    boolean onDisk,
    boolean background,
    VolumeOptions options) {

  private static final int SHAPES = 5;
  private static final int ON_DISK_ONE_IN = 4;
  private static final int BACKGROUND_ONE_IN = 3;

  /** Draws one. */
  public static ModelSetup draw(long seed) {
    SplittableRandom random = new SplittableRandom(~seed);
    int shape = (int) Math.floorMod(seed, (long) SHAPES);
    boolean background = random.nextInt(BACKGROUND_ONE_IN) == 0;
    VolumeOptions defaults = VolumeOptions.DEFAULT;
    VolumeOptions options =
        new VolumeOptions(
            false,
            background ? Duration.ofMillis(1 + random.nextInt(50)) : defaults.commitInterval(),
            null,
            random.nextBoolean() ? 4 << 20 : defaults.cacheBytes(),
            random.nextBoolean() ? 4 << 20 : defaults.dirtyBytes(),
            defaults.accessTimes(),
            random.nextInt(4) == 0 ? VolumeOptions.ErrorPolicy.CONTINUE : defaults.errors(),
            defaults.gc(),
            defaults.zones());
    return new ModelSetup(
        shape(shape),
        shape == SHAPES - 1 ? 2 : 1,
        random.nextInt(ON_DISK_ONE_IN) == 0,
        background,
        options);
  }

  /** Each has about 100 MiB or more for data, which no sequence needs. */
  private static EmulatedGeometry shape(int shape) {
    return switch (shape) {
      // Odd capacities: whole blocks, and no whole pages.
      case 1 -> of(512, 256 << 10, 489 << 9).blockSizeBytes(512).build();
      // Longer than the journal may get, and than what is staged.
      case 2 -> of(40, 96 << 20, 80 << 20).build();
      case 3 ->
          of(200, 1 << 20, 1 << 20).conventionalZones(3).maxOpenZones(7).maxActiveZones(7).build();
      default -> of(64, 2 << 20, 3 << 19).maxOpenZones(8).maxActiveZones(10).build();
    };
  }

  private static EmulatedGeometry.Builder of(int zones, long zoneBytes, long capacityBytes) {
    return EmulatedGeometry.builder(zones * zoneBytes)
        .zoneSizeBytes(zoneBytes)
        .zoneCapacityBytes(capacityBytes);
  }

  /** A new drive in memory. */
  public RamZonedDevice drive() {
    return RamZonedDevice.create(geometry);
  }

  /** Formats a drive, whatever is on it. */
  public void format(ZonedDevice drive, ModelClock clock, SplittableRandom nonces)
      throws IOException {
    new DriveFormat("model", new UUID(1, 2), journalCopies, true).format(drive, clock, nonces);
  }

  /** The options of a mount through a kernel, which does not tell of reads from its cache. */
  public VolumeOptions optionsWithoutAccessTimes() {
    return new VolumeOptions(
        options.readOnly(),
        options.commitInterval(),
        options.indexDirectory(),
        options.cacheBytes(),
        options.dirtyBytes(),
        VolumeOptions.AccessTimes.NONE,
        options.errors(),
        options.gc(),
        options.zones());
  }
}
