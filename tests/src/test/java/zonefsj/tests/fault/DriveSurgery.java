// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/**
 * Takes a drive apart and puts it together again with other bytes, write pointers or conditions: so
 * damage is there as on a real medium, until its zone is reset.
 */
final class DriveSurgery {
  private final EmulatedGeometry geometry;
  private final ZoneDescriptor[] zones;
  private final byte[][] written;
  private final ZoneCondition[] conditions;

  DriveSurgery(ZonedDevice drive, EmulatedGeometry geometry) throws IOException {
    this.geometry = geometry;
    List<ZoneDescriptor> report = drive.report(0, drive.geometry().zoneCount());
    zones = report.toArray(new ZoneDescriptor[0]);
    written = new byte[zones.length][];
    conditions = new ZoneCondition[zones.length];
    for (ZoneDescriptor zone : zones) {
      conditions[zone.index()] = zone.condition();
      ByteBuffer bytes = ByteBuffer.allocate((int) length(zone));
      if (bytes.hasRemaining()) {
        drive.read(zone.startBytes(), bytes);
      }
      written[zone.index()] = bytes.array();
    }
  }

  private static long length(ZoneDescriptor zone) {
    if (zone.condition() == ZoneCondition.NOT_WRITE_POINTER) {
      return zone.capacityBytes();
    }
    return zone.hasWritePointer() ? Math.min(zone.writtenBytes(), zone.capacityBytes()) : 0;
  }

  int zones() {
    return zones.length;
  }

  /** What is written in a zone; may be changed. */
  byte[] bytes(int zone) {
    return written[zone];
  }

  long start(int zone) {
    return zones[zone].startBytes();
  }

  void writePointerBack(int zone, int bytes) {
    written[zone] = Arrays.copyOf(written[zone], bytes);
    if (conditions[zone] == ZoneCondition.FULL) {
      conditions[zone] = ZoneCondition.CLOSED;
    }
  }

  void set(int zone, ZoneCondition condition) {
    conditions[zone] = condition;
  }

  /** Where some bytes are on the drive; -1 if they are nowhere. */
  long find(byte[] wanted) {
    for (int zone = 0; zone < written.length; zone++) {
      byte[] bytes = written[zone];
      for (int at = 0; at + wanted.length <= bytes.length; at++) {
        if (bytes[at] == wanted[0]
            && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
          return start(zone) + at;
        }
      }
    }
    return -1;
  }

  ZoneCondition condition(int zone) {
    return conditions[zone];
  }

  /** Turns a byte of the drive. */
  void turn(long position) {
    int zone = (int) (position / geometry.zoneSizeBytes());
    written[zone][(int) (position - start(zone))] ^= 0x5a;
  }

  RamZonedDevice drive() throws IOException {
    RamZonedDevice drive = RamZonedDevice.create(geometry);
    for (int zone = 0; zone < zones.length; zone++) {
      if (written[zone].length > 0) {
        drive.write(start(zone), ByteBuffer.wrap(written[zone]));
      }
      switch (conditions[zone]) {
        case FULL -> drive.finish(zone);
        case READ_ONLY -> drive.setReadOnly(zone);
        case OFFLINE -> drive.setOffline(zone);
        default -> {
          if (conditions[zone] != ZoneCondition.NOT_WRITE_POINTER
              && written[zone].length > 0
              && written[zone].length < zones[zone].capacityBytes()) {
            drive.close(zone);
          }
        }
      }
    }
    drive.flush();
    return drive;
  }
}
