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
 * Encodes the frames of data zones: chunks, and the padding that fills a zone. It sets every byte
 * of a frame, so no earlier content of the buffer reaches the drive. Thread-safe; each caller
 * passes its own buffer.
 */
final class ChunkEncoder {
  private final UUID filesystem;
  private final long epoch;
  private final AtomicLong sequence = new AtomicLong();

  /**
   * @param filesystem UUID of the filesystem that owns the data
   * @param epoch of this mount
   */
  ChunkEncoder(UUID filesystem, long epoch) {
    this.filesystem = filesystem;
    this.epoch = epoch;
  }

  /**
   * A frame and its summary.
   *
   * @param bytes the given buffer, from position to limit
   */
  record Frame(ByteBuffer bytes, ChunkSummary summary) {}

  /** Encodes a chunk into a buffer that is large enough. */
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

  /** Encodes padding into a buffer that is large enough. */
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
