// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Presents C memory as a direct buffer. It reuses the buffer object while the address stays the
 * same, which is the usual case: libfuse frees the memory of a read before it allocates for the
 * next read of the same thread. Used by one thread.
 */
final class BufferWindow {
  private long address;
  private @Nullable ByteBuffer buffer;

  /** The memory as a buffer, valid until the next call and until the memory is freed. */
  ByteBuffer at(long start, int length) {
    ByteBuffer current = buffer;
    if (current == null || start != address || length > current.capacity()) {
      current = NativeMemory.IO.newDirectByteBuffer(start, length);
      buffer = current;
      address = start;
    }
    return current.clear().limit(length);
  }
}
