// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.ImageZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.tests.HostTrees;

/**
 * A sample of crashes with what users have: a workload whose index is a RocksDB, cut by chance;
 * each drive becomes an image file, each index a copy of the directory at that moment.
 */
final class ImageCrashes {
  private static final int STEPS = 90;
  private static final int COPIES = 24;
  private static final int COPY_ONE_IN = 8;
  private static final int LOST_ONE_IN = 4;
  private static final long CACHE_BYTES = 1 << 20;

  private final Tally tally;
  private final Reporter reporter;
  private final long number;
  private final SplittableRandom random;
  private final TreeMap<Integer, Path> copies = new TreeMap<>();

  ImageCrashes(Tally tally, Reporter reporter, long number) {
    this.tally = tally;
    this.reporter = reporter;
    this.number = number;
    this.random = new SplittableRandom(number + 2);
  }

  /** Verifies so many states. */
  void run(long states) throws Exception {
    Path directory = Files.createTempDirectory("crash");
    try {
      run(directory, states);
    } finally {
      HostTrees.delete(directory);
    }
  }

  private void run(Path directory, long states) throws Exception {
    Path index = directory.resolve("index");
    int shape = (int) Math.floorMod(number, (long) CrashDrives.SHAPES);
    WorkloadRun run =
        new WorkloadRun(
            PreparedDrive.fresh(shape, random.split()),
            stores(index),
            new Conditions(new FaultHook() {}, null),
            change -> copy(change, index, directory),
            random.split());
    run.play(new StepGenerator(random.split(), false).steps(STEPS));
    List<Integer> cuts = new ArrayList<>(copies.keySet());
    CrashStates crashes = new CrashStates(run.start(), run.changes());
    for (long state = 0; state < states && !reporter.isFull(); state++) {
      int cut = cuts.get((int) (state % cuts.size()));
      tally.state();
      tally.image();
      Path where = Files.createDirectory(directory.resolve("state" + state));
      String wrong = verify(run, crashes, cut, where);
      HostTrees.delete(where);
      if (wrong != null) {
        reporter.violation("image and RocksDB, " + run.describe(cut), wrong);
      }
    }
  }

  private void copy(int change, Path index, Path directory) {
    if (copies.size() < COPIES && random.nextInt(COPY_ONE_IN) == 0 && Files.exists(index)) {
      try {
        Path copy = directory.resolve("copy" + change);
        IndexCopy.make(index, copy);
        copies.put(change, copy);
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }
  }

  private static MetadataStores stores(Path index) {
    return new RocksMetadataStores(index, CACHE_BYTES);
  }

  private @Nullable String verify(WorkloadRun run, CrashStates crashes, int cut, Path where)
      throws IOException {
    Path index = where.resolve("index");
    Path copy = copies.get(cut);
    if (copy != null && random.nextInt(LOST_ONE_IN) > 0) {
      IndexCopy.make(copy, index);
    }
    RamZonedDevice drive = crashes.after(cut, SurvivingChanges.some(random.nextLong())).drive();
    Path image = where.resolve("image");
    ImageFile.create(image, drive.emulatedGeometry());
    try (ImageZonedDevice device = ImageFile.open(image, DeviceAccess.READ_WRITE)) {
      fill(device, drive);
      return new CrashVerifier(
              random.split(), 1, run.history().size(), () -> stores(where.resolve("another")))
          .verify(device, stores(index), Expected.of(run, cut, 0), RecoveryObserver.UNWATCHED);
    }
  }

  private static void fill(ImageZonedDevice device, RamZonedDevice drive) throws IOException {
    List<ZoneDescriptor> zones = new ArrayList<>(drive.report(0, drive.geometry().zoneCount()));
    // Full ones first: each is active while it is written.
    zones.sort(Comparator.comparing(zone -> zone.condition() != ZoneCondition.FULL));
    for (ZoneDescriptor zone : zones) {
      if (zone.condition() == ZoneCondition.OFFLINE) {
        device.setOffline(zone.index());
        continue;
      }
      boolean conventional = zone.condition() == ZoneCondition.NOT_WRITE_POINTER;
      int written = (int) (conventional ? zone.sizeBytes() : zone.writtenBytes());
      if (written > 0) {
        ByteBuffer bytes = ByteBuffer.allocate(written);
        drive.read(zone.startBytes(), bytes);
        device.write(zone.startBytes(), bytes.flip());
      }
    }
  }
}
