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
   * What the copies answered.
   *
   * @param found null if no copy that answered has the right bytes, or the drive has only one
   * @param silence why a copy did not answer; null if all did. Without right bytes, this copy may
   *     have them
   */
  public record Answers(@Nullable Found found, @Nullable IOException silence) {}

  /** Reads a range from one copy after the other. */
  private static final class Asked {
    private final ZonedDevice device;
    private final long positionBytes;
    private final int lengthBytes;
    private @Nullable IOException silence;

    Asked(ZonedDevice device, long positionBytes, int lengthBytes) {
      this.device = device;
      this.positionBytes = positionBytes;
      this.lengthBytes = lengthBytes;
    }

    @Nullable ByteBuffer readOrNull(int copy) throws DeviceException {
      int blockBytes = device.geometry().blockSizeBytes();
      long start = positionBytes & -(long) blockBytes;
      int head = (int) (positionBytes - start);
      ByteBuffer bytes =
          ByteBuffer.allocateDirect(
              (int) FrameHeader.roundUp((long) head + lengthBytes, blockBytes));
      try {
        device.readCopy(copy, start, bytes);
        return bytes.flip().position(head).limit(head + lengthBytes);
      } catch (IOException silent) {
        DeviceException.rethrowShortage(silent);
        LOG.debug("copy {} does not answer at byte {}", copy, positionBytes, silent);
        silence = silent;
        return null;
      }
    }
  }

  /**
   * As {@link #ask}, for callers to whom a copy that is wrong is like one that does not answer.
   *
   * @return null if no copy that answers has the right bytes, or the drive has only one
   */
  public static @Nullable Found findRight(
      ZonedDevice device, long positionBytes, int lengthBytes, Check check) throws IOException {
    return ask(device, positionBytes, lengthBytes, check).found();
  }

  /**
   * Reads a range from every copy, because each may be wrong. If one is right, tells the drive
   * which ones are wrong.
   *
   * @param positionBytes absolute position, of any alignment
   * @param check decides which bytes are right
   * @throws DeviceException if the host has no memory
   * @throws IOException of the check
   */
  public static Answers ask(ZonedDevice device, long positionBytes, int lengthBytes, Check check)
      throws IOException {
    int copies = device.copies();
    if (copies == 1) {
      return new Answers(null, null);
    }
    Asked asked = new Asked(device, positionBytes, lengthBytes);
    ByteBuffer right = null;
    boolean[] isWrong = new boolean[copies];
    int wrongCopies = 0;
    for (int copy = 0; copy < copies; copy++) {
      ByteBuffer bytes = asked.readOrNull(copy);
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
      return new Answers(null, asked.silence);
    }
    for (int copy = 0; copy < copies; copy++) {
      if (isWrong[copy]) {
        device.noteWrong(copy, positionBytes);
      }
    }
    return new Answers(new Found(right, wrongCopies), asked.silence);
  }
}
