// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.block.NativeFile;

/** What the growth of an image uses of its file or drive; tests cut it off after each access. */
interface ImageMedium {
  /** For messages. */
  Logger LOG = LoggerFactory.getLogger(ImageMedium.class);

  /** Size in bytes. */
  long sizeBytes() throws IOException;

  /** Fills the buffer. */
  void read(long offsetBytes, ByteBuffer destination) throws IOException;

  /** Writes the whole buffer; durable after the next {@link #sync}. */
  void write(long offsetBytes, ByteBuffer source) throws IOException;

  /** Releases a range, which then reads as zeros; does nothing if the host cannot. */
  void release(long offsetBytes, long lengthBytes) throws IOException;

  /** Makes everything before durable. */
  void sync() throws IOException;

  /** An open file or drive. */
  static ImageMedium of(NativeFile file) {
    return new ImageMedium() {
      @Override
      public long sizeBytes() throws IOException {
        return file.sizeBytes();
      }

      @Override
      public void read(long offsetBytes, ByteBuffer destination) throws IOException {
        file.read(offsetBytes, destination);
      }

      @Override
      public void write(long offsetBytes, ByteBuffer source) throws IOException {
        file.write(offsetBytes, source);
      }

      @Override
      public void release(long offsetBytes, long lengthBytes) throws IOException {
        if (!file.punchHole(offsetBytes, lengthBytes)) {
          // As after a reset: nothing above a write pointer is ever read.
          LOG.debug("{} bytes at {} cannot be released", lengthBytes, offsetBytes);
        }
      }

      @Override
      public void sync() throws IOException {
        file.sync();
      }
    };
  }
}
