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
 * refused. It costs a reader nothing as long as its checksums match. A drive with one copy is read
 * once more, past caches: the drive, its bus or a cache may have been wrong and not the medium.
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
  public record Found(ByteBuffer bytes, int wrongCopies) {
    /** What was wrong, for a message that begins with what was read. */
    public String words() {
      return wrongCopies > 0
          ? "is wrong in a copy of the drive, and right in another one"
          : "was wrong in one read, and right in the next one";
    }
  }

  /**
   * What the copies answered.
   *
   * @param found null if no copy that answered has the right bytes
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
      try {
        ByteBuffer bytes = wholeBlocks();
        device.readCopy(copy, start(), bytes);
        return cut(bytes);
      } catch (IOException silent) {
        DeviceException.rethrowInconclusive(silent);
        LOG.debug("copy {} does not answer at byte {}", copy, positionBytes, silent);
        silence = silent;
        return null;
      }
    }

    /**
     * Reads block by block what the copy has, and the others as the drive gives them. Of a stripe
     * over mirrors, the copy of one part may answer while that of another does not.
     *
     * @return null if the copy has no block, or the drive cannot read all
     */
    @Nullable ByteBuffer readBlocksOrNull(int copy) throws DeviceException {
      ByteBuffer bytes = wholeBlocks();
      int blockBytes = device.geometry().blockSizeBytes();
      if (bytes.capacity() == blockBytes) {
        return null;
      }
      int answered = 0;
      for (int at = 0; at < bytes.capacity(); at += blockBytes) {
        if (readBlock(copy, at, bytes)) {
          answered++;
        } else {
          try {
            device.read(start() + at, bytes.clear().position(at).limit(at + blockBytes));
          } catch (IOException unreadable) {
            DeviceException.rethrowInconclusive(unreadable);
            return null;
          }
        }
      }
      return answered == 0 ? null : cut(bytes);
    }

    private boolean readBlock(int copy, int at, ByteBuffer bytes) throws DeviceException {
      try {
        int blockBytes = device.geometry().blockSizeBytes();
        device.readCopy(copy, start() + at, bytes.clear().position(at).limit(at + blockBytes));
        return true;
      } catch (IOException silent) {
        DeviceException.rethrowInconclusive(silent);
        return false;
      }
    }

    private long start() {
      return positionBytes & -(long) device.geometry().blockSizeBytes();
    }

    private ByteBuffer wholeBlocks() {
      return ByteBuffer.allocateDirect(
          (int)
              FrameHeader.roundUp(
                  positionBytes - start() + lengthBytes, device.geometry().blockSizeBytes()));
    }

    private ByteBuffer cut(ByteBuffer bytes) {
      int head = (int) (positionBytes - start());
      return bytes.clear().position(head).limit(head + lengthBytes);
    }
  }

  /**
   * As {@link #ask}, for callers to whom a copy that is wrong is like one that does not answer.
   *
   * @return null if no copy that answers has the right bytes
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
    Asked asked = new Asked(device, positionBytes, lengthBytes);
    ByteBuffer right = null;
    boolean[] isWrong = new boolean[copies];
    boolean[] isSilent = new boolean[copies];
    int wrongCopies = 0;
    for (int copy = 0; copy < copies; copy++) {
      ByteBuffer bytes = asked.readOrNull(copy);
      if (bytes == null) {
        isSilent[copy] = true;
        continue;
      }
      if (check.isRight(bytes.duplicate())) {
        right = right == null ? bytes : right;
      } else {
        isWrong[copy] = true;
        wrongCopies++;
      }
    }
    // Of a drive with one copy no other blocks are to be had.
    for (int copy = 0; copies > 1 && copy < copies && right == null; copy++) {
      ByteBuffer bytes = isSilent[copy] ? asked.readBlocksOrNull(copy) : null;
      right = bytes != null && check.isRight(bytes.duplicate()) ? bytes : null;
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
