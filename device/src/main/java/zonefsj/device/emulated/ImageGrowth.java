// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * Gives an image more zones when its file or drive has become longer.
 *
 * <p>The table grows towards the zones, which stay where they are, and leaves the copy of the
 * header its place. The order of the writes, each durable before the next:
 *
 * <ol>
 *   <li>The entries of the new zones become zeros, the bytes in their place are released.
 *   <li>The copies of the header have the new number of zones.
 *   <li>The header has it.
 * </ol>
 *
 * A crash before the third leaves the old number of zones, since a header counts more than its
 * copies. A crash within it can leave a header of old and new sectors; {@link
 * HeaderCopy#insteadOfTorn} then finds the new one.
 *
 * <p>Stateless and thread-safe.
 */
final class ImageGrowth {
  private static final int PIECE_BYTES = 64 << 10;

  private ImageGrowth() {}

  /**
   * Number of whole zones for which there is room; the number of zones if that is not more, or if
   * the image cannot grow at all.
   *
   * @param mediumBytes size of the file or drive
   */
  static int zones(ImageHeader header, long mediumBytes, ImageLocation place) {
    int now = header.zones();
    boolean grows = hasRoom(header, mediumBytes, place) && !hasShortZone(header);
    return grows
        ? Math.max(now, (int) Math.min(wholeZones(header, mediumBytes, place), mostZones(header)))
        : now;
  }

  /**
   * Gives an image all whole zones for which there is room.
   *
   * @return its header afterwards; the given one if there is no room
   * @throws ImageException with a one-line message, before the first write, if the image cannot use
   *     the room
   */
  static ImageHeader grow(ImageLocation place, ImageHeader header, ImageMedium medium)
      throws IOException {
    long mediumBytes = medium.sizeBytes();
    if (!hasRoom(header, mediumBytes, place)) {
      return header;
    }
    EmulatedGeometry before = header.geometry();
    if (hasShortZone(header)) {
      throw new ImageException(
          place.path()
              + ": the image cannot grow: its last zone, "
              + (before.zoneCount() - 1)
              + ", is shorter than the others, so no zone can follow it");
    }
    long room = wholeZones(header, mediumBytes, place);
    if (room > mostZones(header)) {
      throw new ImageException(
          place.path()
              + ": the image has room for "
              + room
              + " zones, but its table has room for "
              + mostZones(header)
              + (place.isDrive()
                  ? " only"
                  : " only, which take a file of "
                      + (header.dataOffsetBytes() + mostZones(header) * before.zoneSizeBytes())
                      + " bytes"));
    }
    ImageHeader grown = header.with(before.withSizeBytes(room * before.zoneSizeBytes()));
    wipe(medium, header.tableEndBytes(), grown.tableEndBytes());
    medium.release(
        header.dataOffsetBytes() + before.sizeBytes(),
        grown.geometry().sizeBytes() - before.sizeBytes());
    medium.sync();
    for (Map.Entry<Long, ByteBuffer> copy : HeaderCopy.of(grown, mediumBytes, place).entrySet()) {
      medium.write(copy.getKey(), copy.getValue());
    }
    medium.sync();
    medium.write(0, grown.encode());
    medium.sync();
    return grown;
  }

  private static boolean hasRoom(ImageHeader header, long mediumBytes, ImageLocation place) {
    EmulatedGeometry geometry = header.geometry();
    return wholeZones(header, mediumBytes, place) > geometry.sizeBytes() / geometry.zoneSizeBytes();
  }

  private static boolean hasShortZone(ImageHeader header) {
    return header.geometry().sizeBytes() % header.geometry().zoneSizeBytes() != 0;
  }

  private static long wholeZones(ImageHeader header, long mediumBytes, ImageLocation place) {
    long reserved = place.isDrive() ? HeaderCopy.RESERVED_BYTES : 0;
    return (mediumBytes - header.dataOffsetBytes() - reserved) / header.geometry().zoneSizeBytes();
  }

  /** The table keeps clear of the copy: without it, a header torn by a crash could not be read. */
  private static long mostZones(ImageHeader header) {
    return Math.min(EmulatedGeometry.MAX_ZONES, header.mostZones());
  }

  /** Writes zeros where there are other bytes: the table of a file is sparse. */
  private static void wipe(ImageMedium medium, long from, long to) throws IOException {
    for (long at = from; at < to; at += PIECE_BYTES) {
      int length = (int) Math.min(PIECE_BYTES, to - at);
      ByteBuffer zeros = ByteBuffer.allocate(length);
      ByteBuffer found = ByteBuffer.allocate(length);
      medium.read(at, found);
      if (!found.flip().equals(zeros)) {
        medium.write(at, zeros);
      }
    }
  }
}
