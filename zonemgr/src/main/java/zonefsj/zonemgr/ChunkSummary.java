// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The summary of a chunk: it names the owner of each piece of data that follows. As the segment
 * summary of Sprite LFS (Rosenblum and Ousterhout, 1992, section 3.3), it lets a collector work
 * without a reverse index. It is the payload of a {@link FrameKind#CHUNK} frame. The frame's
 * sequence counts chunks; its flags are the {@link ZoneStream} number. Little-endian:
 *
 * <pre>
 *  0  u32  number of pieces
 *  then for each piece
 *  0  u64  inode
 *  8  u64  offset in the file, bytes
 * 16  u32  length, bytes
 * 20  u32  offset of the data in the frame, bytes
 * 24  u8   log2 of the checksum granule
 * 25  ...  for each granule of the length, rounded up: u32 CRC32C
 * </pre>
 *
 * @param pieces the pieces, in the order of the frame
 */
public record ChunkSummary(List<Piece> pieces) {
  private static final int PIECE_BYTES = 25;

  /**
   * Contiguous bytes of one file.
   *
   * @param inode inode number
   * @param fileOffset offset in the file, bytes
   * @param lengthBytes length
   * @param frameOffset offset of the first byte from the start of the frame
   * @param checksums checksums of the data
   */
  public record Piece(
      long inode, long fileOffset, int lengthBytes, int frameOffset, BlockChecksums checksums) {}

  /** Length of the encoded summary. */
  public static int encodedBytes(List<Integer> granuleCounts) {
    int total = Integer.BYTES;
    for (int count : granuleCounts) {
      total += PIECE_BYTES + Integer.BYTES * count;
    }
    return total;
  }

  /** Number of bytes that a piece takes in the summary. */
  public static int pieceBytes(int granuleCount) {
    return PIECE_BYTES + Integer.BYTES * granuleCount;
  }

  /** Appends the summary at the buffer's position. */
  public void encode(ByteBuffer out) {
    ByteBuffer little = out.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    little.putInt(pieces.size());
    for (Piece piece : pieces) {
      little.putLong(piece.inode()).putLong(piece.fileOffset());
      little.putInt(piece.lengthBytes()).putInt(piece.frameOffset());
      little.put((byte) piece.checksums().shift());
      for (int crc : piece.checksums().crcs()) {
        little.putInt(crc);
      }
    }
    out.position(little.position());
  }

  /**
   * Reads a summary from a payload whose CRC is correct.
   *
   * @param frameBytes length of its frame
   * @throws IOException if the payload is shorter than its contents require, or a value is
   *     impossible: pieces must lie in the frame, one after the other
   */
  public static ChunkSummary decode(ByteBuffer in, int frameBytes) throws IOException {
    ByteBuffer little = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int count = little.remaining() < Integer.BYTES ? -1 : little.getInt();
    if (count < 0) {
      throw new IOException("a chunk summary does not say how many pieces it has");
    }
    List<Piece> pieces = new ArrayList<>();
    int end = 0;
    for (int index = 0; index < count; index++) {
      if (little.remaining() < PIECE_BYTES) {
        throw new IOException("a chunk summary is cut short");
      }
      long inode = little.getLong();
      long fileOffset = little.getLong();
      int lengthBytes = little.getInt();
      int frameOffset = little.getInt();
      int shift = little.get();
      boolean possible =
          lengthBytes > 0
              && frameOffset >= end
              && lengthBytes <= frameBytes - frameOffset
              && fileOffset >= 0
              && BlockChecksums.isShift(shift);
      // Check before allocating: damage may have changed the length.
      if (!possible
          || (long) BlockChecksums.count(lengthBytes, shift) * Integer.BYTES > little.remaining()) {
        throw new IOException("impossible piece in a chunk summary");
      }
      end = frameOffset + lengthBytes;
      int[] crcs = new int[BlockChecksums.count(lengthBytes, shift)];
      for (int granule = 0; granule < crcs.length; granule++) {
        crcs[granule] = little.getInt();
      }
      pieces.add(
          new Piece(inode, fileOffset, lengthBytes, frameOffset, new BlockChecksums(shift, crcs)));
    }
    return new ChunkSummary(List.copyOf(pieces));
  }
}
