// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceModel;
import zonefsj.device.mounts.MountTable;
import zonefsj.device.mounts.MountTableEntry;

/**
 * The properties of a block device; those of Linux are in {@code /sys} and {@code /proc}, and read
 * without opening it. Immutable.
 *
 * @param model zone model
 * @param blockSizeBytes the larger of logical block size and zone write granularity
 * @param zoneCount number of zones; 0 without zones
 * @param zoneSizeBytes distance between zones; 0 without zones
 * @param sizeBytes size of the device
 * @param maxOpenZones limit of open zones; the kernel's 0 means none
 * @param maxActiveZones limit of active zones; the kernel's 0 means none
 * @param maxRequestBytes the kernel splits a longer write into requests, which it may reorder
 * @param partition whether it is a partition of another device
 * @param readOnly whether it refuses writes
 * @param users descriptions of its users: mount points, swap, other devices on top of it
 */
public record BlockDeviceFacts(
    DeviceModel model,
    int blockSizeBytes,
    int zoneCount,
    long zoneSizeBytes,
    long sizeBytes,
    OptionalInt maxOpenZones,
    OptionalInt maxActiveZones,
    int maxRequestBytes,
    boolean partition,
    boolean readOnly,
    List<String> users) {

  static final int SECTOR_BYTES = 512;

  private static final Path SYS = Path.of("/sys");
  private static final Path PROC = Path.of("/proc");

  /**
   * The kernel's defaults for drives that report no limits: BLK_SAFE_MAX_SECTORS, BLK_MAX_SEGMENTS.
   */
  private static final int DEFAULT_REQUEST_KIB = 127;

  private static final int DEFAULT_SEGMENTS = 128;

  /** Virtually contiguous pages may not be contiguous for the drive. */
  private static final long SEGMENT_BYTES = 4096;

  /** BIO_MAX_VECS. */
  private static final long MAX_SEGMENTS = 256;

  /** Copies the list. */
  public BlockDeviceFacts {
    users = List.copyOf(users);
  }

  /** Whether a path refers to a block device. */
  public static boolean isBlockDevice(Path path) throws IOException {
    Object mode = Files.getAttribute(path, "unix:mode");
    return mode instanceof Integer bits && BlockSystem.current().isDrive(bits);
  }

  /**
   * Reads the properties of a block device.
   *
   * @param path the device's node
   * @throws IOException if it is not a block device, or the kernel does not report it
   */
  public static BlockDeviceFacts of(Path path) throws IOException {
    return BlockSystem.current().facts(path);
  }

  /** As above, on Linux. */
  static BlockDeviceFacts inSysfs(Path path) throws IOException {
    if (!(Files.getAttribute(path, "unix:rdev") instanceof Long number)) {
      throw new BlockDeviceException(path + ": its device number is not known");
    }
    return read(SYS, PROC, path.toRealPath(), major(number), minor(number));
  }

  /** The maker's name of a drive; empty if it has none, or the path is that of no drive. */
  public static String modelOf(Path path) {
    try {
      return isBlockDevice(path) && Files.getAttribute(path, "unix:rdev") instanceof Long number
          ? modelOf(SYS, major(number), minor(number))
          : "";
    } catch (IOException unknown) {
      return "";
    }
  }

  /** As above, from a given sysfs path, for tests. */
  static String modelOf(Path sys, int major, int minor) throws IOException {
    Path device = sys.resolve("dev/block/" + major + ":" + minor);
    boolean partition = Files.exists(device.resolve("partition"));
    Path whole = partition ? device.toRealPath().resolve("..") : device;
    return word(whole.resolve("device/model"), "");
  }

  /**
   * Checks that a device accepts writes.
   *
   * @param node its name for the message
   * @throws BlockDeviceException with a one-line message if it does not
   */
  public void checkWritable(Path node) throws BlockDeviceException {
    if (readOnly) {
      throw new BlockDeviceException(
          node
              + " takes no writes: the drive or its driver says that it is read-only ('blockdev"
              + " --getro'); mount it with -o ro, or make it writable");
    }
  }

  /**
   * The file, or other block device, whose whole content a loop device shows.
   *
   * @param path the device's node
   * @return null for any other device; also if the loop device shows a part of the file, or the
   *     name of the file is not accessible here
   * @throws IOException if it is not a block device, or the kernel does not report it
   */
  public static @Nullable Path behindLoop(Path path) throws IOException {
    return Files.getAttribute(path, "unix:rdev") instanceof Long number
        ? behindLoop(SYS, major(number), minor(number))
        : null;
  }

  /** As above, from a given sysfs path, for tests. */
  static @Nullable Path behindLoop(Path sys, int major, int minor) throws IOException {
    Path loop = sys.resolve("dev/block/" + major + ":" + minor + "/loop");
    Path name = loop.resolve("backing_file");
    if (!Files.exists(name)
        || number(loop.resolve("offset"), 0) != 0
        || number(loop.resolve("sizelimit"), 0) != 0) {
      return null;
    }
    try {
      // A name may end with a blank and contain any bytes; only the final newline is the kernel's.
      String text = Files.readString(name);
      String file = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
      // The kernel says so of a removed file, and whoever may write there could make one so named.
      return file.endsWith(" (deleted)") ? null : existing(Path.of(file));
    } catch (CharacterCodingException | InvalidPathException strange) {
      return null;
    }
  }

  private static @Nullable Path existing(Path file) throws IOException {
    return Files.isRegularFile(file) || (Files.exists(file) && isBlockDevice(file)) ? file : null;
  }

  /** Major part of a device number, in the encoding of the C library. */
  static int major(long device) {
    return (int) (((device >>> 8) & 0xfff) | ((device >>> 32) & ~0xfffL));
  }

  /** Minor part of a device number, in the encoding of the C library. */
  static int minor(long device) {
    return (int) ((device & 0xff) | ((device >>> 12) & ~0xffL));
  }

  /**
   * Reads the properties from given paths, for tests.
   *
   * @param sys mount point of sysfs
   * @param proc mount point of procfs
   * @param node the device's own node, to find it among mounts
   */
  static BlockDeviceFacts read(Path sys, Path proc, Path node, int major, int minor)
      throws IOException {
    Path device = sys.resolve("dev/block/" + major + ":" + minor);
    if (!Files.isDirectory(device)) {
      throw new BlockDeviceException(
          node + ": the kernel has no block device " + major + ":" + minor + " (" + device + ")");
    }
    boolean partition = Files.exists(device.resolve("partition"));
    Path queue = partition ? device.toRealPath().resolveSibling("queue") : device.resolve("queue");
    DeviceModel model = model(word(queue.resolve("zoned"), "none"));
    long logical = number(queue.resolve("logical_block_size"), SECTOR_BYTES);
    long granularity = number(queue.resolve("zone_write_granularity"), 0);
    int blockSizeBytes = Math.toIntExact(Math.max(logical, granularity));
    return new BlockDeviceFacts(
        model,
        blockSizeBytes,
        Math.toIntExact(number(queue.resolve("nr_zones"), 0)),
        model == DeviceModel.NONE ? 0 : number(queue.resolve("chunk_sectors"), 0) * SECTOR_BYTES,
        number(device.resolve("size"), 0) * SECTOR_BYTES,
        limit(number(queue.resolve("max_open_zones"), 0)),
        limit(number(queue.resolve("max_active_zones"), 0)),
        maxRequestBytes(queue, blockSizeBytes),
        partition,
        number(device.resolve("ro"), 0) != 0,
        users(device, proc, node, major + ":" + minor));
  }

  /** Valid for memory that is aligned to pages. */
  private static int maxRequestBytes(Path queue, int blockSizeBytes) throws IOException {
    long segments = number(queue.resolve("max_segments"), DEFAULT_SEGMENTS);
    long most =
        Math.min(
            number(queue.resolve("max_sectors_kb"), DEFAULT_REQUEST_KIB) << 10,
            Math.min(segments, MAX_SEGMENTS) * SEGMENT_BYTES);
    return (int) Math.max(blockSizeBytes, most / blockSizeBytes * blockSizeBytes);
  }

  private static DeviceModel model(String word) {
    return switch (word) {
      case "host-managed" -> DeviceModel.HOST_MANAGED;
      case "host-aware" -> DeviceModel.HOST_AWARE;
      default -> DeviceModel.NONE;
    };
  }

  private static OptionalInt limit(long number) {
    return number == 0 ? OptionalInt.empty() : OptionalInt.of(Math.toIntExact(number));
  }

  private static List<String> users(Path device, Path proc, Path node, String numbers)
      throws IOException {
    List<String> users = new ArrayList<>();
    Path mountInfo = proc.resolve("self/mountinfo");
    if (Files.exists(mountInfo)) {
      int uid = (Integer) Files.getAttribute(proc.resolve("self"), "unix:uid");
      for (MountTableEntry mount : MountTable.read(mountInfo).entries()) {
        if (mount.device().equals(numbers) || isSourceOf(mount, node, uid)) {
          users.add("mounted at " + mount.mountPoint());
        }
      }
    }
    for (String line : lines(proc.resolve("swaps"))) {
      if (line.startsWith(node + " ") || line.startsWith(node + "\t")) {
        users.add("used as swap space");
      }
    }
    Path holders = device.resolve("holders");
    if (Files.isDirectory(holders)) {
      try (DirectoryStream<Path> each = Files.newDirectoryStream(holders)) {
        for (Path holder : each) {
          users.add("held by " + holder.getFileName());
        }
      }
    }
    return users;
  }

  /**
   * Whether a mount without the device's number says that it is of the device, as filesystems on
   * several devices do. Any user can say so by a FUSE mount: only the user's own mounts count.
   */
  private static boolean isSourceOf(MountTableEntry mount, Path node, int uid) {
    boolean isTrusted =
        !mount.isFuse() || (mount.mounterUid().isPresent() && mount.mounterUid().getAsInt() == uid);
    return isTrusted && mount.source().equals(node.toString());
  }

  private static List<String> lines(Path file) throws IOException {
    // Names of swap files may have any bytes.
    return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.ISO_8859_1) : List.of();
  }

  private static String word(Path file, String absent) throws IOException {
    return Files.exists(file) ? Files.readString(file).strip() : absent;
  }

  private static long number(Path file, long absent) throws IOException {
    String word = word(file, Long.toString(absent));
    try {
      return Long.parseLong(word);
    } catch (NumberFormatException e) {
      throw unexpected(file, word, e);
    }
  }

  private static BlockDeviceException unexpected(Path file, String word, Throwable cause) {
    return new BlockDeviceException(file + ": '" + word + "' is not a number", cause);
  }
}
