// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import zonefsj.device.emulated.EmulatedGeometry;

/**
 * Drives of Linux' null_blk, in memory. Each time a new one is made, for they remember which zone
 * they closed last; the one before is taken away.
 */
final class NullBlkDrives extends GuestDrives {
  private static final Path CONFIGURATION = Path.of("/sys/kernel/config/nullb");
  private static final int FIRST_NUMBER = 100;

  private static int next = FIRST_NUMBER;
  private static @Nullable Path last;

  @Override
  Path find(EmulatedGeometry geometry) throws IOException {
    if (last != null) {
      remove(last);
    }
    last = configuration(next++);
    return make(geometry, last);
  }

  /** Where the last one is configured. */
  static Path last() {
    if (last == null) {
      throw new IllegalStateException("none was made");
    }
    return last;
  }

  /** Makes one that does not outlive its user. */
  static Path make(EmulatedGeometry geometry, Path configuration) throws IOException {
    Files.createDirectory(configuration);
    Guest.set(configuration.resolve("size"), mebibytes(geometry.sizeBytes()));
    Guest.set(configuration.resolve("blocksize"), geometry.blockSizeBytes());
    Guest.set(configuration.resolve("memory_backed"), 1);
    Guest.set(configuration.resolve("zoned"), 1);
    Guest.set(configuration.resolve("zone_size"), mebibytes(geometry.zoneSizeBytes()));
    Guest.set(configuration.resolve("zone_capacity"), mebibytes(geometry.zoneCapacityBytes()));
    Guest.set(configuration.resolve("zone_nr_conv"), geometry.conventionalZones());
    Guest.set(configuration.resolve("zone_max_open"), geometry.maxOpenZones().orElse(0));
    Guest.set(configuration.resolve("zone_max_active"), geometry.maxActiveZones().orElse(0));
    Guest.set(configuration.resolve("power"), 1);
    Path node = Path.of("/dev", configuration.getFileName().toString());
    Guest.await(node.toString(), () -> Guest.isReady(node));
    return node;
  }

  static Path configuration(int number) {
    return CONFIGURATION.resolve("nullb" + number);
  }

  /** Takes a drive away again. */
  static void remove(Path configuration) throws IOException {
    Guest.set(configuration.resolve("power"), 0);
    Files.delete(configuration);
  }

  /** For the end of a test that may have failed before. */
  static void removeIfMade(Path configuration) throws IOException {
    if (Files.exists(configuration)) {
      remove(configuration);
    }
  }

  static long mebibytes(long bytes) {
    if (bytes % (1 << 20) != 0) {
      throw new IllegalArgumentException(bytes + " bytes are not whole MiB");
    }
    return bytes >> 20;
  }
}
