// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.nio.file.Path;

/**
 * What statx(2) says of a file, with what Java does not tell.
 *
 * @param mode type and permissions, as in {@code st_mode}
 * @param sizeBytes length
 * @param allocatedBytes the number of blocks of 512 bytes, in bytes
 * @param blockSizeBytes preferred size of accesses
 * @param device the device of its filesystem, as sysfs writes it: {@code 259:0}
 */
public record FileFacts(
    int mode, long sizeBytes, long allocatedBytes, int blockSizeBytes, String device) {
  private static final int AT_FDCWD = -100;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STRUCT_BYTES = 256;
  private static final int BLOCK_SIZE_AT = 4;
  private static final int MODE_AT = 28;
  private static final int SIZE_AT = 40;
  private static final int BLOCKS_AT = 48;
  private static final int DEVICE_MAJOR_AT = 136;
  private static final int DEVICE_MINOR_AT = 140;
  private static final int SECTOR_BYTES = 512;
  private static final int SHORT = 0xffff;

  /**
   * Asks for a file.
   *
   * @throws NativeException with the system's error number
   */
  public static FileFacts of(Path path) throws NativeException {
    try (Memory result = new Memory(STRUCT_BYTES)) {
      while (StatLibc.statx(AT_FDCWD, path.toString(), 0, STATX_BASIC_STATS, result) != 0) {
        int errno = Native.getLastError();
        if (errno != BlockLibc.EINTR) {
          throw new NativeException("statx " + path, errno);
        }
      }
      return new FileFacts(
          result.getShort(MODE_AT) & SHORT,
          result.getLong(SIZE_AT),
          result.getLong(BLOCKS_AT) * SECTOR_BYTES,
          result.getInt(BLOCK_SIZE_AT),
          result.getInt(DEVICE_MAJOR_AT) + ":" + result.getInt(DEVICE_MINOR_AT));
    }
  }
}
