// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.zonemgr.BlockChecksums;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;
import zonefsj.zonemgr.ZoneStream;

/**
 * Makes the frames of data zones: chunks, and the padding that fills a zone. Every byte of a frame
 * is set, so that none shows what the buffer held before. Thread-safe, with a buffer for each
 * caller.
 */
final class ChunkEncoder {
  private final UUID filesystem;
  private final long epoch;
  private final AtomicLong sequence = new AtomicLong();

  /**
   * @param filesystem whose data
   * @param epoch of this mount
   */
  ChunkEncoder(UUID filesystem, long epoch) {
    this.filesystem = filesystem;
    this.epoch = epoch;
  }

  /**
   * A frame and the summary in it.
   *
   * @param bytes the buffer that was given, from position to limit
   */
  record Frame(ByteBuffer bytes, ChunkSummary summary) {}

  /** Encodes a chunk into a buffer that has the room for it. */
  Frame chunk(ByteBuffer buffer, ZoneStream stream, PendingChunk chunk) {
    ChunkLayout layout = chunk.layout();
    int payloadBytes = layout.payloadBytes();
    int frameBytes = layout.frameBytes();
    int dataStart = layout.dataStart();
    buffer.clear();
    zero(buffer, FrameHeader.BYTES + payloadBytes, dataStart);
    int position = dataStart;
    List<ChunkSummary.Piece> pieces = new ArrayList<>(chunk.pieces().size());
    for (PendingChunk.Placed piece : chunk.pieces()) {
      PendingData data = piece.data();
      ByteBuffer bytes = data.bytes();
      int start = dataStart + piece.dataOffset();
      zero(buffer, position, start);
      buffer.put(start, bytes, bytes.position(), data.length());
      position = start + data.length();
      pieces.add(
          new ChunkSummary.Piece(
              data.inode(), data.fileOffset(), data.length(), start, BlockChecksums.of(bytes)));
    }
    zero(buffer, position, frameBytes);
    ChunkSummary summary = new ChunkSummary(pieces);
    summary.encode(buffer.position(FrameHeader.BYTES));
    ByteBuffer payload =
        buffer.duplicate().limit(FrameHeader.BYTES + payloadBytes).position(FrameHeader.BYTES);
    return new Frame(
        withHeader(buffer, FrameKind.CHUNK, stream.number(), payload, frameBytes), summary);
  }

  /** Encodes padding into a buffer that has the room for it. */
  ByteBuffer padding(ByteBuffer buffer, int frameBytes) {
    buffer.clear();
    zero(buffer, 0, frameBytes);
    return withHeader(buffer, FrameKind.PADDING, 0, ByteBuffer.allocate(0), frameBytes);
  }

  private ByteBuffer withHeader(
      ByteBuffer buffer, FrameKind kind, int stream, ByteBuffer payload, int frameBytes) {
    int payloadBytes = payload.remaining();
    FrameHeader header =
        new FrameHeader(
            kind,
            stream,
            filesystem,
            epoch,
            sequence.incrementAndGet(),
            payloadBytes,
            FrameHeader.crc(payload),
            frameBytes);
    header.encode(buffer.position(0));
    return buffer.position(0).limit(frameBytes);
  }

  private static void zero(ByteBuffer buffer, int from, int to) {
    for (int index = from; index < to; index++) {
      buffer.put(index, (byte) 0);
    }
  }
}
