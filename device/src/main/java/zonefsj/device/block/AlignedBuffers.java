// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * A pool of direct buffers of 1 MiB, aligned for direct I/O, for callers whose memory the kernel
 * does not accept. Thread-safe; a buffer belongs to the thread that acquired it until it is
 * released.
 */
final class AlignedBuffers {
  static final int BUFFER_BYTES = 1 << 20;

  /** Sufficient for every drive; also the size of a page. */
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

  /** Returns a buffer to the pool; if the pool is full, the JVM frees the buffer. */
  static void release(ByteBuffer buffer) {
    boolean kept = IDLE.offer(buffer);
    assert kept || IDLE.remainingCapacity() == 0;
  }
}
