// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;

/**
 * The bytes of {@code struct disk_zone_args} of FreeBSD's {@code sys/disk_zone.h} on 64-bit
 * machines, in the machine's own byte order. Positions and lengths are logical blocks of the drive.
 *
 * <pre>
 * struct disk_zone_args, 128 bytes
 *   0 u8  command: 0 open, 1 close, 2 finish, 3 report, 4 reset, 5 parameters
 *   8 union
 *
 * of open, close, finish, reset         of parameters (all passed out)
 *   8 u64 first block of the zone         8 u32 mode: 1 host-aware, 2 drive-managed, 4 host-managed
 *  16 u8  flags: 1 = all zones           16 u64 flags: 8 = the limit of open zones is set
 *                                        40 u64 limit of open sequential zones
 * of a report
 *   8 u64 first block                   struct disk_zone_rep_entry, 64 bytes
 *  16 u8  filter: 0 all                   0 u8  type, 1 u8 condition, 2 u8 flags
 *  24 header, 80 bytes                    8 u64 length
 * 104 u32 entries: room                  16 u64 first block
 * 108 u32 entries: filled                24 u64 write pointer
 * 112 u32 entries: available             32 32 bytes reserved
 * 120 address of the entries
 * </pre>
 *
 * <p>Stateless and thread-safe.
 */
final class DiskZoneArgs {
  static final int BYTES = 128;
  static final int ENTRY_BYTES = 64;

  private static final int REPORT = 3;
  private static final int PARAMETERS = 5;
  private static final int HOST_AWARE = 1;
  private static final int HOST_MANAGED = 4;
  private static final long FLAG_LIMIT_SET = 8;
  private static final long UNLIMITED = 0xffffffffL;

  private DiskZoneArgs() {}

  private static ByteBuffer command(int command) {
    return ByteBuffer.allocateDirect(BYTES).order(ByteOrder.nativeOrder()).put(0, (byte) command);
  }

  /** Asks for a transition of the zone that begins with a block. */
  static ByteBuffer request(ZoneRequest request, long firstBlock) {
    int command =
        switch (request) {
          case OPEN -> 0;
          case CLOSE -> 1;
          case FINISH -> 2;
          case RESET -> 4;
        };
    return command(command).putLong(8, firstBlock);
  }

  /**
   * Asks for a report.
   *
   * @param room number of entries at the address
   */
  static ByteBuffer report(long firstBlock, int room, long address) {
    return command(REPORT).putLong(8, firstBlock).putInt(104, room).putLong(120, address);
  }

  /** Number of zones of the drive from the first block of a report on. */
  static int available(ByteBuffer args) {
    return args.getInt(112);
  }

  /**
   * Reads the answer to a report. These drives have no capacities apart from the sizes.
   *
   * @param entries the memory at the address
   * @param from number of the first zone
   * @throws BlockDeviceException if it cannot be true
   */
  static List<ZoneDescriptor> zones(ByteBuffer args, ByteBuffer entries, int from, int blockBytes)
      throws BlockDeviceException {
    ByteBuffer in = entries.duplicate().order(ByteOrder.nativeOrder()).clear();
    int filled = args.getInt(108);
    if (filled < 0 || filled > args.getInt(104) || filled > in.limit() / ENTRY_BYTES) {
      throw new BlockDeviceException("a zone report cannot hold " + filled + " zones");
    }
    List<ZoneDescriptor> zones = new ArrayList<>(filled);
    for (int i = 0; i < filled; i++) {
      int at = i * ENTRY_BYTES;
      int index = from + i;
      long sizeBytes = in.getLong(at + 8) * blockBytes;
      long startBytes = in.getLong(at + 16) * blockBytes;
      ZoneCondition condition = LinuxIoctls.condition(index, in.get(at + 1));
      zones.add(
          new ZoneDescriptor(
              index,
              LinuxIoctls.type(index, in.get(at)),
              condition,
              startBytes,
              sizeBytes,
              sizeBytes,
              condition == ZoneCondition.FULL
                  ? startBytes + sizeBytes
                  : in.getLong(at + 24) * blockBytes));
    }
    return zones;
  }

  /** Asks for the parameters of the drive. */
  static ByteBuffer parameters() {
    return command(PARAMETERS);
  }

  /** The zone model among the parameters. */
  static DeviceModel model(ByteBuffer args) {
    return switch (args.getInt(8)) {
      case HOST_AWARE -> DeviceModel.HOST_AWARE;
      case HOST_MANAGED -> DeviceModel.HOST_MANAGED;
      default -> DeviceModel.NONE;
    };
  }

  /** The limit of open zones among the parameters. */
  static OptionalInt maxOpenZones(ByteBuffer args) {
    long limit = args.getLong(40);
    boolean isSet = (args.getLong(16) & FLAG_LIMIT_SET) != 0 && limit > 0 && limit < UNLIMITED;
    return isSet ? OptionalInt.of((int) Math.min(limit, Integer.MAX_VALUE)) : OptionalInt.empty();
  }
}
