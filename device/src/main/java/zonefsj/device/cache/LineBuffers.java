// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Direct buffers of one size, of which a few are kept for later. Threading: safe for use by several
 * threads; nothing waits.
 */
final class LineBuffers {
  /** Each attempt without success collects garbage, and takes half a second. */
  private static final long PAUSE_NANOS = 5_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(LineBuffers.class);
  private static final int KEPT = 4;

  private final int lengthBytes;
  private final IntFunction<ByteBuffer> memory;
  private final LongSupplier clock;
  private final ArrayBlockingQueue<ByteBuffer> idle = new ArrayBlockingQueue<>(KEPT);

  /** When there was no memory, if {@link #hasFailed}. */
  private volatile long failedNanos;

  private volatile boolean hasFailed;

  LineBuffers(int lengthBytes) {
    this(lengthBytes, ByteBuffer::allocateDirect, System::nanoTime);
  }

  /**
   * @param memory gives buffers of a length, or throws OutOfMemoryError
   * @param clock gives nanoseconds
   */
  LineBuffers(int lengthBytes, IntFunction<ByteBuffer> memory, LongSupplier clock) {
    this.lengthBytes = lengthBytes;
    this.memory = memory;
    this.clock = clock;
  }

  /** The length of the longest access of a cache, which may begin and end within lines. */
  static LineBuffers of(CacheOptions options) {
    return new LineBuffers(options.longestBytes() + 2 * options.lineBytes());
  }

  /**
   * A buffer with any content, for the caller alone until {@link #give}; null if there is no memory
   * for one, which is no reason to fail an access.
   */
  @Nullable ByteBuffer take() {
    ByteBuffer buffer = idle.poll();
    if (buffer != null) {
      return buffer;
    }
    if (hasFailed && clock.getAsLong() - failedNanos < PAUSE_NANOS) {
      return null;
    }
    try {
      ByteBuffer made = memory.apply(lengthBytes);
      hasFailed = false;
      return made;
    } catch (OutOfMemoryError e) {
      LOG.debug("accesses are not cached: no direct memory is left", e);
      failedNanos = clock.getAsLong();
      hasFailed = true;
      return null;
    }
  }

  /** Takes a buffer back. */
  void give(ByteBuffer buffer) {
    // If enough are kept, it is garbage.
    idle.offer(buffer);
  }
}
