// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What a part of a composed drive says of itself.
 *
 * <pre>
 * offset  bytes
 *      0      8  "ZFJPART\0"
 *      8      4  version: 1
 *     12      4  CRC32C of bytes 16 to 63
 *     16     16  UUID of the composed drive, most significant bits first
 *     32      4  kind: 1 striped
 *     36      4  number of parts
 *     40      4  index of this part, from 0
 *     44      4  0
 *     48      8  length of a chunk in bytes
 *     56      8  0
 * </pre>
 *
 * Little-endian. A label fills a block; the rest of it is zeros.
 *
 * @param set UUID of the composed drive
 * @param kind 1: striped
 * @param count number of parts
 * @param index of this part
 * @param chunkBytes length of a chunk
 */
public record PartLabel(UUID set, int kind, int count, int index, long chunkBytes) {
  /** The kind of parts of a striped drive. */
  static final int STRIPED = 1;

  private static final long MAGIC = 0x00545241504a465aL;
  private static final int VERSION = 1;
  private static final int CRC_AT = 12;
  private static final int CRC_FROM = 16;
  private static final int BYTES = 64;

  /** Encodes the label into a whole block. */
  ByteBuffer encode(int blockSizeBytes) {
    ByteBuffer block = ByteBuffer.allocateDirect(blockSizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    block.putLong(MAGIC).putInt(VERSION).putInt(0);
    block.putLong(set.getMostSignificantBits()).putLong(set.getLeastSignificantBits());
    block.putInt(kind).putInt(count).putInt(index).putInt(0).putLong(chunkBytes);
    block.putInt(CRC_AT, crc(block)).clear();
    return block;
  }

  /**
   * Decodes a label.
   *
   * @param block from index 0
   * @return empty if it is none, or not of a version that is known
   */
  static Optional<PartLabel> decode(ByteBuffer block) {
    ByteBuffer bytes = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.limit() < BYTES
        || bytes.getLong(0) != MAGIC
        || bytes.getInt(8) != VERSION
        || bytes.getInt(CRC_AT) != crc(bytes)) {
      return Optional.empty();
    }
    bytes.position(CRC_FROM);
    UUID set = new UUID(bytes.getLong(), bytes.getLong());
    int kind = bytes.getInt();
    int count = bytes.getInt();
    int index = bytes.getInt();
    bytes.getInt();
    long chunk = bytes.getLong();
    boolean possible = count > 0 && index >= 0 && index < count && chunk > 0;
    return possible ? Optional.of(new PartLabel(set, kind, count, index, chunk)) : Optional.empty();
  }

  /** The label in words, for messages. */
  public String title() {
    return "part "
        + (index + 1)
        + " of "
        + count
        + " of "
        + (kind == STRIPED ? "striped" : "composed")
        + " drive "
        + set;
  }

  private static int crc(ByteBuffer block) {
    CRC32C crc = new CRC32C();
    crc.update(block.slice(CRC_FROM, BYTES - CRC_FROM));
    return (int) crc.getValue();
  }
}
