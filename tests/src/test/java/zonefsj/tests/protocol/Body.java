// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The body of a request, field after field. */
final class Body {
  private ByteBuffer out = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());

  Body u32(int... values) {
    for (int value : values) {
      room(Integer.BYTES).putInt(value);
    }
    return this;
  }

  Body u64(long... values) {
    for (long value : values) {
      room(Long.BYTES).putLong(value);
    }
    return this;
  }

  Body name(String name) {
    return bytes(name.getBytes(UTF_8)).bytes(new byte[1]);
  }

  Body bytes(byte[] bytes) {
    room(bytes.length).put(bytes);
    return this;
  }

  private ByteBuffer room(int bytes) {
    if (out.remaining() < bytes) {
      out =
          ByteBuffer.allocate(2 * (out.position() + bytes))
              .order(ByteOrder.nativeOrder())
              .put(out.flip());
    }
    return out;
  }

  byte[] build() {
    return Arrays.copyOf(out.array(), out.position());
  }
}
