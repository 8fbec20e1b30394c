// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.tests.crash.CuttableDrive;

/** A place for a drive in memory. Thread-safe. */
final class DriveSlot extends LeafSlot {
  private final EmulatedGeometry shape;
  private final Power power;
  private volatile ZonedDevice drive;

  DriveSlot(EmulatedGeometry shape, Power power) throws IOException {
    this.shape = shape;
    this.power = power;
    this.drive = new CuttableDrive(RamZonedDevice.create(shape));
  }

  @Override
  void renew() throws IOException {
    drive = new CuttableDrive(RamZonedDevice.create(shape));
  }

  @Override
  boolean canLosePower() {
    return drive instanceof CuttableDrive;
  }

  @Override
  void cut(long seed) throws IOException {
    drive = ((CuttableDrive) drive).cut(seed);
  }

  /** Lets the drive be cut again: another one has the same, all of it durable. */
  synchronized void makeCuttable() throws IOException {
    RamZonedDevice same = RamZonedDevice.create(shape);
    for (ZoneDescriptor zone : drive.report(0, drive.geometry().zoneCount())) {
      ByteBuffer bytes = ByteBuffer.allocate((int) zone.writtenBytes());
      drive.read(zone.startBytes(), bytes);
      if (bytes.flip().hasRemaining()) {
        same.append(zone.index(), bytes);
      }
      if (zone.condition() == ZoneCondition.FULL) {
        same.finish(zone.index());
      }
    }
    drive = new CuttableDrive(same);
  }

  @Override
  ZonedDevice look() throws IOException {
    drive.flush();
    return new FilterZonedDevice(drive) {
      @Override
      public void close() {
        // The drive stays.
      }
    };
  }

  @Override
  ZonedDevice open(DeviceAccess access) throws IOException {
    check();
    return new Socket(drive);
  }

  /** What a stack sees of the drive. */
  private final class Socket extends GuardedDrive {
    private final int openedAfter = power.losses();
    private volatile boolean closed;

    Socket(ZonedDevice delegate) {
      super(delegate);
      count(1);
    }

    @Override
    void begin() throws IOException {
      if (closed) {
        throw new DeviceException(Reason.CLOSED, -1, "closed");
      }
      end();
      if (delegate() != drive) {
        throw new DeviceException(Reason.MEDIA, -1, "another drive is there now");
      }
      check();
    }

    @Override
    void end() throws IOException {
      power.check(openedAfter);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        count(-1);
      }
    }
  }
}
