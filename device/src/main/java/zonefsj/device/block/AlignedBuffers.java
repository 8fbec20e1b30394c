// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * A few direct buffers of 1 MiB, aligned for direct input and output, for callers whose own memory
 * the kernel cannot take. Thread-safe; a buffer belongs to who acquired it until it is released.
 */
final class AlignedBuffers {
  static final int BUFFER_BYTES = 1 << 20;

  /** As much as any drive asks for; a page, too. */
  static final int ALIGNMENT_BYTES = 4096;

  private static final ArrayBlockingQueue<ByteBuffer> IDLE = new ArrayBlockingQueue<>(8);

  private AlignedBuffers() {}

  /** A cleared buffer. */
  static ByteBuffer acquire() {
    ByteBuffer buffer = IDLE.poll();
    return buffer == null
        ? ByteBuffer.allocateDirect(BUFFER_BYTES + ALIGNMENT_BYTES).alignedSlice(ALIGNMENT_BYTES)
        : buffer.clear();
  }

  /** Gives a buffer back; one too many is left to the garbage collector. */
  static void release(ByteBuffer buffer) {
    boolean kept = IDLE.offer(buffer);
    assert kept || IDLE.remainingCapacity() == 0;
  }
}
