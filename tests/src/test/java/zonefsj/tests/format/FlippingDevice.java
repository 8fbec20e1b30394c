// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import zonefsj.device.DeviceException;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;

/**
 * A drive on which some bytes have changed since they were written, or cannot be read; counts reads
 * and writes.
 */
public final class FlippingDevice extends FilterZonedDevice {
  private final Set<Long> flipped = new HashSet<>();
  private final Set<Long> unreadable = new HashSet<>();
  private final Set<Integer> refusing = new HashSet<>();
  private long reads;
  private long writes;

  public FlippingDevice(ZonedDevice delegate) {
    super(delegate);
  }

  public FlippingDevice flip(long positionBytes) {
    flipped.add(positionBytes);
    return this;
  }

  /** Every read that touches this byte fails. */
  public FlippingDevice failAt(long positionBytes) {
    unreadable.add(positionBytes);
    return this;
  }

  /** The drive reads again what it could not. */
  public void healReads() {
    unreadable.clear();
  }

  /** A zone takes nothing from now on, and does not say that it is dead. */
  public void refuseWritesTo(int zone) {
    refusing.add(zone);
  }

  private void change(int zone) throws IOException {
    writes++;
    if (refusing.contains(zone)) {
      throw new DeviceException(DeviceException.Reason.MEDIA, zone, "the zone takes nothing");
    }
  }

  /** How often something was asked for that changes the drive. */
  long writes() {
    return writes;
  }

  /** How often something was read. */
  public long reads() {
    return reads;
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    reads++;
    int start = destination.position();
    long end = positionBytes + destination.remaining();
    for (long position : unreadable) {
      if (position >= positionBytes && position < end) {
        throw new IOException("read error at byte " + position);
      }
    }
    super.read(positionBytes, destination);
    for (long position : flipped) {
      long at = start + position - positionBytes;
      if (at >= start && at < destination.position()) {
        destination.put((int) at, (byte) (destination.get((int) at) ^ 0x10));
      }
    }
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    change(geometry().zoneOf(positionBytes));
    super.write(positionBytes, sources);
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    change(zone);
    return super.append(zone, sources);
  }

  @Override
  public void reset(int zone) throws IOException {
    change(zone);
    super.reset(zone);
  }

  @Override
  public void finish(int zone) throws IOException {
    change(zone);
    super.finish(zone);
  }

  @Override
  public void open(int zone) throws IOException {
    change(zone);
    super.open(zone);
  }
}
