// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The buffers of a write, one after the other; their positions move. Not thread-safe. */
final class Sources {
  private final ByteBuffer[] buffers;
  private int next;

  Sources(ByteBuffer... buffers) {
    this.buffers = buffers;
  }

  /** The next buffer if it is direct and has so many bytes; null if not. */
  @Nullable ByteBuffer direct(int bytes) {
    ByteBuffer buffer = current();
    return buffer.isDirect() && buffer.remaining() >= bytes ? buffer : null;
  }

  /** Takes bytes, of several buffers if need be. */
  void take(byte[] target, int length) {
    for (int filled = 0; filled < length; ) {
      ByteBuffer buffer = current();
      int count = Math.min(length - filled, buffer.remaining());
      buffer.get(target, filled, count);
      filled += count;
    }
  }

  /** Takes bytes, of several buffers if need be; the target's position moves. */
  void take(ByteBuffer target, int length) {
    for (int left = length; left > 0; ) {
      ByteBuffer buffer = current();
      int count = Math.min(left, buffer.remaining());
      target.put(target.position(), buffer, buffer.position(), count);
      target.position(target.position() + count);
      buffer.position(buffer.position() + count);
      left -= count;
    }
  }

  /** The first that has bytes; there is one. */
  private ByteBuffer current() {
    while (!buffers[next].hasRemaining()) {
      next++;
    }
    return buffers[next];
  }
}
