// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.library;

import java.nio.ByteBuffer;
import zonefsj.device.DeviceGeometry;

/** Buffers that a drive uses without a copy: direct, aligned to the block size. */
final class BlockBuffers {
  private BlockBuffers() {}

  /**
   * A new buffer.
   *
   * @param bytes rounded up to whole blocks
   * @throws IllegalArgumentException if the size is not positive, or too large
   */
  static ByteBuffer of(DeviceGeometry geometry, int bytes) {
    int block = geometry.blockSizeBytes();
    if (bytes <= 0 || bytes > Integer.MAX_VALUE - 2 * block) {
      throw new IllegalArgumentException("a buffer of " + bytes + " bytes is none");
    }
    int whole = (bytes + block - 1) / block * block;
    return ByteBuffer.allocateDirect(whole + block).alignedSlice(block).slice(0, whole);
  }
}
