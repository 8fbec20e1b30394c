// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import zonefsj.device.zonefile.ZoneTable;

/**
 * The first 4096 bytes of an image file; copies are before the zones, and at the end of a drive
 * ({@link HeaderCopy}). All numbers are little-endian; sizes and offsets are bytes.
 *
 * <pre>
 * offset size
 *      0    8  magic "ZFJIMG01"
 *      8    4  format version, 1
 *     12    4  size of this header, 4096
 *     16    8  incompatible features: an unknown bit forbids to open        (none yet)
 *     24    8  read-only compatible features: an unknown bit forbids to write (none yet)
 *     32    8  compatible features: an unknown bit means nothing            (none yet)
 *     40   16  UUID of the image, most significant byte first
 *     56    8  time of creation, milliseconds since 1970-01-01 UTC
 *     64    4  block size
 *     68    4  number of zones
 *     72    8  zone size
 *     80    8  capacity of a sequential zone
 *     88    8  size of the drive
 *     96    4  number of conventional zones, at the front
 *    100    4  limit of open zones, 0xFFFFFFFF: none
 *    104    4  limit of active zones, 0xFFFFFFFF: none
 *    108    4  longest append
 *    112    8  offset of the zone table, 4096
 *    120    4  size of a table entry, 32
 *    124    4  zero
 *    128    8  offset of the first zone's bytes, a multiple of 1 MiB
 *    136    8  size of the drive whose end a copy is at; zero in the others
 *    144 3948  zero
 *   4092    4  CRC32C of bytes 0 to 4091; at this place in every version
 * </pre>
 *
 * @param features feature bits of newer versions
 * @param uuid identity of the image
 * @param createdMillis time of creation
 * @param geometry the drive
 */
record ImageHeader(Features features, UUID uuid, long createdMillis, EmulatedGeometry geometry) {
  /** Feature bits: incompatible, read-only compatible, compatible. */
  record Features(long incompatible, long readOnlyCompatible, long compatible) {
    static final Features NONE = new Features(0, 0, 0);
  }

  static final int BYTES = 4096;
  static final int VERSION = 1;
  static final long TABLE_OFFSET_BYTES = BYTES;

  private static final byte[] MAGIC = "ZFJIMG01".getBytes(StandardCharsets.US_ASCII);
  private static final int NO_LIMIT = -1;
  private static final int ZONES_AT = 68;
  private static final int SIZE_AT = 88;
  private static final int DATA_OFFSET_AT = 128;
  private static final int DRIVE_BYTES_AT = 136;
  private static final int CRC_AT = BYTES - Integer.BYTES;

  /** Lets zones begin at a block boundary of any host filesystem. */
  static final long DATA_ALIGNMENT_BYTES = 1 << 20;

  /** Number of zones. */
  int zones() {
    return geometry.zoneCount();
  }

  /** End of the table. */
  long tableEndBytes() {
    return TABLE_OFFSET_BYTES + (long) geometry.zoneCount() * ZoneTable.ENTRY_BYTES;
  }

  /** Offset of the bytes of zone 0. */
  long dataOffsetBytes() {
    return (tableEndBytes() + DATA_ALIGNMENT_BYTES - 1)
        / DATA_ALIGNMENT_BYTES
        * DATA_ALIGNMENT_BYTES;
  }

  /** Number of zones whose entries leave room for a copy of the header before the first zone. */
  long mostZones() {
    return (dataOffsetBytes() - BYTES - TABLE_OFFSET_BYTES) / ZoneTable.ENTRY_BYTES;
  }

  /** The same image with another number of zones, for which its table must have room. */
  ImageHeader with(EmulatedGeometry other) {
    return new ImageHeader(features, uuid, createdMillis, other);
  }

  /** Smallest valid length of the file; {@link Long#MAX_VALUE} if the sum overflows. */
  long fileBytes() {
    long size = geometry.sizeBytes();
    return size > Long.MAX_VALUE - dataOffsetBytes() ? Long.MAX_VALUE : dataOffsetBytes() + size;
  }

  static boolean hasMagic(ByteBuffer bytes) {
    for (int i = 0; i < MAGIC.length; i++) {
      if (i >= bytes.limit() || bytes.get(i) != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  /** The size of the drive that a valid copy contains. */
  static long driveBytes(ByteBuffer copy) {
    return copy.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong(DRIVE_BYTES_AT);
  }

  /** The offset of the first zone's bytes that a header contains, even if it is damaged. */
  static long dataOffsetBytes(ByteBuffer header) {
    return header.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong(DATA_OFFSET_AT);
  }

  /** Whether two headers, of which one may be damaged, differ in nothing but how large it is. */
  static boolean isSameButForSize(ByteBuffer one, ByteBuffer other) {
    return withoutSize(one).equals(withoutSize(other));
  }

  private static ByteBuffer withoutSize(ByteBuffer header) {
    ByteBuffer rest = ByteBuffer.allocate(BYTES).put(0, header, 0, BYTES);
    return rest.putInt(ZONES_AT, 0).putLong(SIZE_AT, 0).putInt(CRC_AT, 0);
  }

  /** Whether the bytes are a header with a correct checksum, of any version. */
  static boolean isWhole(ByteBuffer bytes) {
    return hasMagic(bytes)
        && bytes.limit() >= BYTES
        && bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(CRC_AT) == crc(bytes);
  }

  /** Encodes the header at the beginning. */
  ByteBuffer encode() {
    return encode(0);
  }

  /**
   * Encodes a copy of the header.
   *
   * @param driveBytes size of the drive that it is on
   */
  ByteBuffer encode(long driveBytes) {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).putInt(VERSION).putInt(BYTES);
    out.putLong(features.incompatible());
    out.putLong(features.readOnlyCompatible());
    out.putLong(features.compatible());
    out.order(ByteOrder.BIG_ENDIAN);
    out.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    out.order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(createdMillis);
    out.putInt(geometry.blockSizeBytes()).putInt(geometry.zoneCount());
    out.putLong(geometry.zoneSizeBytes()).putLong(geometry.zoneCapacityBytes());
    out.putLong(geometry.sizeBytes()).putInt(geometry.conventionalZones());
    out.putInt(geometry.maxOpenZones().orElse(NO_LIMIT));
    out.putInt(geometry.maxActiveZones().orElse(NO_LIMIT));
    out.putInt(geometry.maxAppendBytes());
    out.putLong(TABLE_OFFSET_BYTES).putInt(ZoneTable.ENTRY_BYTES).putInt(0);
    out.putLong(dataOffsetBytes());
    out.putLong(DRIVE_BYTES_AT, driveBytes);
    out.putInt(CRC_AT, crc(out));
    return out.position(0);
  }

  /**
   * Reads a header that has the magic.
   *
   * @param bytes {@link #BYTES} bytes
   * @param place its location, for messages
   * @throws ImageException if it is damaged, or newer than this program
   */
  static ImageHeader decode(ByteBuffer bytes, ImageLocation place) throws ImageException {
    ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(MAGIC.length);
    if (in.getInt(CRC_AT) != crc(in)) {
      throw damaged(place, "its checksum is wrong");
    }
    int version = in.getInt();
    if (version > VERSION) {
      throw new ImageException(
          place.path()
              + ": the image's format version "
              + version
              + " is newer than this zonefs-j knows ("
              + VERSION
              + "); use a newer zonefs-j");
    }
    if (version < 1 || in.getInt() != BYTES) {
      throw damaged(place, "its version or size is impossible");
    }
    Features features = new Features(in.getLong(), in.getLong(), in.getLong());
    if (features.incompatible() != 0) {
      throw new ImageException(
          place.path()
              + ": the image uses features (0x"
              + Long.toHexString(features.incompatible())
              + ") that this zonefs-j does not know; use a newer zonefs-j");
    }
    in.order(ByteOrder.BIG_ENDIAN);
    UUID uuid = new UUID(in.getLong(), in.getLong());
    in.order(ByteOrder.LITTLE_ENDIAN);
    long createdMillis = in.getLong();
    int blockSize = in.getInt();
    int zones = in.getInt();
    long zoneSize = in.getLong();
    long zoneCapacity = in.getLong();
    long size = in.getLong();
    int conventional = in.getInt();
    OptionalInt maxOpen = limit(in.getInt());
    OptionalInt maxActive = limit(in.getInt());
    int maxAppend = in.getInt();
    long tableOffset = in.getLong();
    int entrySize = in.getInt();
    in.getInt();
    long dataOffset = in.getLong();
    ImageHeader header;
    try {
      header =
          new ImageHeader(
              features,
              uuid,
              createdMillis,
              new EmulatedGeometry(
                  size,
                  zoneSize,
                  zoneCapacity,
                  conventional,
                  maxOpen,
                  maxActive,
                  blockSize,
                  maxAppend));
    } catch (IllegalArgumentException e) {
      throw damaged(place, e.getMessage());
    }
    if (zones != header.geometry().zoneCount()
        || tableOffset != TABLE_OFFSET_BYTES
        || entrySize != ZoneTable.ENTRY_BYTES
        || dataOffset != header.dataOffsetBytes()) {
      throw damaged(place, "its zone count and offsets do not fit together");
    }
    return header;
  }

  private static OptionalInt limit(int stored) {
    return stored == NO_LIMIT ? OptionalInt.empty() : OptionalInt.of(stored);
  }

  private static int crc(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().position(0).limit(CRC_AT));
    return (int) crc.getValue();
  }

  private static ImageException damaged(ImageLocation place, @Nullable String why) {
    return place.unusable("header (bytes 0 to " + (BYTES - 1) + ") is damaged: " + why);
  }
}
