// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import zonefsj.device.ZoneDescriptor;

/** Block devices of Linux. Stateless and thread-safe. */
final class LinuxBlocks implements BlockSystem {
  private static final int BLOCK_DEVICE_MODE = 0060000;
  private static final int FILE_TYPE_MASK = 0170000;

  @Override
  public boolean isDrive(int mode) {
    return (mode & FILE_TYPE_MASK) == BLOCK_DEVICE_MODE;
  }

  @Override
  public BlockDeviceFacts facts(Path path) throws IOException {
    return BlockDeviceFacts.inSysfs(path);
  }

  @Override
  public List<ZoneDescriptor> report(NativeFile file, int from, int count, long zoneSizeBytes)
      throws IOException {
    return LinuxIoctls.report(file, from, count, zoneSizeBytes);
  }

  @Override
  public void request(NativeFile file, ZoneRequest request, ZoneDescriptor zone)
      throws IOException {
    LinuxIoctls.request(file, request, zone);
  }

  @Override
  public void flush(NativeFile file) throws IOException {
    file.sync();
  }

  @Override
  public int openFlags(int flags) {
    return flags;
  }

  @Override
  public int errno(int number) {
    return number;
  }
}
