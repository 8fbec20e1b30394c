// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * The zone requests of {@code linux/blkzoned.h} and the bytes of their structures, in the machine's
 * own byte order; sectors have 512 bytes.
 *
 * <pre>
 * struct blk_zone_report          struct blk_zone (64 bytes)        struct blk_zone_range
 *  0 u64 first sector              0 u64 start                       0 u64 sector
 *  8 u32 zones: room, then filled  8 u64 length                      8 u64 sectors
 * 12 u32 flags: 1 = capacity      16 u64 write pointer
 * 16 struct blk_zone[]            24 u8  type
 *                                 25 u8  condition
 *                                 26 u8  non_seq, 27 u8 reset
 *                                 32 u64 capacity
 * </pre>
 *
 * <p>Stateless and thread-safe.
 */
final class LinuxIoctls {
  private static final long BLKREPORTZONE = 0xC0101282L;
  private static final int HEADER_BYTES = 16;
  private static final int ZONE_BYTES = 64;
  private static final int FLAG_CAPACITY = 1;
  private static final int SECTOR_BYTES = BlockDeviceFacts.SECTOR_BYTES;
  private static final int MAX_ZONES = (AlignedBuffers.BUFFER_BYTES - HEADER_BYTES) / ZONE_BYTES;

  private LinuxIoctls() {}

  /** Reports zones, with as few calls as possible. */
  static List<ZoneDescriptor> report(NativeFile file, int from, int count, long zoneSizeBytes)
      throws IOException {
    List<ZoneDescriptor> zones = new ArrayList<>(count);
    ByteBuffer buffer = AlignedBuffers.acquire();
    try {
      while (zones.size() < count) {
        int first = from + zones.size();
        int room = Math.min(MAX_ZONES, count - zones.size());
        encodeReport(buffer, first * zoneSizeBytes / SECTOR_BYTES, room);
        file.ioctl("BLKREPORTZONE", BLKREPORTZONE, buffer);
        List<ZoneDescriptor> some = parseReport(buffer, first);
        if (some.isEmpty()) {
          throw new BlockDeviceException(file.path() + ": the report ends before zone " + first);
        }
        zones.addAll(some.subList(0, Math.min(some.size(), count - zones.size())));
      }
      return zones;
    } finally {
      AlignedBuffers.release(buffer);
    }
  }

  /** Requests a transition of one zone. */
  static void request(NativeFile file, ZoneRequest request, ZoneDescriptor zone)
      throws IOException {
    ByteBuffer range = ByteBuffer.allocateDirect(HEADER_BYTES);
    encodeRange(range, zone.startBytes(), zone.sizeBytes());
    switch (request) {
      case RESET -> file.ioctl("BLKRESETZONE", 0x40101283L, range);
      case OPEN -> file.ioctl("BLKOPENZONE", 0x40101286L, range);
      case CLOSE -> file.ioctl("BLKCLOSEZONE", 0x40101287L, range);
      case FINISH -> file.ioctl("BLKFINISHZONE", 0x40101288L, range);
    }
  }

  /**
   * Writes the header of a report request to index 0.
   *
   * @param startSector start of the first zone
   * @param room number of zones that fit after the header
   */
  static void encodeReport(ByteBuffer buffer, long startSector, int room) {
    buffer.clear().order(ByteOrder.nativeOrder());
    buffer.putLong(0, startSector).putInt(8, room).putInt(12, 0);
  }

  /** Writes a range to index 0. */
  static void encodeRange(ByteBuffer buffer, long startBytes, long lengthBytes) {
    buffer.clear().order(ByteOrder.nativeOrder());
    buffer.putLong(0, startBytes / SECTOR_BYTES).putLong(8, lengthBytes / SECTOR_BYTES);
  }

  /**
   * Reads the kernel's answer from index 0. Sets the write pointer of a full zone to the end of its
   * capacity, regardless of the driver; if the capacities are invalid, uses the zone sizes.
   *
   * @param from number of the first zone
   * @throws BlockDeviceException if a type or condition is unknown
   */
  static List<ZoneDescriptor> parseReport(ByteBuffer report, int from) throws BlockDeviceException {
    ByteBuffer in = report.duplicate().order(ByteOrder.nativeOrder()).clear();
    int count = in.getInt(8);
    boolean capacityValid = (in.getInt(12) & FLAG_CAPACITY) != 0;
    if (count < 0 || count > (in.limit() - HEADER_BYTES) / ZONE_BYTES) {
      throw new BlockDeviceException("a zone report cannot hold " + count + " zones");
    }
    List<ZoneDescriptor> zones = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int at = HEADER_BYTES + i * ZONE_BYTES;
      int index = from + i;
      long startBytes = in.getLong(at) * SECTOR_BYTES;
      long sizeBytes = in.getLong(at + 8) * SECTOR_BYTES;
      long capacityBytes = capacityValid ? in.getLong(at + 32) * SECTOR_BYTES : sizeBytes;
      ZoneCondition condition = condition(index, in.get(at + 25));
      long pointerBytes =
          condition == ZoneCondition.FULL
              ? startBytes + capacityBytes
              : in.getLong(at + 16) * SECTOR_BYTES;
      ZoneType type = type(index, in.get(at + 24));
      zones.add(
          new ZoneDescriptor(
              index, type, condition, startBytes, sizeBytes, capacityBytes, pointerBytes));
    }
    return zones;
  }

  /** A type, as the standards of SCSI and ATA number it. */
  static ZoneType type(int zone, int code) throws BlockDeviceException {
    return switch (code) {
      case 1 -> ZoneType.CONVENTIONAL;
      case 2 -> ZoneType.SEQUENTIAL_REQUIRED;
      case 3 -> ZoneType.SEQUENTIAL_PREFERRED;
      default -> throw unknown(zone, "type", code);
    };
  }

  /** A condition, as the standards of SCSI and ATA number it. */
  static ZoneCondition condition(int zone, int code) throws BlockDeviceException {
    return switch (code) {
      case 0 -> ZoneCondition.NOT_WRITE_POINTER;
      case 1 -> ZoneCondition.EMPTY;
      case 2 -> ZoneCondition.IMPLICIT_OPEN;
      case 3 -> ZoneCondition.EXPLICIT_OPEN;
      case 4 -> ZoneCondition.CLOSED;
      case 13 -> ZoneCondition.READ_ONLY;
      case 14 -> ZoneCondition.FULL;
      case 15 -> ZoneCondition.OFFLINE;
      default -> throw unknown(zone, "condition", code);
    };
  }

  private static BlockDeviceException unknown(int zone, String what, int code) {
    return new BlockDeviceException(
        "zone " + zone + " has a " + what + " (" + code + ") that this zonefs-j does not know");
  }
}
