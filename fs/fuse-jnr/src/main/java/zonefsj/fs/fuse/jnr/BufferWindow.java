// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Shows a piece of C memory as a direct buffer. The buffer object is kept and used again while the
 * address stays the same, which it mostly does: libfuse frees what it has allocated for a read
 * before it allocates for the next one of the same thread. Used by one thread.
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
