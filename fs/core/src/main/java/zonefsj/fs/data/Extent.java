// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import zonefsj.zonemgr.BlockChecksums;

/**
 * A range of a file and where its bytes are, as stored in the index. The key is inode and end
 * offset, so the first key after an offset is the only extent that can contain it. The value is
 * big-endian:
 *
 * <pre>
 *  0  u8   kind: 1 in a zone, 2 in this value, 3 lost
 *  1  u32  length, bytes
 * in a zone:
 *  5  u64  position of the first granule, bytes
 * 13  u32  bytes of it to skip
 * 17  u32  bytes that the granules cover
 * 21  u8   log2 of the granule
 * 22  ...  u32 CRC32C of each granule
 * in this value:
 *  5  ...  the bytes
 * lost: nothing more
 * </pre>
 *
 * <p>A lost extent stands for bytes that no read brings back, so that reads of them still fail
 * after their zone is reused.
 *
 * <p>A 1 MiB extent takes 16 bytes of key and 150 of value: 166 MiB for a TiB.
 *
 * @param start offset of the first byte in the file
 * @param length in bytes
 * @param placed where the bytes are; null if they are inline or lost
 * @param inline the bytes; null if they are in a zone or lost
 */
@SuppressWarnings("ArrayRecordComponent") // bytes of the index, never changed
public record Extent(
    long start, int length, @Nullable PhysicalExtent placed, byte @Nullable [] inline) {
  /**
   * Limit of the bytes that the granules of one extent cover, so that damage cannot make a reader
   * allocate more.
   */
  public static final int MAX_COVERED_BYTES = 16 << 20;

  /** Limit of the bytes in the index itself: those that a commit carries in its record. */
  public static final int MAX_INLINE_BYTES = 16 << 10;

  private static final int PLACED = 1;
  private static final int INLINE = 2;
  private static final int LOST = 3;
  private static final int HEAD_BYTES = 5;
  private static final int PLACED_BYTES = 22;

  /** An extent in a zone. */
  public static Extent placed(long start, PhysicalExtent placed) {
    return new Extent(start, placed.lengthBytes(), placed, null);
  }

  /** An extent in the index itself. */
  public static Extent inline(long start, byte[] bytes) {
    return new Extent(start, bytes.length, null, bytes);
  }

  /** An extent whose bytes are lost. */
  public static Extent lost(long start, int length) {
    return new Extent(start, length, null, null);
  }

  /** Whether the bytes are lost. */
  public boolean isLost() {
    return placed == null && inline == null;
  }

  /** Offset after the last byte. */
  public long end() {
    return start + length;
  }

  /** The part between two offsets, which must lie within the extent. */
  public Extent slice(long from, long to) {
    int skip = (int) (from - start);
    int bytes = (int) (to - from);
    PhysicalExtent zoneData = placed;
    if (zoneData != null) {
      return placed(from, zoneData.slice(skip, bytes));
    }
    byte[] value = inline;
    return value == null
        ? lost(from, bytes)
        : inline(from, Arrays.copyOfRange(value, skip, skip + bytes));
  }

  /** The value for the index. */
  public byte[] encode() {
    PhysicalExtent zoneData = placed;
    if (zoneData == null) {
      byte[] bytes = inline;
      if (bytes == null) {
        return ByteBuffer.allocate(HEAD_BYTES).put((byte) LOST).putInt(length).array();
      }
      return ByteBuffer.allocate(HEAD_BYTES + bytes.length)
          .put((byte) INLINE)
          .putInt(length)
          .put(bytes)
          .array();
    }
    int[] crcs = zoneData.checksums().crcs();
    ByteBuffer out = ByteBuffer.allocate(PLACED_BYTES + Integer.BYTES * crcs.length);
    out.put((byte) PLACED).putInt(length);
    out.putLong(zoneData.positionBytes());
    out.putInt(zoneData.skipBytes()).putInt(zoneData.coveredBytes());
    out.put((byte) zoneData.checksums().shift());
    for (int crc : crcs) {
      out.putInt(crc);
    }
    return out.array();
  }

  /**
   * Reads a value of the index.
   *
   * @param end the end offset of its key
   */
  public static Extent decode(long end, byte[] value) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(value);
    try {
      int kind = in.get();
      int length = in.getInt();
      long start = end - length;
      if (length <= 0 || start < 0 || end < start) {
        throw new IOException("an extent that ends at " + end + " is " + length + " bytes long");
      }
      if (kind == INLINE && length != in.remaining()) {
        throw new IOException(
            "an extent of " + length + " bytes holds " + in.remaining() + " of them");
      }
      if (kind == INLINE && length > MAX_INLINE_BYTES) {
        throw new IOException("an extent holds " + length + " bytes in the index");
      }
      if (kind == INLINE) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return inline(start, bytes);
      }
      if (kind == LOST && in.hasRemaining()) {
        throw new IOException("a lost extent holds " + in.remaining() + " bytes");
      }
      if (kind == LOST) {
        return lost(start, length);
      }
      if (kind != PLACED) {
        throw new IOException("unknown kind of extent " + kind);
      }
      long position = in.getLong();
      int skip = in.getInt();
      int covered = in.getInt();
      int shift = in.get();
      boolean possible =
          position >= 0
              && covered <= MAX_COVERED_BYTES
              && position <= Long.MAX_VALUE - covered
              && BlockChecksums.isShift(shift)
              && touchesAll(covered, shift, skip, length);
      // Check before allocating: damage may have changed the length.
      if (!possible
          || (long) BlockChecksums.count(covered, shift) * Integer.BYTES != in.remaining()) {
        throw new IOException(
            "an extent has " + covered + " bytes at " + position + " for " + skip + "+" + length);
      }
      int[] crcs = new int[BlockChecksums.count(covered, shift)];
      for (int granule = 0; granule < crcs.length; granule++) {
        crcs[granule] = in.getInt();
      }
      return placed(
          start,
          new PhysicalExtent(position, skip, length, covered, new BlockChecksums(shift, crcs)));
    } catch (BufferUnderflowException tooShort) {
      throw new IOException("an extent record is cut short", tooShort);
    }
  }

  /** Whether the first and the last granule contain some of the bytes, as in every valid extent. */
  private static boolean touchesAll(int covered, int shift, int skip, int length) {
    long behind = (long) covered - skip - length;
    int granuleBytes = 1 << shift;
    return skip >= 0 && skip < granuleBytes && behind >= 0 && behind < granuleBytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Extent that
        && start == that.start
        && length == that.length
        && java.util.Objects.equals(placed, that.placed)
        && Arrays.equals(inline, that.inline);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(start) * 31 + length;
  }
}
