// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import zonefsj.zonemgr.BlockChecksums;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.FrameHeader;

/**
 * Where the pieces of one chunk lie, and how long its frame is. Whether a piece fits is asked of
 * the same arithmetic that the frame is then written by, so no frame is longer than the room that
 * it was packed for.
 *
 * <p>A frame is its header and summary, rounded up to a unit, then the data, rounded up to a unit.
 * The data begin at a unit and no alignment is larger, so where a piece lies behind the first byte
 * of the data does not depend on the summary.
 *
 * <p>Not thread-safe.
 */
final class ChunkLayout {
  private static final int SMALL_ALIGNMENT_BYTES = 64;

  /** Runs of at least this length begin at a unit; the others would waste too much of it. */
  private static final int MIN_ALIGNED_BYTES = 64 << 10;

  private final int unitBytes;
  private int payloadBytes = Integer.BYTES;
  private long dataBytes;

  /** An empty chunk. */
  ChunkLayout(int unitBytes) {
    this.unitBytes = unitBytes;
  }

  /** Length of the summary. */
  int payloadBytes() {
    return payloadBytes;
  }

  /** Where the data begin in the frame. */
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
   * @return where it begins, from the first byte of the data
   */
  int add(int length) {
    long start = startOf(length);
    payloadBytes += summaryBytesOf(length);
    dataBytes = start + length;
    return Math.toIntExact(start);
  }

  /**
   * The longest proper head of a piece, in whole units, that fits as one more piece. A head may
   * have a longer summary than the whole piece, for the checksums of short runs are closer: so
   * every candidate is measured.
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

  /** What a piece takes besides its bytes, in whatever chunk it is. */
  static int overheadBytes(int length) {
    return summaryBytesOf(length)
        + Math.toIntExact(FrameHeader.roundUp(length, SMALL_ALIGNMENT_BYTES) - length);
  }

  private static int summaryBytesOf(int length) {
    return ChunkSummary.pieceBytes(BlockChecksums.countFor(length));
  }
}
