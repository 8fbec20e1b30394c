// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;

/**
 * The exclusive right to append to one zone. It keeps the write pointer, so the drive is never
 * asked for it. A failed write poisons the handle: it refuses every further append, because the
 * write pointer is unknown until the zone is reported again, which {@link #close()} does.
 *
 * <p>Thread-safe. The lock of a handle is held during the write to the drive, because appends to
 * one zone must be in sequence anyway. No thread holds it together with another lock, and no getter
 * takes it.
 */
public final class ZoneHandle implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(ZoneHandle.class);

  /** Number of zero bytes written at once. */
  private static final int MOST_ZEROS = 256 << 10;

  private final ZoneTransitions transitions;
  private final ZonedDevice device;
  private final ZoneStream stream;
  private final LongAdder written;
  private final int zone;
  private final long startBytes;
  private final long endBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final boolean mayBeTorn;
  private volatile long positionBytes;
  private volatile boolean poisoned;
  private volatile boolean closed;

  /** Start, write position and end of a zone: absolute positions. */
  record Bounds(long startBytes, long positionBytes, long endBytes) {}

  /**
   * @param written counts what is appended
   * @param mayBeTorn whether a frame may be torn right before the position
   */
  ZoneHandle(
      ZoneTransitions transitions,
      ZonedDevice device,
      ZoneStream stream,
      int zone,
      Bounds extent,
      LongAdder written,
      boolean mayBeTorn) {
    this.transitions = transitions;
    this.device = device;
    this.stream = stream;
    this.zone = zone;
    this.written = written;
    this.mayBeTorn = mayBeTorn;
    startBytes = extent.startBytes();
    positionBytes = extent.positionBytes();
    endBytes = extent.endBytes();
  }

  /** Index of the zone. */
  public int zone() {
    return zone;
  }

  /** What the zone serves. */
  public ZoneStream stream() {
    return stream;
  }

  /** Absolute position of the next append. Does not wait for appends. */
  public long positionBytes() {
    return positionBytes;
  }

  /**
   * Bytes that can still be appended, up to the last whole unit of the zone; 0 for a handle that is
   * closed or poisoned. Does not wait for appends: an append in progress counts when it is
   * complete.
   */
  public long remainingBytes() {
    return closed || poisoned ? 0 : Math.max(0, endBytes - positionBytes);
  }

  /**
   * Appends whole blocks.
   *
   * @return position of the first byte
   * @throws ZoneFullException if the bytes do not fit; nothing is written and the handle stays
   *     usable
   * @throws IOException if the drive failed; the handle is poisoned
   */
  public ZoneAddress append(ByteBuffer... sources) throws IOException {
    long length = 0;
    for (ByteBuffer source : sources) {
      length += source.remaining();
    }
    lock.lock();
    try {
      if (closed || poisoned) {
        throw new IOException("zone " + zone + " cannot be written through a closed handle");
      }
      if (length > endBytes - positionBytes) {
        throw new ZoneFullException(zone, length, endBytes - positionBytes);
      }
      long position = positionBytes;
      try {
        device.write(position, sources);
      } catch (IOException | RuntimeException failed) {
        poisoned = true;
        throw failed;
      }
      positionBytes = position + length;
      written.add(length);
      return new ZoneAddress(zone, position);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Writes zeros up to the position at which the next frame may begin: the next unit, and the
   * intended end of a torn frame, whose length would otherwise hide the next frame from a reader.
   *
   * @throws IOException if the drive failed the write; the handle is poisoned
   */
  void endTornFrame() throws IOException {
    int unit = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    long next = startBytes + FrameHeader.roundUp(positionBytes - startBytes, unit);
    long end = Math.min(endBytes, Math.max(next, mayBeTorn ? tornEndBytes() : 0));
    while (positionBytes < end) {
      append(ByteBuffer.allocateDirect((int) Math.min(MOST_ZEROS, end - positionBytes)));
    }
  }

  private long tornEndBytes() {
    try {
      return TornFrame.endBytes(device, startBytes, positionBytes);
    } catch (IOException unreadable) {
      // Nothing is overwritten: at worst a walk through the zone misses what follows.
      LOG.warn("zone {} cannot be searched for a torn frame", zone, unreadable);
      return 0;
    }
  }

  /**
   * Returns the zone to the allocator, which reports a poisoned zone again. A poisoned zone of file
   * data may be handed out again at the reported write pointer; any other poisoned zone is finished
   * and not handed out before it is reset. If the finish fails, the zone keeps its active resource
   * until then, and this method throws nothing. Idempotent.
   */
  @Override
  public void close() throws IOException {
    boolean wasPoisoned;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      wasPoisoned = poisoned;
    } finally {
      lock.unlock();
    }
    transitions.released(this, wasPoisoned, endBytes - positionBytes);
  }
}
