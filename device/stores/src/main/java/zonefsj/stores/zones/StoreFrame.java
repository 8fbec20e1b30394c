// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The header of every object but those of data. All numbers are little-endian.
 *
 * <pre>
 * offset size
 *      0    8  magic "ZFSJSTOR"
 *      8    2  version of the format: 1
 *     10    2  type: 1 volume, 2 entry of the log, 3 zones of a checkpoint
 *     12    4  CRC32C of the whole object, with zeros here
 *     16   16  UUID of the drive
 *     32    8  number of the object: that of its name
 *     40    8  length of what follows
 * </pre>
 *
 * @param type what the object is
 * @param drive UUID of the drive
 * @param number number of the object
 */
record StoreFrame(Type type, UUID drive, long number) {
  static final int BYTES = 48;

  /**
   * Longest object that is read as a whole: more than a zone of {@link StoreShape#MOST_BLOCKS}
   * pieces takes, with all that may stand beside it.
   */
  static final int MOST_BYTES = 64 << 20;

  private static final long MAGIC = 0x524F_5453_4A53_465AL;
  private static final short VERSION = 1;
  private static final int CRC_OFFSET = 12;

  /** What an object is. */
  enum Type {
    VOLUME(1),
    LOG(2),
    ZONES(3);

    private final int code;

    Type(int code) {
      this.code = code;
    }
  }

  /**
   * Puts a header in front of what it describes.
   *
   * @param payload what follows the header, in order; positions stay
   * @return the header, and then the payload
   */
  ByteBuffer[] seal(ByteBuffer... payload) {
    long length = 0;
    for (ByteBuffer part : payload) {
      length += part.remaining();
    }
    ByteBuffer header = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putShort(VERSION).putShort((short) type.code).putInt(0);
    header.putLong(drive.getMostSignificantBits()).putLong(drive.getLeastSignificantBits());
    header.putLong(number).putLong(length).flip();
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate());
    for (ByteBuffer part : payload) {
      crc.update(part.duplicate());
    }
    header.putInt(CRC_OFFSET, (int) crc.getValue());
    ByteBuffer[] all = new ByteBuffer[payload.length + 1];
    all[0] = header;
    System.arraycopy(payload, 0, all, 1, payload.length);
    return all;
  }

  /**
   * Checks an object.
   *
   * @param name its name, for messages
   * @return what follows the header
   * @throws StoreFormatException if it is damaged, or another object
   */
  ByteBuffer open(String name, ByteBuffer object) throws IOException {
    ByteBuffer payload = openAny(type, name, object);
    ByteBuffer header = object.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    UUID there = new UUID(header.getLong(16), header.getLong(24));
    if (!there.equals(drive)) {
      throw new StoreFormatException(name + " belongs to another drive, " + there);
    }
    if (header.getLong(32) != number) {
      throw new StoreFormatException(name + " is object " + header.getLong(32));
    }
    return payload;
  }

  /** As above, of whatever drive and number. */
  static ByteBuffer openAny(Type type, String name, ByteBuffer object) throws IOException {
    ByteBuffer in = object.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() < BYTES || in.getLong(0) != MAGIC) {
      throw new StoreFormatException(name + " is no object of zonefs-j");
    }
    if (in.getShort(8) != VERSION) {
      throw new StoreFormatException(
          name + " has format version " + in.getShort(8) + "; this version knows " + VERSION);
    }
    ByteBuffer copy = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    copy.put(in.duplicate().limit(BYTES)).flip();
    copy.putInt(CRC_OFFSET, 0);
    CRC32C crc = new CRC32C();
    crc.update(copy);
    crc.update(in.duplicate().position(BYTES));
    if (in.getInt(CRC_OFFSET) != (int) crc.getValue() || in.getLong(40) != in.remaining() - BYTES) {
      throw new StoreFormatException(name + " is damaged: its checksum does not match");
    }
    if (in.getShort(10) != type.code) {
      throw new StoreFormatException(name + " is an object of type " + in.getShort(10));
    }
    return in.position(BYTES).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The UUID of the drive to which an object belongs that {@link #openAny} has accepted. */
  static UUID driveOf(ByteBuffer object) {
    ByteBuffer header = object.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return new UUID(header.getLong(16), header.getLong(24));
  }
}
