// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.device.ZonedDevice;

/**
 * A frame of which a failed write or a crash left only the beginning. A reader that walks a zone
 * from frame to frame takes the length from the header, so the next frame must not begin before the
 * end of this length. See FORMAT.md, "Frames".
 */
final class TornFrame {
  /** Longest frame in a zone of file data; padding that is longer consists of several frames. */
  private static final int LONGEST_BYTES = FrameKind.CHUNK.maxFrameBytes();

  private static final int WINDOW_BYTES = 256 << 10;

  private TornFrame() {}

  /**
   * Searches for a torn frame before the write pointer. Reads the range that the longest frame can
   * have left, at most 2 MiB.
   *
   * @param startBytes absolute position of the zone
   * @param pointerBytes absolute position of its write pointer
   * @return absolute position of the intended end of the frame; the write pointer if there is no
   *     such frame
   * @throws IOException if the drive cannot read there
   */
  static long endBytes(ZonedDevice device, long startBytes, long pointerBytes) throws IOException {
    int blockBytes = device.geometry().blockSizeBytes();
    int unitBytes = FrameHeader.unitBytes(blockBytes);
    long written = pointerBytes - startBytes;
    long at = Math.max(0, FrameHeader.roundUp(written - LONGEST_BYTES, unitBytes));
    long end = written;
    ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);
    while (at < written) {
      int length = (int) Math.min(WINDOW_BYTES, written - at);
      device.read(startBytes + at, window.clear().limit(length));
      for (int unit = 0; unit < length; unit += unitBytes) {
        FrameHeader header = FrameHeader.decode(window.position(unit));
        if (header != null && mayBeTorn(header)) {
          end = Math.max(end, at + unit + header.frameBytes());
        }
      }
      at += length;
    }
    return startBytes + end;
  }

  /**
   * Whether a zone of file data can contain such a frame. Applications can write what looks like a
   * header: the limit of its length is what this can cost.
   */
  private static boolean mayBeTorn(FrameHeader header) {
    return (header.kind() == FrameKind.CHUNK || header.kind() == FrameKind.PADDING)
        && header.frameBytes() <= LONGEST_BYTES;
  }
}
