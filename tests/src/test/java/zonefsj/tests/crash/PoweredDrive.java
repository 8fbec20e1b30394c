// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * A drive that works as long as it has power, and may die earlier for reasons of its own.
 * Thread-safe.
 */
final class PoweredDrive extends FilterZonedDevice {
  private final PowerSupply power;
  private final PowerSupply life;
  private final boolean closes;

  /**
   * @param power of all drives of a host
   * @param life of this drive
   * @param closes whether a close closes the drive below, too
   */
  PoweredDrive(ZonedDevice drive, PowerSupply power, PowerSupply life, boolean closes) {
    super(drive);
    this.power = power;
    this.life = life;
    this.closes = closes;
  }

  private void use() throws DeviceException {
    if (!life.use() || !power.use()) {
      throw new DeviceException(Reason.MEDIA, -1, "the drive has no power");
    }
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    use();
    return super.report(from, count);
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    use();
    super.read(positionBytes, destination);
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    use();
    super.write(positionBytes, sources);
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    use();
    return super.append(zone, sources);
  }

  @Override
  public void flush() throws IOException {
    use();
    super.flush();
  }

  @Override
  public void finish(int zone) throws IOException {
    use();
    super.finish(zone);
  }

  @Override
  public void reset(int zone) throws IOException {
    use();
    super.reset(zone);
  }

  @Override
  public void close() throws IOException {
    if (closes) {
      super.close();
    }
  }
}
