// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceModel;
import zonefsj.device.KnownFormat;
import zonefsj.device.block.BlockDeviceFacts;
import zonefsj.device.block.NativeFile;
import zonefsj.device.block.NativeFile.Option;

/**
 * Zones on a block device that has none: the layout of an image file ({@link ImageFile}), on the
 * device itself. Table and zones are not sparse there: old bytes that the device cannot discard
 * stay until they are overwritten, and are never read.
 *
 * <p>Stateless and thread-safe.
 */
public final class EmulatedDisk {
  private static final Logger LOG = LoggerFactory.getLogger(EmulatedDisk.class);

  private static final int SMALLEST_BLOCK_BYTES = 4096;

  /** Larger drives have larger zones, so that the table of states takes only a few megabytes. */
  private static final long MOST_ZONES = 1 << 16;

  /** On smaller drives, the table and rounding would take a quarter. */
  private static final long SMALLEST_BYTES = 8 << 20;

  private static final int WIPE_BYTES = 1 << 20;

  private EmulatedDisk() {}

  /** A check of zones before they are emulated. */
  @FunctionalInterface
  public interface GeometryCheck {
    /**
     * Checks the zones.
     *
     * @throws IOException if they are not to be emulated
     */
    void check(EmulatedGeometry zones) throws IOException;
  }

  /**
   * Whether zones are, or could be, emulated at a path: on a block device, or a partition, of a
   * drive without zones.
   */
  public static boolean isConventional(Path path) throws IOException {
    return BlockDeviceFacts.isBlockDevice(path)
        && BlockDeviceFacts.of(path).model() == DeviceModel.NONE;
  }

  /**
   * Reads the beginning of a conventional drive: an image if zones are already emulated, or other
   * content.
   *
   * @return up to {@link KnownFormat#LOOK_BYTES} bytes, from index 0 to the limit
   * @throws IOException if it cannot be read
   */
  public static ByteBuffer look(Path path) throws IOException {
    try (NativeFile file = open(path, DeviceAccess.READ_ONLY)) {
      ByteBuffer start =
          ByteBuffer.allocate((int) Math.min(file.sizeBytes(), KnownFormat.LOOK_BYTES));
      file.read(0, start);
      return start.flip();
    }
  }

  /**
   * Whether zones are already emulated on a conventional drive, even if their header is damaged.
   */
  public static boolean isEmulated(Path path) throws IOException {
    try (NativeFile file = open(path, DeviceAccess.READ_ONLY)) {
      DriveStart start = DriveStart.of(file::read, file.sizeBytes());
      return HeaderCopy.isOurs(start.bytes())
          || HeaderCopy.insteadOf(start, file, ImageLocation.of(path)) != null;
    }
  }

  /**
   * Restores the header of emulated zones, on a drive or in a file, from its copy.
   *
   * @return false if the header is intact or there is no copy, and nothing was written; also if the
   *     header can be neither read nor written, so that its copy stays in use
   * @throws ImageException with a one-line message if it is in use, if the table is lost, too, or
   *     if it cannot be written
   */
  public static boolean restoreHeader(Path path) throws IOException {
    ImageLocation place = ImageLocation.of(path);
    try (LockedFile locked = LockedFile.lock(place, ImageFile.open(place, false), false)) {
      NativeFile file = locked.file();
      return restoreHeader(place, locked, DriveStart.of(file::read, file.sizeBytes()));
    }
  }

  static boolean restoreHeader(ImageLocation place, LockedFile locked, DriveStart start)
      throws IOException {
    NativeFile file = locked.file();
    if (HeaderCopy.insteadOf(start, file, place) == null) {
      return false;
    }
    // Check that the rest of the image is there.
    ImageHeader header = ImageFile.load(place, locked, start, true).header();
    try {
      file.write(0, header.encode());
      file.sync();
      return true;
    } catch (IOException dead) {
      if (!start.hasUnreadableHeader()) {
        throw dead;
      }
      LOG.warn("{}: the header cannot be written, either; a copy serves", place.path(), dead);
      return false;
    }
  }

  /**
   * Emulates zones on a conventional drive. Its previous content is lost.
   *
   * @param check refuses zones that the caller cannot use; it runs before the first write
   * @return the zones
   * @throws ImageException with a one-line message if it is in use, too small, or cannot be written
   */
  public static EmulatedGeometry create(Path path, GeometryCheck check) throws IOException {
    return create(ImageLocation.of(path), BlockDeviceFacts.of(path), check);
  }

  /** As above, on a drive with given properties, for tests. */
  static EmulatedGeometry create(ImageLocation place, BlockDeviceFacts facts, GeometryCheck check)
      throws IOException {
    ImageHeader header =
        new ImageHeader(
            ImageHeader.Features.NONE,
            UUID.randomUUID(),
            System.currentTimeMillis(),
            geometry(place.path(), facts));
    check.check(header.geometry());
    NativeFile opened = open(place.path(), facts, DeviceAccess.READ_WRITE);
    try (LockedFile locked = LockedFile.lock(place, opened, false)) {
      NativeFile file = locked.file();
      // In this order, an interruption leaves a drive without a header, not one with old states.
      wipe(file, 0, header.dataOffsetBytes());
      // Also wipe the second copy of a partition table, from which some tools would restore the
      // first.
      long end = facts.sizeBytes() / facts.blockSizeBytes() * facts.blockSizeBytes();
      wipe(file, HeaderCopy.positionBytes(facts.sizeBytes()), end);
      file.sync();
      file.write(0, header.encode());
      file.sync();
      HeaderCopy.keep(header, file, place);
    }
    return header.geometry();
  }

  /**
   * Opens a conventional drive; for writing only if it has no other user.
   *
   * @throws ImageException with a one-line message
   */
  static NativeFile open(Path path, DeviceAccess access) throws IOException {
    return open(path, BlockDeviceFacts.of(path), access);
  }

  private static NativeFile open(Path path, BlockDeviceFacts facts, DeviceAccess access)
      throws IOException {
    List<String> users = facts.users();
    boolean readOnly = access == DeviceAccess.READ_ONLY;
    if (!readOnly && !users.isEmpty()) {
      throw new ImageException(
          path + " is in use (" + String.join(", ", users) + "); unmount it first");
    }
    if (!readOnly) {
      facts.checkWritable(path);
    }
    try {
      return NativeFile.open(
          path,
          readOnly ? EnumSet.noneOf(Option.class) : EnumSet.of(Option.WRITE, Option.EXCLUSIVE));
    } catch (IOException e) {
      throw new ImageException(
          path
              + ": the drive cannot be opened ("
              + e.getMessage()
              + "); it may be in use, or take root, or membership in the group 'disk'",
          e);
    }
  }

  private static void wipe(NativeFile file, long from, long end) throws IOException {
    for (long at = from; at < end; at += WIPE_BYTES) {
      file.write(at, ByteBuffer.allocate((int) Math.min(WIPE_BYTES, end - at)));
    }
  }

  /**
   * The zones that {@link #create} emulates on a drive. Writes nothing.
   *
   * @throws IOException if zones cannot be emulated there
   */
  public static EmulatedGeometry geometryOf(Path path) throws IOException {
    return geometry(path, BlockDeviceFacts.of(path));
  }

  /**
   * Opens a conventional drive as {@link #create} does, and keeps others out until the result is
   * closed. Writes nothing.
   *
   * @throws ImageException with a one-line message if it is in use, or cannot be written
   */
  public static Closeable hold(Path path) throws IOException {
    return LockedFile.lock(ImageLocation.of(path), open(path, DeviceAccess.READ_WRITE), false);
  }

  /** The largest number of whole zones that fits between their table and the copy of the header. */
  private static EmulatedGeometry geometry(Path path, BlockDeviceFacts facts)
      throws ImageException {
    int block = Math.max(SMALLEST_BLOCK_BYTES, facts.blockSizeBytes());
    if (facts.sizeBytes() < SMALLEST_BYTES) {
      throw new ImageException(
          path
              + ": zones cannot be emulated on it: it has "
              + ByteSize.format(facts.sizeBytes())
              + ", at least "
              + ByteSize.format(SMALLEST_BYTES)
              + " are needed");
    }
    try {
      EmulatedGeometry whole = zones(facts.sizeBytes() / block * block, block);
      long zone = whole.zoneSizeBytes();
      ImageHeader header = new ImageHeader(ImageHeader.Features.NONE, new UUID(0, 0), 0, whole);
      long room = facts.sizeBytes() - header.dataOffsetBytes() - HeaderCopy.RESERVED_BYTES;
      return zones(room / zone * zone, block, zone);
    } catch (IllegalArgumentException e) {
      throw new ImageException(path + ": zones cannot be emulated on it: " + e.getMessage(), e);
    }
  }

  private static EmulatedGeometry zones(long sizeBytes, int block) {
    long zone = EmulatedGeometry.DEFAULT_ZONE_SIZE_BYTES;
    while (sizeBytes / zone > MOST_ZONES) {
      zone *= 2;
    }
    EmulatedGeometry.Builder builder = EmulatedGeometry.builder(sizeBytes).blockSizeBytes(block);
    return zone > EmulatedGeometry.DEFAULT_ZONE_SIZE_BYTES
        ? builder.zoneSizeBytes(zone).build()
        : builder.build();
  }

  private static EmulatedGeometry zones(long sizeBytes, int block, long zone) {
    return EmulatedGeometry.builder(sizeBytes).blockSizeBytes(block).zoneSizeBytes(zone).build();
  }
}
