// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.delay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import zonefsj.device.AccessRules;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.DeviceOperation;

/**
 * Delays each access before it goes to the drive below.
 *
 * <p>Threading: as the drive below. If the model has one head, accesses are delayed one after the
 * other, in the order in which they begin.
 */
public final class DelayedZonedDevice extends FilterZonedDevice implements StackedDevice {
  private final LatencyModel model;
  private final String modelName;
  private final LongConsumer delayer;
  private final ReentrantLock head = new ReentrantLock(true);
  private volatile long headBytes;

  /**
   * Delays in real time.
   *
   * @param delegate owned from now on
   * @param modelName of the model, for the user
   */
  public DelayedZonedDevice(ZonedDevice delegate, LatencyModel model, String modelName) {
    this(delegate, model, modelName, DelayedZonedDevice::sleep);
  }

  /**
   * Delays as one likes.
   *
   * @param delayer is called with the nanoseconds of each access; returns when they have passed
   */
  public DelayedZonedDevice(
      ZonedDevice delegate, LatencyModel model, String modelName, LongConsumer delayer) {
    super(delegate);
    this.model = model;
    this.modelName = modelName;
    this.delayer = delayer;
  }

  private static void sleep(long nanos) {
    if (nanos <= 0) {
      return;
    }
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      if (Thread.currentThread().isInterrupted()) {
        // A sleep would return at once; the access itself decides what an interrupt means.
        return;
      }
      LockSupport.parkNanos(left);
    }
  }

  private void delay(DeviceOperation operation, long positionBytes, long lengthBytes) {
    if (!model.isSerial()) {
      delayer.accept(model.nanos(operation, positionBytes, lengthBytes, -1));
      return;
    }
    head.lock();
    try {
      delayer.accept(model.nanos(operation, positionBytes, lengthBytes, headBytes));
      if (operation.movesBytes()) {
        headBytes = positionBytes + lengthBytes;
      }
    } finally {
      head.unlock();
    }
  }

  private void delay(DeviceOperation operation, int zone) {
    delay(operation, Math.max(0, zone) * geometry().zoneSizeBytes(), 0);
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    delay(DeviceOperation.READ, positionBytes, destination.remaining());
    super.read(positionBytes, destination);
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    delay(DeviceOperation.READ, positionBytes, destination.remaining());
    super.readCopy(copy, positionBytes, destination);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    delay(DeviceOperation.WRITE, positionBytes, AccessRules.totalBytes(sources));
    super.write(positionBytes, sources);
  }

  /** Delays afterwards, because only then the position is known. */
  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    long length = AccessRules.totalBytes(sources);
    long position = super.append(zone, sources);
    delay(DeviceOperation.APPEND, position, length);
    return position;
  }

  @Override
  public void flush() throws IOException {
    delay(DeviceOperation.FLUSH, -1, 0);
    super.flush();
  }

  @Override
  public void open(int zone) throws IOException {
    delay(DeviceOperation.OPEN, zone);
    super.open(zone);
  }

  @Override
  public void close(int zone) throws IOException {
    delay(DeviceOperation.CLOSE, zone);
    super.close(zone);
  }

  @Override
  public void finish(int zone) throws IOException {
    delay(DeviceOperation.FINISH, zone);
    super.finish(zone);
  }

  @Override
  public void reset(int zone) throws IOException {
    delay(DeviceOperation.RESET, zone);
    super.reset(zone);
  }

  @Override
  public String kind() {
    return "delay";
  }

  @Override
  public String state() {
    return modelName;
  }

  @Override
  public List<Below> below() {
    return List.of(Below.of(delegate()));
  }
}
