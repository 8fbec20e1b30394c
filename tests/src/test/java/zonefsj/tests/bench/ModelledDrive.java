// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import zonefsj.device.delay.LatencyModel;
import zonefsj.device.filter.DeviceOperation;

/** Drives that are not at hand, by what an access takes. Their zones open and close in no time. */
enum ModelledDrive implements LatencyModel {
  /**
   * A shingled disk: 8 ms for a seek and 4 ms for half a revolution unless the head gets there
   * sooner by going on, and 250 MB/s. A flush takes as long as an access.
   */
  SMR(12_000_000, 12_000_000, 250_000, 12_000_000, 10_000_000) {
    @Override
    long waitNanos(long accessNanos, long gapBytes) {
      return gapBytes < 0 ? accessNanos : Math.min(accessNanos, transferNanos(gapBytes));
    }
  },

  /** Flash with zones: 90 us for a read, 20 us for a write, 2 GB/s, and 1 ms for a flush. */
  ZNS(90_000, 20_000, 2_000_000, 1_000_000, 5_000_000) {
    @Override
    long waitNanos(long accessNanos, long gapBytes) {
      return accessNanos;
    }
  };

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final long readNanos;
  private final long writeNanos;
  private final long bytesPerMilli;
  private final long flushNanos;
  private final long zoneNanos;

  ModelledDrive(
      long readNanos, long writeNanos, long bytesPerMilli, long flushNanos, long zoneNanos) {
    this.readNanos = readNanos;
    this.writeNanos = writeNanos;
    this.bytesPerMilli = bytesPerMilli;
    this.flushNanos = flushNanos;
    this.zoneNanos = zoneNanos;
  }

  /**
   * Nanoseconds before an access moves its first byte.
   *
   * @param accessNanos if it lies anywhere
   * @param gapBytes how far behind the end of the last access it begins
   */
  abstract long waitNanos(long accessNanos, long gapBytes);

  final long transferNanos(long bytes) {
    return bytes * NANOS_PER_MILLI / bytesPerMilli;
  }

  /** Nanoseconds that a flush takes. */
  long flushNanos() {
    return flushNanos;
  }

  @Override
  public long nanos(
      DeviceOperation operation, long positionBytes, long lengthBytes, long headBytes) {
    long gap = positionBytes - headBytes;
    return switch (operation) {
      case READ -> waitNanos(readNanos, gap) + transferNanos(lengthBytes);
      case WRITE, APPEND -> waitNanos(writeNanos, gap) + transferNanos(lengthBytes);
      case FLUSH -> flushNanos;
      case RESET, FINISH -> zoneNanos;
      case OPEN, CLOSE, REPORT -> 0;
    };
  }

  /** One head; of flash, one access at a time: the least that it gives. */
  @Override
  public boolean isSerial() {
    return true;
  }
}
