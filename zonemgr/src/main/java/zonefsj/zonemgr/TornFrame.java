// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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

  /** Reads of a walk, each after a seek at worst: two or three seconds on a hard disk. */
  private static final int MOST_READS = 256;

  private static final Logger LOG = LoggerFactory.getLogger(TornFrame.class);

  private final ZonedDevice device;
  private final int unitBytes;
  private final long startBytes;
  private final long pointerBytes;

  private TornFrame(ZonedDevice device, long startBytes, long pointerBytes) {
    this.device = device;
    this.unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    this.startBytes = startBytes;
    this.pointerBytes = pointerBytes;
  }

  /**
   * Searches for a torn frame before the write pointer. Reads the range that the longest frame can
   * have left, at most 2 MiB; if there is a header whose frame ends behind the write pointer, it
   * also reads the headers of the zone's frames, because content of a file can look like one.
   *
   * @param startBytes absolute position of the zone
   * @param pointerBytes absolute position of its write pointer
   * @return absolute position of the intended end of the frame, at most 2 MiB behind the write
   *     pointer; the write pointer if there is no such frame
   * @throws IOException if the drive cannot read there
   */
  static long endBytes(ZonedDevice device, long startBytes, long pointerBytes) throws IOException {
    TornFrame search = new TornFrame(device, startBytes, pointerBytes);
    long suspected = search.highestEndBytes();
    return suspected == pointerBytes ? pointerBytes : search.verified(suspected);
  }

  /** The highest end of what looks like a frame; the write pointer if none ends behind it. */
  private long highestEndBytes() throws IOException {
    long written = pointerBytes - startBytes;
    long end = written;
    ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);
    long at = Math.max(0, FrameHeader.roundUp(written - LONGEST_BYTES, unitBytes));
    while (at < written) {
      int length = (int) Math.min(WINDOW_BYTES, written - at);
      device.read(startBytes + at, window.clear().limit(length));
      for (int unit = 0; unit < length; unit += unitBytes) {
        FrameHeader header = FrameHeader.decode(window.position(unit));
        if (header != null && isInDataZone(header)) {
          end = Math.max(end, at + unit + header.frameBytes());
        }
      }
      at += length;
    }
    return startBytes + end;
  }

  /**
   * The end of the last frame, by a walk from the start of the zone; the suspected one if the walk
   * meets a place that has no header or cannot be read, or takes too long: the first write after a
   * crash waits for it.
   */
  private long verified(long suspectedBytes) {
    ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);
    long windowAt = startBytes;
    int length = 0;
    int reads = 0;
    long at = startBytes;
    while (at < pointerBytes) {
      if (at >= windowAt + length) {
        if (reads++ == MOST_READS) {
          LOG.info("the frames of the zone at byte {} are too many to be looked at", startBytes);
          return suspectedBytes;
        }
        windowAt = at;
        length = (int) Math.min(WINDOW_BYTES, pointerBytes - at);
        try {
          device.read(at, window.clear().limit(length));
        } catch (IOException unreadable) {
          LOG.warn("the head of a frame at byte {} cannot be read", at, unreadable);
          return suspectedBytes;
        }
      }
      FrameHeader header = FrameHeader.decode(window.limit(length).position((int) (at - windowAt)));
      if (header == null || !isInDataZone(header)) {
        return suspectedBytes;
      }
      at += header.frameBytes();
    }
    return at;
  }

  private boolean isInDataZone(FrameHeader header) {
    return header.frameBytes() <= LONGEST_BYTES && header.frameBytes() % unitBytes == 0;
  }
}
