// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.block.FileFacts;
import zonefsj.device.block.NativeFile;
import zonefsj.device.block.NativeFile.Option;

/**
 * The files of a real mount. The limits come from {@code /sys/fs/zonefs}, before Linux 5.19 from
 * the device itself. Immutable.
 *
 * @param zoneSizeBytes distance of the starts of two zones; 0 if it is not known
 * @param maxOpenZones limit of open zones; empty: none
 * @param maxActiveZones limit of active zones; empty: none
 */
record KernelZoneFiles(long zoneSizeBytes, OptionalInt maxOpenZones, OptionalInt maxActiveZones)
    implements ZoneFiles {
  private static final Logger LOG = LoggerFactory.getLogger(KernelZoneFiles.class);

  private static final String TYPE = "zonefs";
  private static final Path DEVICES = Path.of("/sys/dev/block");
  private static final Path MOUNTS = Path.of("/sys/fs/zonefs");
  private static final int SECTOR_BYTES = 512;

  /**
   * Looks at what is mounted.
   *
   * @throws ZonefsException if it is not zonefs
   */
  static KernelZoneFiles of(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new ZonefsException(
          directory + ": there is no such directory; give one where zonefs is mounted");
    }
    String type = Files.getFileStore(directory).type();
    if (!type.equals(TYPE)) {
      throw new ZonefsException(
          directory
              + " is no mount of zonefs, but of "
              + type
              + "; 'mkzonefs DEVICE' and 'mount -t zonefs DEVICE DIR' make one of a zoned drive");
    }
    Path device = DEVICES.resolve(FileFacts.of(directory).device());
    Path attributes = MOUNTS.resolve(device.toRealPath().getFileName().toString());
    Path queue = device.resolve("queue");
    return new KernelZoneFiles(
        number(queue.resolve("chunk_sectors")) * SECTOR_BYTES,
        limit(attributes.resolve("max_wro_seq_files"), queue.resolve("max_open_zones")),
        limit(attributes.resolve("max_active_seq_files"), queue.resolve("max_active_zones")));
  }

  private static OptionalInt limit(Path attribute, Path ofDevice) {
    long limit = number(Files.exists(attribute) ? attribute : ofDevice);
    return limit == 0 ? OptionalInt.empty() : OptionalInt.of((int) limit);
  }

  /** An attribute; 0 if the kernel has none. */
  private static long number(Path attribute) {
    try {
      return Long.parseLong(Files.readString(attribute).strip());
    } catch (IOException | NumberFormatException unknown) {
      LOG.debug("{} is not known", attribute, unknown);
      return 0;
    }
  }

  @Override
  public FileFacts facts(Path file) throws IOException {
    return FileFacts.of(file);
  }

  @Override
  public NativeFile open(Path file, boolean writes) throws IOException {
    return NativeFile.open(
        file, writes ? EnumSet.of(Option.WRITE, Option.DIRECT) : EnumSet.of(Option.DIRECT));
  }
}
