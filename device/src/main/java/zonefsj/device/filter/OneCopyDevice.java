// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.device.DeviceException;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;

/**
 * A view of a drive that reads one of its copies alone, to verify this copy with a reader that
 * knows nothing of copies. Reads fail if the copy cannot answer. Do not close it: the drive is
 * somebody else's.
 *
 * <p>Threading: as the drive below.
 */
public final class OneCopyDevice extends FilterZonedDevice {
  private final int copy;

  /** Whether a read has failed. */
  private volatile boolean hasFailed;

  /**
   * @param delegate the drive
   * @param copy which one to read
   */
  public OneCopyDevice(ZonedDevice delegate, int copy) {
    super(delegate);
    this.copy = copy;
  }

  /**
   * The drive for somebody who verifies what the medium has: caches are passed. Of several copies,
   * readers that verify ask each one themselves.
   */
  public static ZonedDevice pastCaches(ZonedDevice device) {
    return new FilterZonedDevice(device) {
      @Override
      public void read(long positionBytes, ByteBuffer destination) throws IOException {
        // Asked each time: a drive can get more parts.
        if (copies() == 1) {
          super.readCopy(0, positionBytes, destination);
        } else {
          super.read(positionBytes, destination);
        }
      }
    };
  }

  /** Number of the copy. */
  public int copy() {
    return copy;
  }

  /** Whether a read of the copy has failed so far: what was not found may be there. */
  public boolean hasFailed() {
    return hasFailed;
  }

  /** Whether the copy can be read at a position, which must be that of a block. */
  public boolean answers(long positionBytes) throws DeviceException {
    try {
      read(positionBytes, ByteBuffer.allocateDirect(geometry().blockSizeBytes()));
      return true;
    } catch (IOException silent) {
      DeviceException.rethrowInconclusive(silent);
      return false;
    } finally {
      hasFailed = false;
    }
  }

  @Override
  public int copies() {
    return 1;
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    boolean done = false;
    try {
      super.readCopy(copy, positionBytes, destination);
      done = true;
    } finally {
      hasFailed |= !done;
    }
  }

  @Override
  public void readCopy(int number, long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination);
  }

  @Override
  public void noteWrong(int number, long positionBytes) {
    super.noteWrong(copy, positionBytes);
  }
}
