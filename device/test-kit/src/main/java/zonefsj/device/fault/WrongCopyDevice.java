// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;

/**
 * A drive of two copies, like a mirror with a member that went wrong: reads are answered by copy 1,
 * in which a byte is wrong. Counts how often it is told so. For one thread.
 */
public final class WrongCopyDevice extends FilterZonedDevice {
  /** The copy that is wrong. */
  public static final int WRONG = 1;

  private final long wrongPosition;
  private int told;

  /**
   * @param wrongPosition of the byte that copy 1 has wrong
   */
  public WrongCopyDevice(ZonedDevice delegate, long wrongPosition) {
    super(delegate);
    this.wrongPosition = wrongPosition;
  }

  /** How often {@link #noteWrong} has named the wrong copy. */
  public int told() {
    return told;
  }

  @Override
  public int copies() {
    return 2;
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    readCopy(WRONG, positionBytes, destination);
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    int begin = destination.position();
    int length = destination.remaining();
    delegate().read(positionBytes, destination);
    long at = wrongPosition - positionBytes;
    if (copy == WRONG && at >= 0 && at < length) {
      destination.put(begin + (int) at, (byte) ~destination.get(begin + (int) at));
    }
  }

  @Override
  public void noteWrong(int copy, long positionBytes) {
    if (copy != WRONG) {
      throw new AssertionError("copy " + copy + " is right at " + positionBytes);
    }
    told++;
  }
}
