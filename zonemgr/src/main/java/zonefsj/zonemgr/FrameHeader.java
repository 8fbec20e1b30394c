// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The 64 bytes at the start of every frame that the filesystem writes. A frame begins at a multiple
 * of the frame unit, and its length is a multiple of the unit. The first frame of a zone tells
 * which filesystem and stream own the zone. All numbers are little-endian.
 *
 * <pre>
 *  0  u32  magic "ZFJ1"
 *  4  u16  format version
 *  6  u8   kind
 *  7  u8   kind-specific flags
 *  8  u64  filesystem UUID, most significant bits
 * 16  u64  filesystem UUID, least significant bits
 * 24  u64  epoch: grows with every mount
 * 32  u64  sequence: kind-specific, grows
 * 40  u32  payload length in bytes, directly after this header
 * 44  u32  CRC32C of the payload
 * 48  u32  frame length in bytes, header, payload, body and padding
 * 52  u64  reserved, 0
 * 60  u32  CRC32C of bytes 0 to 59
 * </pre>
 *
 * @param kind what the frame carries
 * @param flags kind-specific
 * @param filesystem UUID of the filesystem that owns it
 * @param epoch of the mount that wrote it
 * @param sequence kind-specific
 * @param payloadBytes length of the payload
 * @param payloadCrc CRC32C of the payload
 * @param frameBytes length of the whole frame
 */
public record FrameHeader(
    FrameKind kind,
    int flags,
    UUID filesystem,
    long epoch,
    long sequence,
    int payloadBytes,
    int payloadCrc,
    int frameBytes) {

  /** Length of the encoded header. */
  public static final int BYTES = 64;

  /** The version that this code writes, and the newest that it reads. */
  public static final int FORMAT_VERSION = 1;

  /** Frames begin and end at multiples of this, or of the drive's block if the block is larger. */
  public static final int UNIT_BYTES = 4096;

  /** "ZFJ1" as bytes in the order on the drive. */
  public static final int MAGIC = 'Z' | 'F' << 8 | 'J' << 16 | '1' << 24;

  private static final int CRC_OFFSET = 60;

  /** The frame unit of a drive with this block size. */
  public static int unitBytes(int blockSizeBytes) {
    return Math.max(UNIT_BYTES, blockSizeBytes);
  }

  /** Length of a frame that holds this many bytes after its header. */
  public static int frameBytes(int contentBytes, int unitBytes) {
    return Math.toIntExact(roundUp((long) BYTES + contentBytes, unitBytes));
  }

  /** Rounds up to a multiple of a power of two. */
  public static long roundUp(long value, int powerOfTwo) {
    return (value + powerOfTwo - 1) & -powerOfTwo;
  }

  /** CRC32C of the bytes from position to limit; moves neither. */
  public static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  /** Writes the header at the buffer's position, which moves by {@link #BYTES}. */
  public void encode(ByteBuffer out) {
    int start = out.position();
    ByteBuffer little = out.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    little.putInt(MAGIC).putShort((short) FORMAT_VERSION);
    little.put((byte) kind.number()).put((byte) flags);
    little.putLong(filesystem.getMostSignificantBits());
    little.putLong(filesystem.getLeastSignificantBits());
    little.putLong(epoch).putLong(sequence);
    little.putInt(payloadBytes).putInt(payloadCrc).putInt(frameBytes).putLong(0);
    little.putInt(crc(out.duplicate().position(start).limit(start + CRC_OFFSET)));
    out.position(start + BYTES);
  }

  /**
   * Reads the header at the buffer's position; the position does not move.
   *
   * @return null if there is no valid header: wrong magic, CRC, version, kind or lengths
   */
  public static @Nullable FrameHeader decode(ByteBuffer in) {
    if (in.remaining() < BYTES) {
      return null;
    }
    int start = in.position();
    ByteBuffer little = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (little.getInt() != MAGIC
        || crc(in.duplicate().limit(start + CRC_OFFSET)) != little.getInt(start + CRC_OFFSET)) {
      return null;
    }
    int version = Short.toUnsignedInt(little.getShort());
    FrameKind kind = FrameKind.of(Byte.toUnsignedInt(little.get()));
    int flags = Byte.toUnsignedInt(little.get());
    UUID filesystem = new UUID(little.getLong(), little.getLong());
    long epoch = little.getLong();
    long sequence = little.getLong();
    int payloadBytes = little.getInt();
    int payloadCrc = little.getInt();
    int frameBytes = little.getInt();
    if (version != FORMAT_VERSION
        || kind == null
        || payloadBytes < 0
        || frameBytes < BYTES
        || frameBytes > kind.maxFrameBytes()
        || frameBytes % UNIT_BYTES != 0
        || payloadBytes > frameBytes - BYTES) {
      return null;
    }
    return new FrameHeader(
        kind, flags, filesystem, epoch, sequence, payloadBytes, payloadCrc, frameBytes);
  }

  /**
   * The version in a header whose magic and CRC are correct. It distinguishes a newer format from
   * damage.
   *
   * @return 0 if this is no header
   */
  public static int versionOf(ByteBuffer in) {
    if (in.remaining() < BYTES) {
      return 0;
    }
    int start = in.position();
    ByteBuffer little = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    boolean valid =
        little.getInt(start) == MAGIC
            && crc(in.duplicate().limit(start + CRC_OFFSET)) == little.getInt(start + CRC_OFFSET);
    return valid ? Short.toUnsignedInt(little.getShort(start + 4)) : 0;
  }

  /** Whether the payload after this header, at the buffer's position, matches its CRC. */
  public boolean verifies(ByteBuffer in) {
    int start = in.position() + BYTES;
    return in.limit() - start >= payloadBytes
        && crc(in.duplicate().limit(start + payloadBytes).position(start)) == payloadCrc;
  }
}
