// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import zonefsj.device.DeviceAccess;
import zonefsj.device.block.BlockDeviceFacts;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;

/** QEMU's ZNS drives: those that the guest was started with ({@link GuestCommand}). */
final class NvmeDrives extends GuestDrives {
  @Override
  Path find(EmulatedGeometry geometry) throws IOException {
    List<String> others = new ArrayList<>();
    try (DirectoryStream<Path> nodes = Files.newDirectoryStream(Path.of("/dev"), "nvme*n1")) {
      for (Path node : nodes) {
        BlockDeviceFacts facts = BlockDeviceFacts.of(node);
        if (facts.blockSizeBytes() == geometry.blockSizeBytes()
            && facts.zoneSizeBytes() == geometry.zoneSizeBytes()
            && facts.sizeBytes() == geometry.sizeBytes()
            && facts.maxOpenZones().equals(geometry.maxOpenZones())
            && facts.maxActiveZones().equals(geometry.maxActiveZones())
            && capacityBytes(node) == geometry.zoneCapacityBytes()) {
          return node;
        }
        others.add(facts.toString());
      }
    }
    throw new IOException("no NVMe drive is " + geometry + ", there are " + others);
  }

  private static long capacityBytes(Path node) throws IOException {
    try (BlockZonedDevice device = BlockZonedDevice.open(node, DeviceAccess.READ_ONLY)) {
      return device.report(0, 1).get(0).capacityBytes();
    }
  }
}
