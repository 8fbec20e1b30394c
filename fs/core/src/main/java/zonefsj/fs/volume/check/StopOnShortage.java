// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import zonefsj.device.DeviceException;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * Ends a check or a repair at the first access that fails without evidence of what the drive holds:
 * the host has no memory, or a store does not answer. Their steps take an {@code IOException} of
 * the drive for damage and continue with what is left; such a failure passes all of them as an
 * unchecked exception.
 *
 * <p>Thread-safe as the drive is.
 */
public final class StopOnShortage extends FilterZonedDevice {
  private StopOnShortage(ZonedDevice drive) {
    super(drive);
  }

  /** Work with a drive. */
  @FunctionalInterface
  public interface Work<T> {
    /** Performs the work. */
    T with(ZonedDevice device) throws IOException;
  }

  /**
   * Performs work that ends at the first shortage.
   *
   * @throws DeviceException for which {@link DeviceException#isInconclusive} holds in that case
   * @throws IOException if the work fails otherwise
   */
  public static <T> T during(ZonedDevice drive, Work<T> work) throws IOException {
    try {
      return work.with(new StopOnShortage(drive));
    } catch (Stop stop) {
      throw stop.shortage;
    }
  }

  /** Carries a shortage past all handlers of damage. */
  private static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final DeviceException shortage;

    Stop(DeviceException shortage) {
      super(shortage);
      this.shortage = shortage;
    }
  }

  @FunctionalInterface
  private interface Access<T> {
    T run() throws IOException;
  }

  private static <T> T stopping(Access<T> access) throws IOException {
    try {
      return access.run();
    } catch (IOException failed) {
      throw stopAtShortage(failed);
    }
  }

  @FunctionalInterface
  private interface Change {
    void run() throws IOException;
  }

  private static void stopping(Change change) throws IOException {
    try {
      change.run();
    } catch (IOException failed) {
      throw stopAtShortage(failed);
    }
  }

  private static IOException stopAtShortage(IOException failed) {
    try {
      DeviceException.rethrowInconclusive(failed);
    } catch (DeviceException shortage) {
      throw new Stop(shortage);
    }
    return failed;
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    return stopping(() -> super.report(from, count));
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    stopping(() -> super.read(positionBytes, destination));
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    stopping(() -> super.readCopy(copy, positionBytes, destination));
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    stopping(() -> super.write(positionBytes, sources));
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    return stopping(() -> super.append(zone, sources));
  }

  @Override
  public void flush() throws IOException {
    stopping(() -> super.flush());
  }

  @Override
  public void open(int zone) throws IOException {
    stopping(() -> super.open(zone));
  }

  @Override
  public void close(int zone) throws IOException {
    stopping(() -> super.close(zone));
  }

  @Override
  public void finish(int zone) throws IOException {
    stopping(() -> super.finish(zone));
  }

  @Override
  public void reset(int zone) throws IOException {
    stopping(() -> super.reset(zone));
  }
}
