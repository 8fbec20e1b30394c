// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.compose.Part;

/** Copies parts of a zone from one member to another, with buffers of 1 MiB. Thread-safe. */
final class ZoneCopy {
  private static final Logger LOG = LoggerFactory.getLogger(ZoneCopy.class);
  private static final int BUFFER_BYTES = 1 << 20;

  /** The drive that is read has failed, not the one that is written. */
  static final class SourceFailed extends IOException {
    private static final long serialVersionUID = 1;

    private final IOException failure;

    SourceFailed(IOException failure) {
      super(failure);
      this.failure = failure;
    }

    IOException failure() {
      return failure;
    }
  }

  /** Whether a failure, or a cause of it, is that a drive could not be read to be copied. */
  static boolean hasSourceFailed(Throwable failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof SourceFailed) {
        return true;
      }
    }
    return false;
  }

  /** Copies from one offset in a zone to another. */
  void copy(Part source, Part target, int zone, long fromBytes, long toBytes) throws IOException {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect((int) Math.min(BUFFER_BYTES, toBytes - fromBytes));
    for (long at = fromBytes; at < toBytes; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), toBytes - at));
      int length = buffer.remaining();
      read(source, zone, at, buffer);
      target.write(zone, at, buffer.flip());
      at += length;
    }
  }

  /**
   * Whether two members have the same bytes from one offset in a zone to another. One that cannot
   * be read is not the same; of one that does not answer, that is not known.
   */
  boolean isSame(Part source, Part other, int zone, long fromBytes, long toBytes)
      throws IOException {
    int capacity = (int) Math.min(BUFFER_BYTES, toBytes - fromBytes);
    ByteBuffer first = ByteBuffer.allocateDirect(capacity);
    ByteBuffer second = ByteBuffer.allocateDirect(capacity);
    for (long at = fromBytes; at < toBytes; at += capacity) {
      int length = (int) Math.min(capacity, toBytes - at);
      read(source, zone, at, first.clear().limit(length));
      try {
        other.read(zone, at, second.clear().limit(length));
      } catch (IOException e) {
        DeviceException.rethrowInconclusive(e);
        LOG.debug("zone {} of {} cannot be compared", zone, other.device(), e);
        return false;
      }
      if (first.flip().mismatch(second.flip()) >= 0) {
        return false;
      }
    }
    return true;
  }

  /** Reads all bytes from one offset in a zone to another, to know that it can be done. */
  void check(Part source, int zone, long fromBytes, long toBytes) throws IOException {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect((int) Math.min(BUFFER_BYTES, toBytes - fromBytes));
    for (long at = fromBytes; at < toBytes; at += buffer.capacity()) {
      read(source, zone, at, buffer.clear().limit((int) Math.min(buffer.capacity(), toBytes - at)));
    }
  }

  /** Reads from a source. */
  static void read(Part source, int zone, long offsetBytes, ByteBuffer buffer) throws IOException {
    try {
      source.read(zone, offsetBytes, buffer);
    } catch (IOException e) {
      DeviceException.rethrowShortage(e);
      throw new SourceFailed(e);
    }
  }
}
