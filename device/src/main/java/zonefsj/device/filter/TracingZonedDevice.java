// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.AccessRules;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.LatencyHistogram;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * Counts accesses, bytes and time by kind, and logs each access at level trace.
 *
 * <p>Cheap enough to stay enabled: up to five additions for each access, and two clock reads.
 * Threading: as the drive below; the counters take no locks.
 */
public final class TracingZonedDevice extends FilterZonedDevice {
  private static final Logger LOG = LoggerFactory.getLogger(TracingZonedDevice.class);

  private final LongSupplier nanoClock;
  private final LongAdder wrongReads = new LongAdder();
  private final Map<DeviceOperation, Adders> adders = new EnumMap<>(DeviceOperation.class);

  /** Counts with the system's clock. */
  public TracingZonedDevice(ZonedDevice delegate) {
    this(delegate, System::nanoTime);
  }

  /**
   * @param delegate the drive to trace; owned from now on
   * @param nanoClock a clock in nanoseconds, of any origin
   */
  public TracingZonedDevice(ZonedDevice delegate, LongSupplier nanoClock) {
    super(delegate);
    this.nanoClock = nanoClock;
    for (DeviceOperation operation : DeviceOperation.values()) {
      adders.put(operation, new Adders());
    }
  }

  /** The current counters. */
  public DeviceCounters counters() {
    Map<DeviceOperation, OperationCounters> snapshot = new EnumMap<>(DeviceOperation.class);
    adders.forEach((operation, adder) -> snapshot.put(operation, adder.snapshot()));
    return new DeviceCounters(snapshot);
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    long begun = nanoClock.getAsLong();
    boolean done = false;
    try {
      List<ZoneDescriptor> zones = super.report(from, count);
      done = true;
      return zones;
    } finally {
      record(DeviceOperation.REPORT, from, 0, begun, done);
    }
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    long begun = nanoClock.getAsLong();
    long length = destination.remaining();
    boolean done = false;
    try {
      delegate().read(positionBytes, destination);
      done = true;
    } finally {
      record(DeviceOperation.READ, positionBytes, length, begun, done);
    }
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    long begun = nanoClock.getAsLong();
    long length = destination.remaining();
    boolean done = false;
    try {
      super.readCopy(copy, positionBytes, destination);
      done = true;
    } finally {
      record(DeviceOperation.READ, positionBytes, length, begun, done);
    }
  }

  @Override
  public void noteWrong(int copy, long positionBytes) {
    wrongReads.increment();
    super.noteWrong(copy, positionBytes);
  }

  /** Reads for which one copy gave wrong bytes, and another one the right ones. */
  public long wrongReads() {
    return wrongReads.sum();
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    long begun = nanoClock.getAsLong();
    long length = AccessRules.totalBytes(sources);
    boolean done = false;
    try {
      delegate().write(positionBytes, sources);
      done = true;
    } finally {
      record(DeviceOperation.WRITE, positionBytes, length, begun, done);
    }
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    long begun = nanoClock.getAsLong();
    long length = AccessRules.totalBytes(sources);
    boolean done = false;
    try {
      long positionBytes = delegate().append(zone, sources);
      done = true;
      return positionBytes;
    } finally {
      record(DeviceOperation.APPEND, zone, length, begun, done);
    }
  }

  @Override
  public void flush() throws IOException {
    watch(DeviceOperation.FLUSH, -1, super::flush);
  }

  @Override
  public void open(int zone) throws IOException {
    watch(DeviceOperation.OPEN, zone, () -> super.open(zone));
  }

  @Override
  public void close(int zone) throws IOException {
    watch(DeviceOperation.CLOSE, zone, () -> super.close(zone));
  }

  @Override
  public void finish(int zone) throws IOException {
    watch(DeviceOperation.FINISH, zone, () -> super.finish(zone));
  }

  @Override
  public void reset(int zone) throws IOException {
    watch(DeviceOperation.RESET, zone, () -> super.reset(zone));
  }

  private void watch(DeviceOperation operation, int zone, Access access) throws IOException {
    long begun = nanoClock.getAsLong();
    boolean done = false;
    try {
      access.run();
      done = true;
    } finally {
      record(operation, zone, 0, begun, done);
    }
  }

  private void record(
      DeviceOperation operation, long where, long length, long begun, boolean done) {
    long nanos = nanoClock.getAsLong() - begun;
    Adders adder = adders.get(operation);
    if (adder != null) {
      adder.add(done ? length : 0, nanos, done);
    }
    if (LOG.isTraceEnabled()) {
      LOG.trace(
          "{}: {} at {} of {} bytes {} after {} ns",
          geometry().description(),
          operation,
          where,
          length,
          done ? "done" : "failed",
          nanos);
    }
  }

  /** One access that moves no bytes. */
  @FunctionalInterface
  private interface Access {
    void run() throws IOException;
  }

  private static final class Adders {
    private final LongAdder operations = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LatencyHistogram latency = new LatencyHistogram();

    void add(long moved, long took, boolean done) {
      operations.increment();
      if (!done) {
        failures.increment();
      }
      if (moved != 0) {
        bytes.add(moved);
      }
      latency.record(took);
    }

    OperationCounters snapshot() {
      return new OperationCounters(operations.sum(), failures.sum(), bytes.sum(), latency.counts());
    }
  }
}
