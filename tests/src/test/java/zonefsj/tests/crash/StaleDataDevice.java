// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * A drive that answers a read beyond a write pointer with what lies on the medium: what was there
 * before the last reset, or a write that came so far but not its pointer. The emulation answers
 * zeros, which no reader mistakes for anything. For one thread.
 */
final class StaleDataDevice extends FilterZonedDevice {
  private final MediumContents remains;

  /**
   * @param remains the medium; follows what is written
   */
  StaleDataDevice(ZonedDevice delegate, MediumContents remains) {
    super(delegate);
    this.remains = remains;
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    ByteBuffer answer = destination.slice();
    super.read(positionBytes, destination);
    DeviceGeometry geometry = geometry();
    long end = positionBytes + answer.remaining();
    for (long from = positionBytes; from < end; ) {
      ZoneDescriptor zone = report(geometry.zoneOf(from), 1).get(0);
      long zoneEnd = Math.min(end, zone.startBytes() + zone.sizeBytes());
      long unwritten = Math.max(from, zone.writePointerBytes());
      if (zone.hasWritePointer() && unwritten < zoneEnd) {
        int at = (int) (unwritten - positionBytes);
        remains.read(unwritten, answer.slice(at, (int) (zoneEnd - unwritten)));
      }
      from = zoneEnd;
    }
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    ByteBuffer[] same = new ByteBuffer[sources.length];
    for (int index = 0; index < sources.length; index++) {
      same[index] = sources[index].duplicate();
    }
    super.write(positionBytes, sources);
    remains.write(positionBytes, same);
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    ByteBuffer[] same = new ByteBuffer[sources.length];
    for (int index = 0; index < sources.length; index++) {
      same[index] = sources[index].duplicate();
    }
    long position = super.append(zone, sources);
    remains.write(position, same);
    return position;
  }
}
