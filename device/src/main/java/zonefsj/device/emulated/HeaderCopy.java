// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.KnownFormat;
import zonefsj.device.block.NativeFile;

/**
 * The copies of the header.
 *
 * <p>One is in the 4096 bytes before the zones, where the table leaves them: for a header that
 * cannot be read, in a file or on a drive.
 *
 * <p>One is on a drive on which zones are emulated, in its last whole 4096 bytes. What tools write
 * to drives by mistake they write to the beginning; without the copy nothing would tell then that
 * the drive holds a filesystem. A file has none there: it has a name, and is longer than what a
 * slip of the hand would overwrite.
 *
 * <p>Stateless and thread-safe.
 */
final class HeaderCopy {
  private static final Logger LOG = LoggerFactory.getLogger(HeaderCopy.class);

  private HeaderCopy() {}

  /** How much of a drive's end is not used for zones, at most. */
  static final long RESERVED_BYTES = 2L * ImageHeader.BYTES;

  /** Tables are no longer than that, so zones begin there at the latest. */
  private static final long MOST_DATA_OFFSET_BYTES = 16 << 20;

  /** Where the copy is on a drive of some size. */
  static long positionBytes(long driveBytes) {
    return driveBytes / ImageHeader.BYTES * ImageHeader.BYTES - ImageHeader.BYTES;
  }

  /**
   * A copy, where it is needed and may be believed: it is this drive's, not that of a partition at
   * its end, and nothing else that is known is at the drive's beginning, for then the drive was
   * given to somebody else. In a file, only instead of a header that cannot be read.
   *
   * @return {@link ImageHeader#BYTES} bytes, or null
   */
  static @Nullable ByteBuffer insteadOf(DriveStart start, NativeFile drive, ImageLocation place)
      throws IOException {
    ByteBuffer look = start.bytes();
    if (ImageHeader.isWhole(look) || isForeign(look)) {
      return null;
    }
    ByteBuffer atEnd = place.isDrive() ? atEnd(drive) : null;
    return atEnd == null && start.hasUnreadableHeader() ? beforeZones(drive, place) : atEnd;
  }

  /**
   * The copy before the zones. It names the place that it has, so it is not that of an image within
   * the zones.
   */
  private static @Nullable ByteBuffer beforeZones(NativeFile drive, ImageLocation place)
      throws IOException {
    for (long data = ImageHeader.DATA_ALIGNMENT_BYTES;
        data <= Math.min(MOST_DATA_OFFSET_BYTES, drive.sizeBytes());
        data += ImageHeader.DATA_ALIGNMENT_BYTES) {
      ByteBuffer copy = readOrNull(drive, data - ImageHeader.BYTES);
      if (copy != null
          && ImageHeader.isWhole(copy)
          && ImageHeader.decode(copy, place).dataOffsetBytes() == data) {
        return copy;
      }
    }
    return null;
  }

  private static @Nullable ByteBuffer atEnd(NativeFile drive) throws IOException {
    ByteBuffer copy = readOrNull(drive, positionBytes(drive.sizeBytes()));
    return copy != null
            && ImageHeader.isWhole(copy)
            && ImageHeader.driveBytes(copy) == drive.sizeBytes()
        ? copy
        : null;
  }

  /** Whether a drive begins with our header, whole or damaged. */
  static boolean isOurs(ByteBuffer look) {
    return ImageHeader.isWhole(look) || (ImageHeader.hasMagic(look) && !isForeign(look));
  }

  /** A partition table may come to stand behind our magic, in what was a header. */
  private static boolean isForeign(ByteBuffer look) {
    ByteBuffer others = ByteBuffer.allocate(look.limit()).put(look.duplicate().rewind()).flip();
    if (ImageHeader.hasMagic(look)) {
      others.putLong(0, 0);
    }
    return KnownFormat.detect(others)
        .filter(format -> format != KnownFormat.ZONEFSJ_IMAGE)
        .isPresent();
  }

  /** Writes the copies, if there is room for them and they are not there yet. */
  static void keep(ImageHeader header, NativeFile drive, ImageLocation place) throws IOException {
    boolean isNew = false;
    long beforeZones = header.dataOffsetBytes() - ImageHeader.BYTES;
    if (beforeZones >= header.tableEndBytes()) {
      isNew = keepAt(beforeZones, header.encode(), drive);
    }
    long atEnd = positionBytes(drive.sizeBytes());
    if (place.isDrive() && atEnd >= header.fileBytes()) {
      isNew |= keepAt(atEnd, header.encode(drive.sizeBytes()), drive);
    }
    if (isNew) {
      drive.sync();
    }
  }

  private static boolean keepAt(long position, ByteBuffer bytes, NativeFile drive)
      throws IOException {
    if (bytes.equals(readOrNull(drive, position))) {
      return false;
    }
    drive.write(position, bytes);
    return true;
  }

  private static @Nullable ByteBuffer readOrNull(NativeFile drive, long position) {
    if (position < ImageHeader.BYTES) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(ImageHeader.BYTES);
    try {
      drive.read(position, bytes);
    } catch (IOException unreadable) {
      LOG.warn("a copy of the header, at byte {}, cannot be read", position, unreadable);
      return null;
    }
    return bytes.flip();
  }
}
