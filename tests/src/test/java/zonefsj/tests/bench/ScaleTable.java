// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.VolumeMount;

/**
 * What an operation costs when there are 10,000 files, and ten times as many, and so on: {@code
 * tests/prove scale}. In the same process, without FUSE, with the threads and the index of a mount,
 * on an image file. Times are those of this machine; their ratio to the first row is the result.
 */
public final class ScaleTable {
  /** Files when nobody says how many. */
  public static final long FILES_BY_DEFAULT = 10_000_000;

  private static final long FIRST = 10_000;
  private static final long ZONE_BYTES = 64L << 20;

  /** Room in the image, which is sparse, for each file: records, images of the index, garbage. */
  private static final long ROOM_BYTES = 4096;

  private static final List<String> WORK =
      List.of("create", "stat in order", "stat at random", "read at random", "list", "delete");

  private ScaleTable() {}

  /**
   * Prints the table.
   *
   * @param most files at the end: a power of ten, 10,000 or more
   * @return 0: a figure depends on this machine, so none is wrong
   */
  public static long run(long seed, long most, PrintStream out) throws ErrnoException, IOException {
    Path directory = Files.createTempDirectory("scale");
    // The code is compiled before it is measured.
    measure(directory.resolve("warm"), seed, 3 * FIRST, 3 * FIRST);
    List<List<Double>> rows = measure(directory.resolve("drive"), seed, FIRST, most);
    out.println("us of wall time for each; in brackets the multiple of the first row");
    out.println(
        "| files | " + String.join(" | ", WORK) + " | CPU us of create | index MiB | mount ms |");
    out.println("|---:|" + "---:|".repeat(WORK.size() + 3));
    long files = FIRST;
    for (List<Double> row : rows) {
      out.println(line(files, row, rows.get(0)));
      files *= 10;
    }
    return 0;
  }

  private static String line(long files, List<Double> row, List<Double> first) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "| %,d |", files));
    for (int column = 0; column <= WORK.size(); column++) {
      line.append(
          String.format(
              Locale.ROOT, " %.1f (%.2f) |", row.get(column), row.get(column) / first.get(column)));
    }
    for (double other : row.subList(WORK.size() + 1, row.size())) {
      line.append(String.format(Locale.ROOT, " %.0f |", other));
    }
    return line.toString();
  }

  private static List<List<Double>> measure(Path directory, long seed, long first, long most)
      throws ErrnoException, IOException {
    Files.createDirectories(directory);
    Path image = directory.resolve("image");
    Path index = directory.resolve("index");
    long bytes = (1L << 30) + most * ROOM_BYTES;
    ImageFile.create(
        image,
        EmulatedGeometry.builder(bytes / ZONE_BYTES * ZONE_BYTES)
            .zoneSizeBytes(ZONE_BYTES)
            .build());
    VolumeOptions options = VolumeOptions.DEFAULT;
    RocksMetadataStores stores = new RocksMetadataStores(index, options.cacheBytes() / 2);
    SplittableRandom random = new SplittableRandom(seed);
    List<List<Double>> rows = new ArrayList<>();
    try (ZonedDevice drive = ImageFile.open(image, DeviceAccess.READ_WRITE)) {
      new DriveFormat("scale", new UUID(0, seed)).format(drive);
      VolumeMount mount =
          VolumeMount.of(Clock.systemUTC(), random.split(), stores).with(options).background(true);
      Volume volume = mount.on(drive);
      try {
        ManyFiles files = new ManyFiles(volume.fileSystem(), random.split());
        for (long count = first; count <= most; count *= 10) {
          List<Double> row = row(files, count, index);
          volume.close();
          long begin = System.nanoTime();
          volume = mount.on(drive);
          row.add((System.nanoTime() - begin) / 1e6);
          files.on(volume.fileSystem());
          rows.add(row);
        }
      } finally {
        volume.close();
      }
    }
    return rows;
  }

  private static List<Double> row(ManyFiles files, long count, Path index)
      throws ErrnoException, IOException {
    long before = files.count();
    long cpu = cpuNanos();
    List<Double> row = new ArrayList<>();
    row.add(files.createUpTo(count));
    double cpuMicros = (cpuNanos() - cpu) / 1000.0 / (count - before);
    row.add(files.statInOrder());
    row.add(files.statAtRandom());
    row.add(files.readAtRandom());
    row.add(files.list());
    row.add(files.delete());
    row.add(cpuMicros);
    row.add(bytesBelow(index) / (double) (1 << 20));
    return row;
  }

  private static long cpuNanos() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime();
  }

  private static long bytesBelow(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
