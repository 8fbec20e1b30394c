// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;

/**
 * The table of the zones of the drive below in a layer: one entry of 24 bytes for each zone, as it
 * was when the layer began; never changed. The header has the checksum of the whole table. All
 * numbers are little-endian.
 *
 * <pre>
 * offset size
 *      0    1  type: 1 conventional, 2 sequential
 *      1    1  condition: 0 no pointer, 1 empty, 4 partly written, 13 read-only, 14 full, 15 offline
 *      2    6  zero
 *      8    8  capacity
 *     16    8  write pointer, from the zone's start; the capacity if the zone has none
 * </pre>
 *
 * <p>Stateless and thread-safe.
 */
final class BaseTable {
  static final int ENTRY_BYTES = 24;

  private static final int CONVENTIONAL = 1;
  private static final int SEQUENTIAL = 2;

  private BaseTable() {}

  static int crc(ByteBuffer table) {
    CRC32C crc = new CRC32C();
    crc.update(table.duplicate());
    return (int) crc.getValue();
  }

  /** Length of the table. */
  static int lengthBytes(int zones) {
    return Math.multiplyExact(zones, ENTRY_BYTES);
  }

  static ByteBuffer encode(BaseZones zones) {
    ByteBuffer out =
        ByteBuffer.allocate(lengthBytes(zones.zoneCount())).order(ByteOrder.LITTLE_ENDIAN);
    for (BaseZone zone : zones.zones()) {
      out.put((byte) (zone.conventional() ? CONVENTIONAL : SEQUENTIAL));
      out.put((byte) code(zone.condition())).putShort((short) 0).putInt(0);
      out.putLong(zone.capacityBytes()).putLong(zone.pointerBytes());
    }
    return out.flip();
  }

  /**
   * Reads the table.
   *
   * @param table all of it
   * @param geometry of the drive below, which fits the header
   * @throws LayerException if the table is damaged
   */
  static BaseZones decode(
      ByteBuffer table, LayerHeader header, DeviceGeometry geometry, LayerPlace place)
      throws LayerException {
    ByteBuffer in = table.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (crc(in) != header.baseCrc()) {
      throw place.unusable("table of the drive below is damaged");
    }
    List<BaseZone> zones = new ArrayList<>(header.zoneCount());
    for (int zone = 0; zone < header.zoneCount(); zone++) {
      int type = in.get();
      ZoneCondition condition = condition(in.get());
      in.getShort();
      in.getInt();
      long capacity = in.getLong();
      long pointer = in.getLong();
      if (condition == null || capacity <= 0 || pointer < 0 || pointer > capacity) {
        throw place.unusable("table of the drive below has an impossible zone " + zone);
      }
      zones.add(new BaseZone(type == CONVENTIONAL, condition, capacity, pointer));
    }
    return new BaseZones(geometry, zones);
  }

  private static int code(ZoneCondition condition) {
    return switch (condition) {
      case NOT_WRITE_POINTER -> 0;
      case EMPTY -> 1;
      case IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED -> 4;
      case READ_ONLY -> 13;
      case FULL -> 14;
      case OFFLINE -> 15;
    };
  }

  private static @Nullable ZoneCondition condition(int code) {
    return switch (code) {
      case 0 -> ZoneCondition.NOT_WRITE_POINTER;
      case 1 -> ZoneCondition.EMPTY;
      case 4 -> ZoneCondition.CLOSED;
      case 13 -> ZoneCondition.READ_ONLY;
      case 14 -> ZoneCondition.FULL;
      case 15 -> ZoneCondition.OFFLINE;
      default -> null;
    };
  }
}
