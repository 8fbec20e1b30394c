// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.zonefs.ZonefsDevice;

/**
 * Mounts of the kernel's zonefs on drives of null_blk. Debian has no mkzonefs, but a super block
 * without features is two numbers and a UUID, see {@code fs/zonefs/zonefs.h} of Linux.
 */
final class ZonefsMounts {
  private static final Path DIRECTORY = Path.of("/run/zonefs-mount");
  private static final int SUPER_BYTES = 4096;
  private static final int MAGIC = 0x5a4f4653;
  private static final int CRC_AT = 4;
  private static final int UUID_AT = 72;

  private static final String OPTIONS = "errors=repair,explicit-open";
  private static final long PROBE_ZONE_BYTES = 2 << 20;

  private final GuestDrives drives = new NullBlkDrives();

  /**
   * Why this kernel's zonefs cannot be used at all; empty if it can. Linux 6.1 with late stable
   * patches (Debian's 6.1.0-56) writes the bytes of every direct write, and fails with EIO.
   */
  static String refusal() throws IOException {
    EmulatedGeometry geometry =
        EmulatedGeometry.builder(4 * PROBE_ZONE_BYTES).zoneSizeBytes(PROBE_ZONE_BYTES).build();
    try (ZonedDevice device = new ZonefsMounts().fresh(geometry)) {
      device.append(0, ByteBuffer.allocate(geometry.blockSizeBytes()));
      return "";
    } catch (DeviceException failed) {
      return String.valueOf(failed.getMessage());
    }
  }

  /** A drive of this shape; its close ends the mount, else its null_blk could not be removed. */
  ZonedDevice fresh(EmulatedGeometry geometry) throws IOException {
    Path node = drives.find(withOneMore(geometry));
    writeSuper(node);
    Guest.run("modprobe", "zonefs");
    Files.createDirectories(DIRECTORY);
    Guest.run("mount", "-t", "zonefs", "-o", OPTIONS, node.toString(), DIRECTORY.toString());
    return new Mounted(ZonefsDevice.open(DIRECTORY, false));
  }

  private static final class Mounted extends FilterZonedDevice {
    private boolean closed;

    Mounted(ZonedDevice delegate) {
      super(delegate);
    }

    @Override
    public synchronized void close() throws IOException {
      super.close();
      if (!closed) {
        closed = true;
        Guest.run("umount", DIRECTORY.toString());
      }
    }
  }

  /** The first zone holds the super block and has no file. */
  private static EmulatedGeometry withOneMore(EmulatedGeometry geometry) {
    return new EmulatedGeometry(
        geometry.sizeBytes() + geometry.zoneSizeBytes(),
        geometry.zoneSizeBytes(),
        geometry.zoneCapacityBytes(),
        geometry.conventionalZones() == 0 ? 0 : geometry.conventionalZones() + 1,
        geometry.maxOpenZones(),
        geometry.maxActiveZones(),
        geometry.blockSizeBytes(),
        geometry.maxAppendBytes());
  }

  private static void writeSuper(Path node) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(SUPER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    block.putInt(0, MAGIC).putLong(UUID_AT, 1);
    CRC32 crc = new CRC32();
    crc.update(block.array());
    // The kernel's sum lacks the inversion at the end.
    block.putInt(CRC_AT, ~(int) crc.getValue());
    try (ZonedDevice device = BlockZonedDevice.open(node, DeviceAccess.READ_WRITE)) {
      device.write(0, block);
      if (device.report(0, 1).get(0).type() != ZoneType.CONVENTIONAL) {
        device.finish(0);
      }
      device.flush();
    }
  }
}
