// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

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
 * device itself. Table and zones are not sparse there; what the device cannot give back (discard)
 * stays until it is overwritten, and is never read.
 *
 * <p>Stateless and thread-safe.
 */
public final class EmulatedDisk {
  private static final Logger LOG = LoggerFactory.getLogger(EmulatedDisk.class);

  private static final int SMALLEST_BLOCK_BYTES = 4096;

  /** Larger zones on larger drives, so that the table of states stays in a few megabytes. */
  private static final long MOST_ZONES = 1 << 16;

  /** Of less, the table and what is rounded away would be a quarter. */
  private static final long SMALLEST_BYTES = 8 << 20;

  private static final int WIPE_BYTES = 1 << 20;

  private EmulatedDisk() {}

  /**
   * Whether zones are, or could be, emulated on what a path leads to: a block device, or a
   * partition, of a drive without zones.
   */
  public static boolean isConventional(Path path) throws IOException {
    return BlockDeviceFacts.isBlockDevice(path)
        && BlockDeviceFacts.of(path).model() == DeviceModel.NONE;
  }

  /**
   * What the beginning of a conventional drive looks like: an image where zones are emulated
   * already, or whatever else may be there.
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
   * Whether zones are emulated on a conventional drive already, even if their header is damaged.
   */
  public static boolean isEmulated(Path path) throws IOException {
    try (NativeFile file = open(path, DeviceAccess.READ_ONLY)) {
      DriveStart start = DriveStart.of(file::read, file.sizeBytes());
      return HeaderCopy.isOurs(start.bytes())
          || HeaderCopy.insteadOf(start, file, ImageLocation.of(path)) != null;
    }
  }

  /**
   * Writes the header of emulated zones, on a drive or in a file, back from its copy.
   *
   * @return false if that is not necessary, or there is no copy; nothing was written then. Also if
   *     it could not be read and cannot be written either: then its copy goes on serving
   * @throws ImageException in one clear line if it is in use, if the table is lost, too, or if it
   *     cannot be written
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
    // What it leads to must be there.
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
   * Emulates zones on a conventional drive. What it held is gone.
   *
   * @return the zones
   * @throws ImageException in one clear line if it is in use, too small, or cannot be written
   */
  public static EmulatedGeometry create(Path path) throws IOException {
    BlockDeviceFacts facts = BlockDeviceFacts.of(path);
    ImageHeader header =
        new ImageHeader(
            ImageHeader.Features.NONE,
            UUID.randomUUID(),
            System.currentTimeMillis(),
            geometry(path, facts));
    try (LockedFile locked = lock(ImageLocation.of(path))) {
      NativeFile file = locked.file();
      // In this order: an interrupted one leaves a drive without a header, not one with old states.
      wipe(file, 0, header.dataOffsetBytes());
      // The second copy of a partition table, too, from which some tools would mend the first.
      long end = facts.sizeBytes() / facts.blockSizeBytes() * facts.blockSizeBytes();
      wipe(file, HeaderCopy.positionBytes(facts.sizeBytes()), end);
      file.sync();
      file.write(0, header.encode());
      file.sync();
      HeaderCopy.keep(header, file, ImageLocation.of(path));
    }
    return header.geometry();
  }

  private static LockedFile lock(ImageLocation place) throws IOException {
    return LockedFile.lock(place, open(place.path(), DeviceAccess.READ_WRITE), false);
  }

  /**
   * Opens a conventional drive; for writing only if nobody else uses it.
   *
   * @throws ImageException in one clear line
   */
  static NativeFile open(Path path, DeviceAccess access) throws IOException {
    BlockDeviceFacts facts = BlockDeviceFacts.of(path);
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

  /** As many whole zones as there is room for between their table and the copy of the header. */
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
