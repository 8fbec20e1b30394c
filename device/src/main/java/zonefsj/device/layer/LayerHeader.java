// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;

/**
 * The first 4096 bytes of a layer file, and of each label of a layer on a drive; never changed. All
 * numbers are little-endian; sizes and offsets are bytes.
 *
 * <pre>
 * offset size
 *      0    8  magic "ZFJDIF01" in a file, "ZFJDIFD1" on a drive
 *      8    4  format version, 1
 *     12    4  size of this header, 4096
 *     16    8  incompatible features: an unknown bit forbids to open        (none yet)
 *     24    8  read-only compatible features: an unknown bit forbids to write (none yet)
 *     32    8  compatible features: an unknown bit means nothing            (none yet)
 *     40   16  UUID of the layer, most significant byte first
 *     56    8  time of creation, milliseconds since 1970-01-01 UTC
 *     64    4  block size of the drive below
 *     68    4  number of its zones
 *     72    8  its zone size
 *     80    8  its size
 *     88    8  offset of the map of blocks; on a drive of the table of the drive below
 *     96    8  offset of the first zone's bytes, a multiple of 1 MiB; on a drive of the first record
 *    104    4  CRC32C of the table of the drive below
 *    108    4  length of the description of the drive below, at most 1024
 *    112    n  description of the drive below, UTF-8, for messages only
 *   4092    4  CRC32C of bytes 0 to 4091; at this place in every version
 * </pre>
 *
 * @param features feature bits of newer versions
 * @param uuid identity of the layer
 * @param createdMillis time of creation
 * @param blockSizeBytes block size of the drive below
 * @param zoneCount number of its zones
 * @param zoneSizeBytes its zone size
 * @param capacityBytes its size
 * @param mapOffsetBytes offset of the map of blocks, or on a drive of the table
 * @param dataOffsetBytes offset of the bytes of zone 0, or on a drive of the first record
 * @param baseCrc checksum of the table of the drive below
 * @param baseDescription its description
 */
record LayerHeader(
    Features features,
    UUID uuid,
    long createdMillis,
    int blockSizeBytes,
    int zoneCount,
    long zoneSizeBytes,
    long capacityBytes,
    long mapOffsetBytes,
    long dataOffsetBytes,
    int baseCrc,
    String baseDescription) {

  /** Feature bits: incompatible, read-only compatible, compatible. */
  record Features(long incompatible, long readOnlyCompatible, long compatible) {
    static final Features NONE = new Features(0, 0, 0);
  }

  static final int BYTES = 4096;
  static final int VERSION = 1;

  private static final int MAX_DESCRIPTION_BYTES = 1024;
  private static final int DESCRIPTION_AT = 112;
  private static final int CRC_AT = BYTES - Integer.BYTES;

  /** What has the header at its beginning. */
  enum Kind {
    /** A layer file. */
    FILE("ZFJDIF01"),
    /** A drive that keeps a layer. */
    DRIVE("ZFJDIFD1");

    private final String magic;

    Kind(String magic) {
      this.magic = magic;
    }

    private byte[] magic() {
      return magic.getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether bytes begin as such a header. */
    boolean begins(ByteBuffer bytes) {
      return bytes.limit() >= MAGIC_BYTES
          && bytes.slice(0, MAGIC_BYTES).equals(ByteBuffer.wrap(magic()));
    }
  }

  private static final int MAGIC_BYTES = 8;

  /** Smallest valid length of the file; {@link Long#MAX_VALUE} if the sum overflows. */
  long fileBytes() {
    return capacityBytes > Long.MAX_VALUE - dataOffsetBytes
        ? Long.MAX_VALUE
        : dataOffsetBytes + capacityBytes;
  }

  /** Whether a drive has the geometry of the drive with which the layer began. */
  private boolean fits(DeviceGeometry base) {
    return blockSizeBytes == base.blockSizeBytes()
        && zoneCount == base.zoneCount()
        && zoneSizeBytes == base.zoneSizeBytes()
        && capacityBytes == base.capacityBytes();
  }

  /**
   * Refuses a drive to which the layer cannot belong.
   *
   * @throws LayerException with a one-line message, also if this program can only read the layer
   */
  void checkOver(DeviceGeometry base, LayerPlace place, boolean readOnly) throws LayerException {
    if (features.readOnlyCompatible() != 0 && !readOnly) {
      throw new LayerException(
          place
              + ": the layer uses features (0x"
              + Long.toHexString(features.readOnlyCompatible())
              + ") that this zonefs-j can only read; open it read-only or use a newer zonefs-j");
    }
    if (!fits(base)) {
      throw new LayerException(
          place
              + ": the layer began over a drive of another size or zone size ("
              + baseDescription
              + ", "
              + ByteSize.format(capacityBytes)
              + "), not over "
              + base.description()
              + "; give the drive that belongs to it");
    }
  }

  ByteBuffer encode(Kind kind) {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.put(kind.magic()).putInt(VERSION).putInt(BYTES);
    out.putLong(features.incompatible());
    out.putLong(features.readOnlyCompatible());
    out.putLong(features.compatible());
    out.order(ByteOrder.BIG_ENDIAN);
    out.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    out.order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(createdMillis);
    out.putInt(blockSizeBytes).putInt(zoneCount);
    out.putLong(zoneSizeBytes).putLong(capacityBytes);
    out.putLong(mapOffsetBytes).putLong(dataOffsetBytes);
    byte[] words = baseDescription.getBytes(StandardCharsets.UTF_8);
    byte[] most = Arrays.copyOf(words, Math.min(words.length, MAX_DESCRIPTION_BYTES));
    out.putInt(baseCrc).putInt(most.length).put(most);
    out.putInt(CRC_AT, crc(out));
    return out.position(0);
  }

  /**
   * Reads a header that {@link Kind#begins}.
   *
   * @param bytes {@link #BYTES} bytes
   * @throws LayerException if it is damaged, or newer than this program
   */
  static LayerHeader decode(ByteBuffer bytes, LayerPlace place) throws LayerException {
    ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(MAGIC_BYTES);
    if (in.getInt(CRC_AT) != crc(in)) {
      throw damaged(place, "its checksum is wrong");
    }
    int version = in.getInt();
    if (version > VERSION) {
      throw new LayerException(
          place
              + ": the layer's format version "
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
      throw new LayerException(
          place
              + ": the layer uses features (0x"
              + Long.toHexString(features.incompatible())
              + ") that this zonefs-j does not know; use a newer zonefs-j");
    }
    in.order(ByteOrder.BIG_ENDIAN);
    UUID uuid = new UUID(in.getLong(), in.getLong());
    in.order(ByteOrder.LITTLE_ENDIAN);
    LayerHeader header =
        new LayerHeader(
            features,
            uuid,
            in.getLong(),
            in.getInt(),
            in.getInt(),
            in.getLong(),
            in.getLong(),
            in.getLong(),
            in.getLong(),
            in.getInt(),
            description(in, place));
    if (header.blockSizeBytes <= 0
        || header.zoneCount <= 0
        || header.zoneSizeBytes <= 0
        || header.capacityBytes <= 0
        || header.mapOffsetBytes <= 0
        || header.dataOffsetBytes <= header.mapOffsetBytes) {
      throw damaged(place, "its numbers do not fit together");
    }
    return header;
  }

  private static String description(ByteBuffer in, LayerPlace place) throws LayerException {
    int length = in.getInt();
    if (length < 0 || length > MAX_DESCRIPTION_BYTES) {
      throw damaged(place, "its description is too long");
    }
    byte[] words = new byte[length];
    in.get(DESCRIPTION_AT, words);
    return new String(words, StandardCharsets.UTF_8);
  }

  private static int crc(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().position(0).limit(CRC_AT));
    return (int) crc.getValue();
  }

  private static LayerException damaged(LayerPlace place, String why) {
    return place.unusable("header (bytes 0 to " + (BYTES - 1) + ") is damaged: " + why);
  }
}
