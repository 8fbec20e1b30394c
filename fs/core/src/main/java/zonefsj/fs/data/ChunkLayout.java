// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import zonefsj.zonemgr.BlockChecksums;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.FrameHeader;

/**
 * Computes the positions of the pieces of one chunk and the length of its frame. The same
 * arithmetic decides whether a piece fits and how the frame is written, so no frame is longer than
 * the space that it was packed for.
 *
 * <p>A frame consists of its header and summary, rounded up to a unit, then the data, rounded up to
 * a unit. The data begin at a unit and no alignment is larger, so the offset of a piece from the
 * first byte of the data does not depend on the summary.
 *
 * <p>Not thread-safe.
 */
final class ChunkLayout {
  private static final int SMALL_ALIGNMENT_BYTES = 64;

  /** Data of at least this length begin at a unit; for shorter data this would waste too much. */
  private static final int MIN_ALIGNED_BYTES = 64 << 10;

  private final int unitBytes;
  private int payloadBytes = Integer.BYTES;
  private long dataBytes;

  /** Creates an empty chunk. */
  ChunkLayout(int unitBytes) {
    this.unitBytes = unitBytes;
  }

  /** Length of the summary. */
  int payloadBytes() {
    return payloadBytes;
  }

  /** Offset of the data in the frame. */
  int dataStart() {
    return FrameHeader.frameBytes(payloadBytes, unitBytes);
  }

  /** Length of the frame. */
  int frameBytes() {
    return Math.toIntExact(frameBytes(payloadBytes, dataBytes));
  }

  /** Length of the frame with one more piece. */
  long frameBytesWith(int length) {
    return frameBytes(payloadBytes + summaryBytesOf(length), startOf(length) + length);
  }

  /**
   * Adds a piece.
   *
   * @return its offset from the first byte of the data
   */
  int add(int length) {
    long start = startOf(length);
    payloadBytes += summaryBytesOf(length);
    dataBytes = start + length;
    return Math.toIntExact(start);
  }

  /**
   * Length of the longest proper beginning of a piece, in whole units, that fits as one more piece.
   * Its summary can be longer than that of the whole piece, because short data have smaller
   * granules; every candidate is therefore computed.
   *
   * @return 0 if there is none
   */
  int headThatFits(int length, long roomBytes) {
    long most = Math.min(length - 1, roomBytes - frameBytes(payloadBytes, 0) - dataBytes);
    long head = Math.max(0, most) & -(long) unitBytes;
    while (head > 0 && frameBytesWith((int) head) > roomBytes) {
      head -= unitBytes;
    }
    return (int) head;
  }

  private long frameBytes(int payload, long data) {
    return FrameHeader.roundUp((long) FrameHeader.BYTES + payload, unitBytes)
        + FrameHeader.roundUp(data, unitBytes);
  }

  private long startOf(int length) {
    int alignment = length >= MIN_ALIGNED_BYTES ? unitBytes : SMALL_ALIGNMENT_BYTES;
    return FrameHeader.roundUp(dataBytes, alignment);
  }

  /** Bytes that a piece takes in addition to its data, in any chunk. */
  static int overheadBytes(int length) {
    return summaryBytesOf(length)
        + Math.toIntExact(FrameHeader.roundUp(length, SMALL_ALIGNMENT_BYTES) - length);
  }

  private static int summaryBytesOf(int length) {
    return ChunkSummary.pieceBytes(BlockChecksums.countFor(length));
  }
}
