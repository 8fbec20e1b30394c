// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Direct buffers of one size, of which a few are kept for later. Threading: safe for use by several
 * threads; nothing waits.
 */
final class LineBuffers {
  private static final int KEPT = 4;

  private final int lengthBytes;
  private final ArrayBlockingQueue<ByteBuffer> idle = new ArrayBlockingQueue<>(KEPT);

  LineBuffers(int lengthBytes) {
    this.lengthBytes = lengthBytes;
  }

  /** A buffer with any content, for the caller alone until {@link #give}. */
  ByteBuffer take() {
    ByteBuffer buffer = idle.poll();
    return buffer == null ? ByteBuffer.allocateDirect(lengthBytes) : buffer;
  }

  /** Takes a buffer back. */
  void give(ByteBuffer buffer) {
    // If enough are kept, it is garbage.
    idle.offer(buffer);
  }
}
