// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import zonefsj.device.block.NativeFile;

/**
 * The map of blocks in a layer file: for each conventional zone, in their order, as many sectors of
 * 512 bytes as its blocks need. A sector of zeros has no block. All numbers are little-endian.
 *
 * <pre>
 * offset size
 *      0    4  CRC32C of the zone's number (4 bytes), of the sector's number within the zone (4
 *              bytes), and of bytes 8 to 511
 *      4    4  zero
 *      8  504  one bit for each of 4032 blocks, the lowest bit of a byte first
 * </pre>
 *
 * <p>Threading: one thread at a time saves sectors of one zone.
 */
final class BlockMapFile {
  private static final int SECTOR_BYTES = 512;
  private static final int BITS_AT = 8;
  private static final int SECTOR_BLOCKS = (SECTOR_BYTES - BITS_AT) * Byte.SIZE;

  private final NativeFile file;
  private final BaseZones zones;

  /** Offset of the first sector of each zone. */
  private final long[] offsetsBytes;

  BlockMapFile(NativeFile file, BaseZones zones, long offsetBytes) {
    this.file = file;
    this.zones = zones;
    this.offsetsBytes = new long[zones.zoneCount()];
    long offset = offsetBytes;
    for (int zone = 0; zone < offsetsBytes.length; zone++) {
      offsetsBytes[zone] = offset;
      offset += (long) sectors(zones, zone) * SECTOR_BYTES;
    }
  }

  /** Length of the maps of all zones. */
  static long lengthBytes(BaseZones zones) {
    long length = 0;
    for (int zone = 0; zone < zones.zoneCount(); zone++) {
      length += (long) sectors(zones, zone) * SECTOR_BYTES;
    }
    return length;
  }

  private static int sectors(BaseZones zones, int zone) {
    if (!zones.isConventional(zone)) {
      return 0;
    }
    long blocks = zones.sizeOfBytes(zone) / zones.geometry().blockSizeBytes();
    return Math.toIntExact((blocks + SECTOR_BLOCKS - 1) / SECTOR_BLOCKS);
  }

  /**
   * Reads all maps.
   *
   * @throws LayerException if one is damaged
   */
  BlockMap load(Path path) throws IOException {
    BlockMap map = new BlockMap(zones);
    for (int zone = 0; zone < zones.zoneCount(); zone++) {
      int sectors = sectors(zones, zone);
      ByteBuffer all = ByteBuffer.allocate(sectors * SECTOR_BYTES);
      file.read(offsetsBytes[zone], all);
      for (int sector = 0; sector < sectors; sector++) {
        decode(all.slice(sector * SECTOR_BYTES, SECTOR_BYTES), zone, sector, map, path);
      }
    }
    return map;
  }

  /**
   * Writes the sectors of blocks from {@code from} to before {@code to}, with these blocks and
   * those of the map.
   */
  void save(BlockMap map, int zone, int from, int to) throws IOException {
    int first = from / SECTOR_BLOCKS;
    int last = (to - 1) / SECTOR_BLOCKS;
    ByteBuffer out = ByteBuffer.allocate((last - first + 1) * SECTOR_BYTES);
    for (int sector = first; sector <= last; sector++) {
      encode(out.slice((sector - first) * SECTOR_BYTES, SECTOR_BYTES), zone, sector, map, from, to);
    }
    file.write(offsetsBytes[zone] + (long) first * SECTOR_BYTES, out);
  }

  private static void encode(ByteBuffer out, int zone, int sector, BlockMap map, int from, int to) {
    int first = sector * SECTOR_BLOCKS;
    int count = Math.min(SECTOR_BLOCKS, map.blocks(zone) - first);
    for (int bit = 0; bit < count; bit++) {
      int block = first + bit;
      if ((from <= block && block < to) || map.has(zone, block)) {
        int at = BITS_AT + bit / Byte.SIZE;
        out.put(at, (byte) (out.get(at) | 1 << (bit % Byte.SIZE)));
      }
    }
    out.order(ByteOrder.LITTLE_ENDIAN).putInt(0, crc(out, zone, sector));
  }

  private static void decode(ByteBuffer in, int zone, int sector, BlockMap map, Path path)
      throws LayerException {
    if (in.equals(ByteBuffer.allocate(SECTOR_BYTES))) {
      return;
    }
    if (in.order(ByteOrder.LITTLE_ENDIAN).getInt(0) != crc(in, zone, sector)) {
      throw LayerPlace.of(path).unusable("map of the blocks of zone " + zone + " is damaged");
    }
    int first = sector * SECTOR_BLOCKS;
    int count = Math.min(SECTOR_BLOCKS, map.blocks(zone) - first);
    for (int bit = 0; bit < count; bit++) {
      if ((in.get(BITS_AT + bit / Byte.SIZE) >>> (bit % Byte.SIZE) & 1) != 0) {
        map.add(zone, first + bit, first + bit + 1);
      }
    }
  }

  private static int crc(ByteBuffer sector, int zone, int number) {
    CRC32C crc = new CRC32C();
    crc.update(
        ByteBuffer.allocate(2 * Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(zone)
            .putInt(number)
            .flip());
    crc.update(sector.duplicate().position(BITS_AT).limit(SECTOR_BYTES));
    return (int) crc.getValue();
  }
}
