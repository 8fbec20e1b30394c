// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.spec.Creation;

/** A drive that can be pulled, and has a block that cannot be read. It stays when it is closed. */
final class PulledDrive extends FilterZonedDevice implements MemberSource {
  static final int BLOCK = 4096;

  private final String name;
  private final AtomicLong readBytes = new AtomicLong();
  private volatile boolean isAway;
  private volatile long badPosition = -1;
  private volatile Runnable whenAsked = () -> {};
  private volatile Runnable whenChanged = () -> {};

  PulledDrive(String name, EmulatedGeometry shape) {
    this(name, RamZonedDevice.create(shape));
  }

  PulledDrive(String name, RamZonedDevice drive) {
    super(drive);
    this.name = name;
  }

  RamZonedDevice ram() {
    return (RamZonedDevice) delegate();
  }

  /** The same drive as it is now, of a machine that has lost its power. */
  PulledDrive afterCrash() throws IOException {
    PulledDrive copy = new PulledDrive(name, ram().snapshot());
    copy.isAway = isAway;
    copy.badPosition = badPosition;
    return copy;
  }

  void pull() {
    isAway = true;
  }

  /** As {@link #pull()}; something happens when it is asked for the next time. */
  void pull(Runnable whenAskedNext) {
    whenAsked = whenAskedNext;
    pull();
  }

  /** Lets something happen before the next reset of a zone of the mirror, or write to one. */
  void beforeChange(Runnable whenChangedNext) {
    whenChanged = whenChangedNext;
  }

  void plugIn() {
    isAway = false;
  }

  /** Lets a block of a zone of the mirror be unreadable until it is written. */
  void spoil(int zone, int block) {
    badPosition = geometry().zoneStartBytes(MirrorLabels.ZONES + zone) + (long) block * BLOCK;
  }

  long readBytes() {
    return readBytes.get();
  }

  private void check() throws IOException {
    if (isAway) {
      Runnable asked = whenAsked;
      whenAsked = () -> {};
      asked.run();
      throw new DeviceException(Reason.MEDIA, 0, name + " is away");
    }
  }

  private void runBeforeChange(int zone) {
    if (zone >= MirrorLabels.ZONES) {
      Runnable before = whenChanged;
      whenChanged = () -> {};
      before.run();
    }
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    check();
    readBytes.addAndGet(destination.remaining());
    if (badPosition >= positionBytes && badPosition < positionBytes + destination.remaining()) {
      throw new DeviceException(Reason.MEDIA, 0, "a block of " + name + " cannot be read");
    }
    super.read(positionBytes, destination);
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    runBeforeChange(geometry().zoneOf(positionBytes));
    check();
    long length = 0;
    for (ByteBuffer source : sources) {
      length += source.remaining();
    }
    super.write(positionBytes, sources);
    if (badPosition >= positionBytes && badPosition < positionBytes + length) {
      badPosition = -1;
    }
  }

  @Override
  public void flush() throws IOException {
    check();
    super.flush();
  }

  @Override
  public void reset(int zone) throws IOException {
    runBeforeChange(zone);
    check();
    super.reset(zone);
  }

  @Override
  public void finish(int zone) throws IOException {
    check();
    super.finish(zone);
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    check();
    return super.report(from, count);
  }

  @Override
  public void close() {
    // It is opened again.
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public ZonedDevice open(Creation creation) throws IOException {
    check();
    return this;
  }
}
