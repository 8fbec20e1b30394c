// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;
import zonefsj.device.software.Zeros;

/**
 * One drive of a composed drive. Zones are numbered from the first one that holds data. Thread-safe
 * as the drive is.
 */
public final class Part {
  private static final Logger LOG = LoggerFactory.getLogger(Part.class);
  private static final int PADDING_BYTES = 256 << 10;

  /** A flush has covered all that has ended. */
  private static final int COVERED = 0;

  /** A flush is under way, and nothing has ended since it began. */
  private static final int FLUSHING = 1;

  /** Something has ended that no flush covers. */
  private static final int CHANGED = 2;

  private final ZonedDevice device;
  private final int firstZone;

  /**
   * One of these. A change that ends mostly finds it as it must be, and so costs no atomic access.
   * It is the drive that shows the change to the thread of a flush, as every drive must. A flush
   * changes it under this object's monitor.
   */
  private final AtomicInteger state = new AtomicInteger(CHANGED);

  /** Why a flush has failed: what it was to cover may be lost, whatever a later one says. */
  private @Nullable IOException lostFlush;

  /**
   * @param device the drive
   * @param firstZone number on the drive of the first zone that holds data
   */
  public Part(ZonedDevice device, int firstZone) {
    this.device = device;
    this.firstZone = firstZone;
  }

  /** The drive. */
  public ZonedDevice device() {
    return device;
  }

  private long startBytes(int zone) {
    return device.geometry().zoneStartBytes(firstZone + zone);
  }

  /** The report of one zone. */
  public ZoneDescriptor report(int zone) throws IOException {
    return device.report(firstZone + zone, 1).get(0);
  }

  /**
   * Zones of a range that have become READ_ONLY or OFFLINE, by the numbers of this part.
   *
   * @throws IOException if the drive does not answer
   */
  public List<Integer> failedZones(int from, int count) throws IOException {
    return device.report(firstZone + from, count).stream()
        .filter(ZoneDescriptor::hasFailed)
        .map(zone -> zone.index() - firstZone)
        .toList();
  }

  /** As above; none if the drive does not answer. */
  public List<Integer> knownFailedZones(int from, int count) {
    try {
      return failedZones(from, count);
    } catch (IOException e) {
      LOG.debug("the zones of {} are not reported", device, e);
      return List.of();
    }
  }

  /**
   * The report of the zones that hold data, after zones that somebody left explicitly open are
   * closed. Its descriptors have the numbers of the drive.
   */
  public List<ZoneDescriptor> reportAll(boolean readOnly) throws IOException {
    int count = device.geometry().zoneCount() - firstZone;
    if (count <= 0) {
      return List.of();
    }
    List<ZoneDescriptor> zones = device.report(firstZone, count);
    boolean closed = false;
    for (ZoneDescriptor zone : zones) {
      if (!readOnly && zone.condition() == ZoneCondition.EXPLICIT_OPEN) {
        device.close(zone.index());
        closed = true;
      }
    }
    return closed ? device.report(firstZone, count) : zones;
  }

  /** Reads from one zone. */
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    device.read(startBytes(zone) + offsetBytes, destination);
  }

  /** Number of copies of the drive. */
  public int copies() {
    return device.copies();
  }

  /** Reads from one zone what a copy alone holds: the last one for numbers beyond its copies. */
  public void readCopy(int copy, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    int last = device.copies() - 1;
    device.readCopy(Math.min(copy, last), startBytes(zone) + offsetBytes, destination);
  }

  /** Tells the drive that a copy has given wrong bytes. */
  public void noteWrong(int copy, int zone, long offsetBytes) {
    device.noteWrong(Math.min(copy, device.copies() - 1), startBytes(zone) + offsetBytes);
  }

  /**
   * Gives the drive a judge.
   *
   * @param judge knows the zones of this part by its numbers
   */
  public void judgeBy(ZoneJudge judge) {
    device.judgeBy(
        (zone, lengthBytes, copy, other) ->
            zone >= firstZone && judge.isNeeded(zone - firstZone, lengthBytes, copy, other));
  }

  /** Writes to one zone, at its write pointer. */
  public void write(int zone, long offsetBytes, ByteBuffer... sources) throws IOException {
    try {
      device.write(startBytes(zone) + offsetBytes, sources);
    } finally {
      noteChange();
    }
  }

  /** Writes zeros from the write pointer to an offset. */
  public void pad(int zone, long fromBytes, long toBytes) throws IOException {
    ByteBuffer zeros =
        ByteBuffer.allocateDirect((int) Math.min(PADDING_BYTES, toBytes - fromBytes));
    Zeros.put(zeros, zeros.capacity());
    for (long at = fromBytes; at < toBytes; ) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), toBytes - at));
      int length = zeros.remaining();
      write(zone, at, zeros);
      at += length;
    }
  }

  /** Finishes a zone. */
  public void finish(int zone) throws IOException {
    try {
      device.finish(firstZone + zone);
    } finally {
      noteChange();
    }
  }

  /** Resets a zone. */
  public void reset(int zone) throws IOException {
    try {
      device.reset(firstZone + zone);
    } finally {
      noteChange();
    }
  }

  private void noteChange() {
    if (state.get() != CHANGED) {
      state.set(CHANGED);
    }
  }

  /** Whether something has ended that no flush has covered yet. */
  public boolean needsFlush() {
    return state.get() != COVERED;
  }

  /**
   * Flushes the drive, unless a flush has covered everything that has ended before this call. After
   * one that failed, all others fail, too.
   */
  public synchronized void flush() throws IOException {
    if (!needsFlush()) {
      return;
    }
    if (lostFlush != null) {
      throw new DeviceException(
          Reason.FLUSH_FAILED, -1, device + ": an earlier flush has failed", lostFlush);
    }
    state.set(FLUSHING);
    try {
      device.flush();
    } catch (IOException failed) {
      lostFlush = failed;
      throw failed;
    }
    state.compareAndSet(FLUSHING, COVERED);
  }

  /** Closes the drive. */
  public void close() throws IOException {
    device.close();
  }
}
