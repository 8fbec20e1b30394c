// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.KnownFormat;

/**
 * The readable first bytes of a file or drive: a bad sector there must not hide everything after
 * it.
 *
 * @param bytes up to {@link KnownFormat#LOOK_BYTES}, from index 0 to the limit; zeros where it
 *     cannot be read
 * @param hasUnreadableHeader whether the place of the header cannot be read
 */
record DriveStart(ByteBuffer bytes, boolean hasUnreadableHeader) {
  private static final Logger LOG = LoggerFactory.getLogger(DriveStart.class);

  /** A source of bytes. */
  @FunctionalInterface
  interface Source {
    /** Fills the buffer. */
    void read(long offsetBytes, ByteBuffer destination) throws IOException;
  }

  /**
   * Reads the first bytes.
   *
   * @param sizeBytes of the file or drive
   * @throws IOException if none of them can be read
   */
  static DriveStart of(Source source, long sizeBytes) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(sizeBytes, KnownFormat.LOOK_BYTES));
    try {
      source.read(0, bytes);
      return new DriveStart(bytes.flip(), false);
    } catch (IOException unreadable) {
      return inPieces(source, bytes.clear(), unreadable);
    }
  }

  private static DriveStart inPieces(Source source, ByteBuffer bytes, IOException why)
      throws IOException {
    boolean headerIsUnreadable = false;
    boolean isAnyReadable = false;
    for (int at = 0; at < bytes.limit(); at += ImageHeader.BYTES) {
      int length = Math.min(ImageHeader.BYTES, bytes.limit() - at);
      ByteBuffer piece = ByteBuffer.allocate(length);
      try {
        source.read(at, piece);
        isAnyReadable = true;
      } catch (IOException unreadable) {
        LOG.warn("{} bytes at {} cannot be read", length, at, unreadable);
        headerIsUnreadable |= at == 0;
        piece = ByteBuffer.allocate(length).position(length);
      }
      bytes.put(at, piece.flip(), 0, length);
    }
    if (!isAnyReadable) {
      throw why;
    }
    return new DriveStart(bytes, headerIsUnreadable);
  }
}
