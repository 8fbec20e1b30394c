// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * A drive whose accesses can fail before they are done, and after: then nobody is told that they
 * are done. Thread-safe as the drive below and the checks are.
 */
abstract class GuardedDrive extends FilterZonedDevice {
  GuardedDrive(ZonedDevice delegate) {
    super(delegate);
  }

  /** Fails if an access cannot be done. */
  abstract void begin() throws IOException;

  /** Fails if nobody is told that an access is done. */
  abstract void end() throws IOException;

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    begin();
    List<ZoneDescriptor> zones = super.report(from, count);
    end();
    return zones;
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    begin();
    super.read(positionBytes, destination);
    end();
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    begin();
    super.write(positionBytes, sources);
    end();
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    begin();
    long position = super.append(zone, sources);
    end();
    return position;
  }

  @Override
  public void flush() throws IOException {
    begin();
    super.flush();
    end();
  }

  @Override
  public void finish(int zone) throws IOException {
    begin();
    super.finish(zone);
    end();
  }

  @Override
  public void reset(int zone) throws IOException {
    begin();
    super.reset(zone);
    end();
  }
}
