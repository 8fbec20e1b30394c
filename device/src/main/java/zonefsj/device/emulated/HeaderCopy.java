// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.KnownFormat;
import zonefsj.device.block.NativeFile;

/**
 * The copies of the header.
 *
 * <p>One is in the 4096 bytes before the zones, if the table leaves them free: it replaces a header
 * that cannot be read, in a file or on a drive.
 *
 * <p>One is in the last whole 4096 bytes of a drive on which zones are emulated. Tools that write
 * to a drive by mistake write to its beginning; without the copy nothing would then show that the
 * drive holds a filesystem. A file has no such copy: it has a name, and a typical mistake
 * overwrites less than the file.
 *
 * <p>An image that grows replaces its copies before its header. The one before the zones also
 * replaces a header that a power failure left half written at that moment.
 *
 * <p>Stateless and thread-safe.
 */
final class HeaderCopy {
  private static final Logger LOG = LoggerFactory.getLogger(HeaderCopy.class);

  private HeaderCopy() {}

  /** Largest number of bytes at a drive's end that zones do not use. */
  static final long RESERVED_BYTES = 2L * ImageHeader.BYTES;

  /** No table is longer, so zones begin at or before this offset. */
  private static final long MOST_DATA_OFFSET_BYTES = 16 << 20;

  /** Position of the copy on a drive of this size. */
  static long positionBytes(long driveBytes) {
    return driveBytes / ImageHeader.BYTES * ImageHeader.BYTES - ImageHeader.BYTES;
  }

  /**
   * A copy, if it is needed and can be trusted: it belongs to this drive, not to a partition at its
   * end, and the beginning of the drive has no other known format, which would mean that the drive
   * has a new use. In a file, only in place of a header that cannot be read.
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
   * The copy before the zones. It contains its own position, so it is not that of an image within
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

  /**
   * The copy before the zones, if the header was being replaced by one with another number of
   * zones, and is now partly the old one and partly the new one.
   *
   * @return {@link ImageHeader#BYTES} bytes, or null if that is not so
   */
  static @Nullable ByteBuffer insteadOfTorn(DriveStart start, NativeFile drive) {
    ByteBuffer look = start.bytes();
    if (start.hasUnreadableHeader()
        || look.limit() < ImageHeader.BYTES
        || !ImageHeader.hasMagic(look)
        || ImageHeader.isWhole(look)) {
      return null;
    }
    long data = ImageHeader.dataOffsetBytes(look);
    if (data <= 0 || data > MOST_DATA_OFFSET_BYTES) {
      return null;
    }
    ByteBuffer copy = readOrNull(drive, data - ImageHeader.BYTES);
    return copy != null && ImageHeader.isWhole(copy) && ImageHeader.isSameButForSize(look, copy)
        ? copy
        : null;
  }

  private static @Nullable ByteBuffer atEnd(NativeFile drive) throws IOException {
    ByteBuffer copy = readOrNull(drive, positionBytes(drive.sizeBytes()));
    return copy != null
            && ImageHeader.isWhole(copy)
            && ImageHeader.driveBytes(copy) == drive.sizeBytes()
        ? copy
        : null;
  }

  /** Whether a drive begins with our header, intact or damaged. */
  static boolean isOurs(ByteBuffer look) {
    return ImageHeader.isWhole(look) || (ImageHeader.hasMagic(look) && !isForeign(look));
  }

  /**
   * Whether the bytes have another known format; a partition table may follow our magic in a former
   * header.
   */
  private static boolean isForeign(ByteBuffer look) {
    ByteBuffer others = ByteBuffer.allocate(look.limit()).put(look.duplicate().rewind()).flip();
    if (ImageHeader.hasMagic(look)) {
      others.putLong(0, 0);
    }
    return KnownFormat.detect(others)
        .filter(format -> format != KnownFormat.ZONEFSJ_IMAGE)
        .isPresent();
  }

  /** Writes the copies if there is space for them and they do not exist yet. */
  static void keep(ImageHeader header, NativeFile drive, ImageLocation place) throws IOException {
    boolean isNew = false;
    for (Map.Entry<Long, ByteBuffer> copy : of(header, drive.sizeBytes(), place).entrySet()) {
      isNew |= keepAt(copy.getKey(), copy.getValue(), drive);
    }
    if (isNew) {
      drive.sync();
    }
  }

  /** The copies for which there is space, by their positions. */
  static SortedMap<Long, ByteBuffer> of(ImageHeader header, long mediumBytes, ImageLocation place) {
    SortedMap<Long, ByteBuffer> copies = new TreeMap<>();
    long beforeZones = header.dataOffsetBytes() - ImageHeader.BYTES;
    if (beforeZones >= header.tableEndBytes()) {
      copies.put(beforeZones, header.encode());
    }
    long atEnd = positionBytes(mediumBytes);
    if (place.isDrive() && atEnd >= header.fileBytes()) {
      copies.put(atEnd, header.encode(mediumBytes));
    }
    return copies;
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
