package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import zonefsj.device.KnownFormat;
import zonefsj.device.block.NativeFile;

/**
 * The copy of the header on a drive on which zones are emulated: in its last whole 4096 bytes. What
 * tools write to drives by mistake they write to the beginning; without the copy nothing would tell
 * then that the drive holds a filesystem. A file has none: it has a name, and is longer than what a
 * slip of the hand would overwrite.
 *
 * <p>Stateless and thread-safe.
 */
final class HeaderCopy {
  private HeaderCopy() {}

  /** How much of a drive's end is not used for zones, at most. */
  static final long RESERVED_BYTES = 2L * ImageHeader.BYTES;

  /** Where the copy is on a drive of some size. */
  static long positionBytes(long driveBytes) {
    return driveBytes / ImageHeader.BYTES * ImageHeader.BYTES - ImageHeader.BYTES;
  }

  /**
   * The copy, where it is needed and may be believed: it is this drive's, not that of a partition
   * at its end, and nothing else that is known is at the drive's beginning, for then the drive was
   * given to somebody else.
   *
   * @param look the first bytes of the drive, see {@link KnownFormat#LOOK_BYTES}
   * @return {@link ImageHeader#BYTES} bytes, or null
   */
  static @Nullable ByteBuffer insteadOf(ByteBuffer look, NativeFile drive) throws IOException {
    if (ImageHeader.isWhole(look) || isForeign(look)) {
      return null;
    }
    ByteBuffer copy = read(drive);
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

  /** Writes the copy, if there is room for it behind the zones and it is not there yet. */
  static void keep(ImageHeader header, NativeFile drive) throws IOException {
    long position = positionBytes(drive.sizeBytes());
    ByteBuffer bytes = header.encode(drive.sizeBytes());
    if (position >= header.fileBytes() && !bytes.equals(read(drive))) {
      drive.write(position, bytes);
      drive.sync();
    }
  }

  private static @Nullable ByteBuffer read(NativeFile drive) throws IOException {
    long position = positionBytes(drive.sizeBytes());
    if (position < ImageHeader.BYTES) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(ImageHeader.BYTES);
    drive.read(position, bytes);
    return bytes.flip();
  }
}
