// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZonedDevice;

/**
 * Asks the copies of a drive, such as the members of a mirror, for bytes that a checksum has
 * refused. It costs a reader nothing as long as its checksums match. Of drives with one copy it
 * asks nothing.
 */
public final class DriveCopies {
  private static final Logger LOG = LoggerFactory.getLogger(DriveCopies.class);

  private DriveCopies() {}

  /** A checksum, or another proof of what must be there. */
  @FunctionalInterface
  public interface Check {
    /**
     * Whether bytes are right.
     *
     * @param bytes from position to limit, for this call alone
     */
    boolean isRight(ByteBuffer bytes) throws IOException;
  }

  /**
   * Right bytes.
   *
   * @param bytes from position to limit
   * @param wrongCopies number of copies that have wrong bytes there; 0 if only the first read was
   *     wrong
   */
  public record Found(ByteBuffer bytes, int wrongCopies) {}

  /**
   * Reads a range from every copy, because each may be wrong. If one is right, tells the drive
   * which ones are wrong.
   *
   * @param positionBytes absolute position, of any alignment
   * @param check decides which bytes are right
   * @return null if no copy has the right bytes, or the drive has only one
   * @throws DeviceException if the host has no memory
   * @throws IOException of the check
   */
  public static @Nullable Found findRight(
      ZonedDevice device, long positionBytes, int lengthBytes, Check check) throws IOException {
    int copies = device.copies();
    if (copies == 1) {
      return null;
    }
    ByteBuffer right = null;
    boolean[] isWrong = new boolean[copies];
    int wrongCopies = 0;
    for (int copy = 0; copy < copies; copy++) {
      ByteBuffer bytes = readOrNull(device, copy, positionBytes, lengthBytes);
      if (bytes == null) {
        continue;
      }
      if (check.isRight(bytes.duplicate())) {
        right = right == null ? bytes : right;
      } else {
        isWrong[copy] = true;
        wrongCopies++;
      }
    }
    if (right == null) {
      return null;
    }
    for (int copy = 0; copy < copies; copy++) {
      if (isWrong[copy]) {
        device.noteWrong(copy, positionBytes);
      }
    }
    return new Found(right, wrongCopies);
  }

  private static @Nullable ByteBuffer readOrNull(
      ZonedDevice device, int copy, long positionBytes, int lengthBytes) throws DeviceException {
    int blockBytes = device.geometry().blockSizeBytes();
    long start = positionBytes & -(long) blockBytes;
    int head = (int) (positionBytes - start);
    ByteBuffer bytes =
        ByteBuffer.allocateDirect((int) FrameHeader.roundUp((long) head + lengthBytes, blockBytes));
    try {
      device.readCopy(copy, start, bytes);
      return bytes.flip().position(head).limit(head + lengthBytes);
    } catch (IOException silent) {
      DeviceException.rethrowShortage(silent);
      LOG.debug("copy {} does not answer at byte {}", copy, positionBytes, silent);
      return null;
    }
  }
}
