// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;

/** The drives of one make. */
abstract class GuestDrives {
  private static final int ERASE_BYTES = 1 << 20;

  GuestDrives() {
    Guest.demand();
  }

  /** The node of a drive of this shape; what it holds is anything. */
  abstract Path find(EmulatedGeometry geometry) throws IOException;

  /** A drive of this shape, opened, as new: all zones empty, conventional ones zeros. */
  final BlockZonedDevice fresh(EmulatedGeometry geometry) throws IOException {
    BlockZonedDevice device = BlockZonedDevice.open(find(geometry), DeviceAccess.READ_WRITE);
    boolean ready = false;
    try {
      for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
        if (zone.type() == ZoneType.CONVENTIONAL) {
          erase(device, zone);
        } else if (zone.condition() != ZoneCondition.EMPTY) {
          device.reset(zone.index());
        }
      }
      ready = true;
      return device;
    } finally {
      if (!ready) {
        device.close();
      }
    }
  }

  private static void erase(BlockZonedDevice device, ZoneDescriptor zone) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect(ERASE_BYTES);
    long end = zone.startBytes() + zone.sizeBytes();
    for (long at = zone.startBytes(); at < end; at += ERASE_BYTES) {
      device.write(at, zeros.clear().limit((int) Math.min(ERASE_BYTES, end - at)));
    }
  }
}
