// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3.client;

import java.io.InputStream;
import java.nio.ByteBuffer;

/** The bytes of buffers, in order; their positions stay. Used by one thread. */
final class BufferStream extends InputStream {
  private final ByteBuffer[] sources;
  private int at;

  BufferStream(ByteBuffer... sources) {
    this.sources = new ByteBuffer[sources.length];
    for (int source = 0; source < sources.length; source++) {
      this.sources[source] = sources[source].duplicate();
    }
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] destination, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    while (at < sources.length && !sources[at].hasRemaining()) {
      at++;
    }
    if (at == sources.length) {
      return -1;
    }
    int some = Math.min(length, sources[at].remaining());
    sources[at].get(destination, offset, some);
    return some;
  }

  @Override
  public int available() {
    return at < sources.length ? sources[at].remaining() : 0;
  }
}
