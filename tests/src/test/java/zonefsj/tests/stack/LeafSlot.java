// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.tests.crash.CuttableDrive;

/**
 * A place for one single drive below a stack. The drive stays there when the stack is closed; it
 * can die, return, be replaced, and lose its power. Thread-safe.
 */
final class LeafSlot {
  private final EmulatedGeometry shape;
  private volatile ZonedDevice drive;
  private volatile boolean dead;

  /** Accesses that are left until it dies; negative: it lives. */
  private long untilDeath = -1;

  LeafSlot(EmulatedGeometry shape) throws IOException {
    this.shape = shape;
    this.drive = new CuttableDrive(RamZonedDevice.create(shape));
  }

  boolean isDead() {
    return dead;
  }

  synchronized boolean isDoomed() {
    return dead || untilDeath >= 0;
  }

  /** Lets the drive die after so many accesses. */
  synchronized void doom(long accesses) {
    untilDeath = accesses;
  }

  /** Puts the drive back, as it was when it died. */
  synchronized void revive() {
    untilDeath = -1;
    dead = false;
  }

  /** Puts a new drive there. */
  synchronized void replace() throws IOException {
    drive = new CuttableDrive(RamZonedDevice.create(shape));
    revive();
  }

  /** Cuts its power; what is left is a drive that cannot be cut again. */
  void cut(long seed) throws IOException {
    drive = ((CuttableDrive) drive).cut(seed);
  }

  ZonedDevice drive() {
    return drive;
  }

  ZonedDevice open() throws IOException {
    check();
    return new Socket(drive);
  }

  private synchronized void check() throws DeviceException {
    if (untilDeath == 0) {
      dead = true;
    }
    if (untilDeath > 0) {
      untilDeath--;
    }
    if (dead) {
      throw new DeviceException(Reason.MEDIA, -1, "the drive is dead");
    }
  }

  /** What a stack sees of the drive. */
  private final class Socket extends FilterZonedDevice {
    private volatile boolean closed;

    Socket(ZonedDevice delegate) {
      super(delegate);
    }

    private void strike() throws IOException {
      if (closed) {
        throw new DeviceException(Reason.CLOSED, -1, "closed");
      }
      if (delegate() != drive) {
        throw new DeviceException(Reason.MEDIA, -1, "another drive is there now");
      }
      check();
    }

    @Override
    public List<ZoneDescriptor> report(int from, int count) throws IOException {
      strike();
      return super.report(from, count);
    }

    @Override
    public void read(long positionBytes, ByteBuffer destination) throws IOException {
      strike();
      super.read(positionBytes, destination);
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      strike();
      super.write(positionBytes, sources);
    }

    @Override
    public long append(int zone, ByteBuffer... sources) throws IOException {
      strike();
      return super.append(zone, sources);
    }

    @Override
    public void flush() throws IOException {
      strike();
      super.flush();
    }

    @Override
    public void finish(int zone) throws IOException {
      strike();
      super.finish(zone);
    }

    @Override
    public void reset(int zone) throws IOException {
      strike();
      super.reset(zone);
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
