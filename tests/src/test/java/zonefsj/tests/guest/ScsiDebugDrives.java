// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import zonefsj.device.emulated.EmulatedGeometry;

/** The host-managed SMR drive of Linux' scsi_debug. There is one at a time: the last asked for. */
final class ScsiDebugDrives extends GuestDrives {
  private static final Path ADAPTER = Path.of("/sys/bus/pseudo/drivers/scsi_debug/adapter0");

  private static @Nullable EmulatedGeometry made;
  private static @Nullable Path node;

  @Override
  Path find(EmulatedGeometry geometry) throws IOException {
    Path found = node;
    if (found == null || !geometry.equals(made)) {
      found = make(geometry);
      made = geometry;
      node = found;
    }
    return found;
  }

  private static Path make(EmulatedGeometry geometry) throws IOException {
    if (geometry.maxActiveZones().isPresent()) {
      throw new IllegalArgumentException("SMR drives have no limit of active zones");
    }
    if (Files.exists(ADAPTER)) {
      Guest.run("rmmod", "scsi_debug");
    }
    // Nothing in the guest loads drivers for what appears.
    Guest.run("modprobe", "sd_mod");
    Guest.run(
        "modprobe",
        "scsi_debug",
        "delay=0",
        "zbc=managed",
        "dev_size_mb=" + NullBlkDrives.mebibytes(geometry.sizeBytes()),
        "sector_size=" + geometry.blockSizeBytes(),
        "zone_size_mb=" + NullBlkDrives.mebibytes(geometry.zoneSizeBytes()),
        "zone_cap_mb=" + NullBlkDrives.mebibytes(geometry.zoneCapacityBytes()),
        "zone_max_open=" + geometry.maxOpenZones().orElse(0),
        "zone_nr_conv=" + geometry.conventionalZones());
    Guest.await("the SMR drive", () -> name() != null);
    Path path = Path.of("/dev", String.valueOf(name()));
    Guest.await(path.toString(), () -> Guest.isReady(path));
    return path;
  }

  private static @Nullable String name() {
    try (DirectoryStream<Path> hosts = Files.newDirectoryStream(ADAPTER, "host*")) {
      for (Path host : hosts) {
        try (DirectoryStream<Path> targets = Files.newDirectoryStream(host, "target*")) {
          for (Path target : targets) {
            String found = nameBelow(target);
            if (found != null) {
              return found;
            }
          }
        }
      }
      return null;
    } catch (IOException e) {
      // Not there yet; whoever waits says so in the end.
      return null;
    }
  }

  private static @Nullable String nameBelow(Path target) throws IOException {
    try (DirectoryStream<Path> units = Files.newDirectoryStream(target, "*:*:*:*")) {
      for (Path unit : units) {
        Path block = unit.resolve("block");
        if (Files.isDirectory(block)) {
          try (DirectoryStream<Path> disks = Files.newDirectoryStream(block)) {
            Iterator<Path> disk = disks.iterator();
            return disk.hasNext() ? disk.next().getFileName().toString() : null;
          }
        }
      }
    }
    return null;
  }
}
