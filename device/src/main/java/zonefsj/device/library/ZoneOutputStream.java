// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.library;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** A {@link ZoneAppendChannel} as a stream. Thread-safe as the channel. */
final class ZoneOutputStream extends OutputStream {
  private final ZoneAppendChannel channel;

  ZoneOutputStream(ZoneAppendChannel channel) {
    this.channel = channel;
  }

  @Override
  public void write(int value) throws IOException {
    channel.write(ByteBuffer.wrap(new byte[] {(byte) value}));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    channel.write(ByteBuffer.wrap(bytes, offset, length));
  }

  @Override
  public void flush() throws IOException {
    channel.flush();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
