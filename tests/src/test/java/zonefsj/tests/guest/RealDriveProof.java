// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ZoneInjection;
import zonefsj.tests.contract.DriveShape;

/** Compares each make of drive with the emulation, over many seeds. */
final class RealDriveProof {
  private static final int STEPS = 150;
  private static final int MAX_APPEND_BYTES = 4 << 20;
  private static final long MIB = 1 << 20;

  /** Every make in every size of blocks. */
  static final List<Subject> SUBJECTS =
      List.of(
          new Subject("nvme", DriveMake.nvme(4096), new NvmeDrives(), ofNvme(4096), none -> null),
          new Subject(
              "nvme, 512", DriveMake.nvme(512), new NvmeDrives(), ofNvme(512), none -> null),
          new Subject(
              "null_blk",
              DriveMake.nullBlk(4096),
              new NullBlkDrives(),
              random -> ofNullBlk(random, 4096),
              NullBlkInjection::new),
          new Subject(
              "null_blk, 512",
              DriveMake.nullBlk(512),
              new NullBlkDrives(),
              random -> ofNullBlk(random, 512),
              NullBlkInjection::new),
          new Subject(
              "scsi_debug",
              DriveMake.scsiDebug(4096),
              new ScsiDebugDrives(),
              random -> ofScsiDebug(random, 4096),
              none -> null),
          new Subject(
              "scsi_debug, 512",
              DriveMake.scsiDebug(512),
              new ScsiDebugDrives(),
              random -> ofScsiDebug(random, 512),
              none -> null));

  private RealDriveProof() {}

  /** Gives a shape that drives of one make can have. */
  @FunctionalInterface
  interface Geometries {
    EmulatedGeometry next(SplittableRandom random);
  }

  /** How to wear out zones of the drive that was made last; null where that cannot be done. */
  @FunctionalInterface
  interface Injections {
    @Nullable ZoneInjection of(EmulatedGeometry geometry);
  }

  /** One make of drive. */
  record Subject(
      String name,
      DriveShape shape,
      GuestDrives drives,
      Geometries geometries,
      Injections injection) {}

  /** Plays {@code count} sequences on one make; prints failures; returns how many there were. */
  static long prove(Subject subject, long seed, long count, PrintStream out) throws IOException {
    long begin = System.nanoTime();
    long failed = 0;
    for (long tried = 0; tried < count; tried++) {
      String difference = RealDriveComparison.play(subject, seed + tried, STEPS);
      if (difference != null) {
        failed++;
        out.println("FAILED " + subject.name() + ": " + difference);
        out.println("repeat with: tests/prove guest --seed " + (seed + tried) + " --count 1");
      }
    }
    out.printf(
        "%-36s %3d sequences, %d failed, %d s%n",
        "compared: " + subject.name(), count, failed, (System.nanoTime() - begin) / 1_000_000_000);
    return failed;
  }

  /** Those that the guest was started with. */
  private static Geometries ofNvme(int block) {
    long zone = DriveMake.nvme(block).zoneBlocks() * (long) block;
    List<EmulatedGeometry> all =
        List.of(
            DriveMake.nvme(block).geometry(),
            EmulatedGeometry.builder(40 * zone)
                .zoneSizeBytes(zone)
                .blockSizeBytes(block)
                .maxOpenZones(OptionalInt.empty())
                .maxActiveZones(OptionalInt.empty())
                .build());
    return random -> withLongAppends(all.get(random.nextInt(4) == 0 ? 1 : 0));
  }

  private static EmulatedGeometry ofNullBlk(SplittableRandom random, int block) {
    int conventional = random.nextInt(3);
    int sequential = 3 + random.nextInt(8);
    boolean runt = random.nextInt(4) == 0;
    // null_blk forgets limits that cannot be reached.
    int active = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(sequential - 1);
    int open = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(active == 0 ? 3 : active);
    return withLongAppends(
        EmulatedGeometry.builder((conventional + sequential) * (2L * MIB) - (runt ? MIB : 0))
            .blockSizeBytes(block)
            .zoneSizeBytes(2 * MIB)
            .zoneCapacityBytes(runt || random.nextBoolean() ? 2 * MIB : MIB)
            .conventionalZones(conventional)
            .maxOpenZones(limit(open == 0 ? active : open))
            .maxActiveZones(limit(active))
            .build());
  }

  private static EmulatedGeometry ofScsiDebug(SplittableRandom random, int block) {
    int conventional = random.nextInt(3);
    int sequential = 6 + random.nextInt(8);
    boolean runt = random.nextInt(4) == 0;
    return withLongAppends(
        EmulatedGeometry.builder((conventional + sequential) * (2L * MIB) - (runt ? MIB : 0))
            .blockSizeBytes(block)
            .zoneSizeBytes(2 * MIB)
            .zoneCapacityBytes(runt || random.nextBoolean() ? 2 * MIB : MIB)
            .conventionalZones(conventional)
            .maxOpenZones(limit(random.nextInt(4)))
            .maxActiveZones(OptionalInt.empty())
            .build());
  }

  private static OptionalInt limit(int zones) {
    return zones == 0 ? OptionalInt.empty() : OptionalInt.of(zones);
  }

  private static EmulatedGeometry withLongAppends(EmulatedGeometry geometry) {
    return new EmulatedGeometry(
        geometry.sizeBytes(),
        geometry.zoneSizeBytes(),
        geometry.zoneCapacityBytes(),
        geometry.conventionalZones(),
        geometry.maxOpenZones(),
        geometry.maxActiveZones(),
        geometry.blockSizeBytes(),
        MAX_APPEND_BYTES);
  }

  /** Wears out zones of the null_blk drive that was made last. */
  private static final class NullBlkInjection implements ZoneInjection {
    private static final int SECTOR_BYTES = 512;

    private final EmulatedGeometry geometry;
    private final Path configuration = NullBlkDrives.last();

    NullBlkInjection(EmulatedGeometry geometry) {
      this.geometry = geometry;
    }

    @Override
    public void setReadOnly(int zone) throws IOException {
      Guest.set(configuration.resolve("zone_readonly"), sector(zone));
    }

    @Override
    public void setOffline(int zone) throws IOException {
      Guest.set(configuration.resolve("zone_offline"), sector(zone));
    }

    private long sector(int zone) {
      return zone * geometry.zoneSizeBytes() / SECTOR_BYTES;
    }
  }
}
