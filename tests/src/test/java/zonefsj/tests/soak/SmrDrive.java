// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;

/**
 * A drive that takes the time of a disk with one head: a seek wherever an access does not begin
 * where the last one ended, then the transfer. It has no cache, so it is slower than a real one.
 * One access at a time, in the order in which they come.
 */
final class SmrDrive extends FilterZonedDevice {
  /** Mean of seek and rotation of a disk with 7200 revolutions a minute. */
  private static final long SEEK_NANOS = TimeUnit.MICROSECONDS.toNanos(8500);

  /** Of the zone's state on the disk. */
  private static final long ZONE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final double BYTES_A_NANO = 0.2;

  private final ReentrantLock head = new ReentrantLock(true);
  private long positionBytes = -1;

  SmrDrive(ZonedDevice drive) {
    super(drive);
  }

  /** What the drive does when the head is there. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  private static void take(long nanos, Work work) throws IOException {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    work.run();
  }

  private void access(long position, long bytes, Work work) throws IOException {
    head.lock();
    try {
      long seek = position == positionBytes ? 0 : SEEK_NANOS;
      positionBytes = position + bytes;
      take((long) (bytes / BYTES_A_NANO) + seek, work);
    } finally {
      head.unlock();
    }
  }

  private void changeZone(Work work) throws IOException {
    head.lock();
    try {
      take(ZONE_NANOS, work);
    } finally {
      head.unlock();
    }
  }

  @Override
  public void read(long position, ByteBuffer destination) throws IOException {
    access(position, destination.remaining(), () -> super.read(position, destination));
  }

  @Override
  public void write(long position, ByteBuffer... sources) throws IOException {
    long bytes = 0;
    for (ByteBuffer source : sources) {
      bytes += source.remaining();
    }
    access(position, bytes, () -> super.write(position, sources));
  }

  @Override
  public void reset(int zone) throws IOException {
    changeZone(() -> super.reset(zone));
  }

  @Override
  public void finish(int zone) throws IOException {
    changeZone(() -> super.finish(zone));
  }
}
