// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.library;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * Appends any number of bytes to a zone: a buffer collects them to whole blocks. Positions count
 * from the zone's start; only the end can be written.
 *
 * <ul>
 *   <li>A write is accepted or refused as a whole: a write that does not fit into the zone changes
 *       nothing.
 *   <li>{@link #flush()} makes whole blocks durable. The rest of less than a block waits for more
 *       bytes, because a block of a zone can be written only once.
 *   <li>{@link #padToBlock()} fills the rest with zeros. They become part of the zone: later writes
 *       follow them.
 *   <li>{@link #close()} pads, writes and flushes: when it has returned, everything is durable. It
 *       does not close the drive, and leaves the zone open; {@link ZonedDevice#finish(int)} or
 *       {@link ZonedDevice#close(int)} release its open resource.
 *   <li>After a failed write or flush every further one is refused, and {@code close()} writes
 *       nothing: the write pointer is unknown until the zone is reported again, as a new channel
 *       does.
 * </ul>
 *
 * <p>No one else may write to the zone meanwhile; the drive refuses a conflicting write ({@link
 * Reason#NOT_AT_WRITE_POINTER}). If several writers share a drive, {@code
 * zonefsj.zonemgr.ZoneAllocator} hands out the zones.
 *
 * <p>Thread-safe; one thread at a time writes, the others wait.
 */
public final class ZoneAppendChannel implements SeekableByteChannel {
  /** Default size of the buffer, in bytes. */
  public static final int DEFAULT_BUFFER_BYTES = 1 << 20;

  private final ZonedDevice device;
  private final int zone;
  private final long startBytes;
  private final long endBytes;
  private final int blockBytes;
  private final ByteBuffer buffer;
  private final ReentrantLock lock = new ReentrantLock();

  /** Absolute position of the first byte in the buffer: the zone's write pointer. */
  private long pointerBytes;

  /**
   * Whether a flush may make more durable; initially true for written zones, whose data may not be
   * flushed.
   */
  private boolean unflushed;

  private @Nullable Exception failure;
  private boolean closed;

  private ZoneAppendChannel(ZonedDevice device, ZoneDescriptor zone, ByteBuffer buffer) {
    this.device = device;
    this.zone = zone.index();
    this.startBytes = zone.startBytes();
    this.endBytes = zone.startBytes() + zone.capacityBytes();
    this.blockBytes = device.geometry().blockSizeBytes();
    this.buffer = buffer;
    this.pointerBytes = zone.writePointerBytes();
    this.unflushed = pointerBytes > startBytes;
  }

  /**
   * Opens a zone at its write pointer, with a buffer of {@link #DEFAULT_BUFFER_BYTES}.
   *
   * @throws DeviceException {@link Reason#INVALID_TRANSITION} if the zone is conventional, {@link
   *     Reason#ZONE_FULL}, {@link Reason#ZONE_READ_ONLY}, {@link Reason#ZONE_OFFLINE}
   * @throws IndexOutOfBoundsException if the drive has no such zone
   */
  public static ZoneAppendChannel open(ZonedDevice device, int zone) throws IOException {
    return open(device, zone, DEFAULT_BUFFER_BYTES);
  }

  /**
   * Opens a zone at its write pointer.
   *
   * @param bufferBytes size of the buffer, and of a write to the drive; rounded up to whole blocks
   * @throws DeviceException as {@link #open(ZonedDevice, int)}
   * @throws IndexOutOfBoundsException if the drive has no such zone
   * @throws IllegalArgumentException if the size of the buffer is not positive, or too large
   */
  public static ZoneAppendChannel open(ZonedDevice device, int zone, int bufferBytes)
      throws IOException {
    ZoneDescriptor now = device.report(zone, 1).get(0);
    Reason reason =
        switch (now.condition()) {
          case NOT_WRITE_POINTER -> Reason.INVALID_TRANSITION;
          case FULL -> Reason.ZONE_FULL;
          case READ_ONLY -> Reason.ZONE_READ_ONLY;
          case OFFLINE -> Reason.ZONE_OFFLINE;
          case EMPTY, IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED -> null;
        };
    if (reason != null) {
      throw new DeviceException(
          reason, zone, "zone " + zone + " takes no appends: it is " + now.condition());
    }
    return new ZoneAppendChannel(device, now, BlockBuffers.of(device.geometry(), bufferBytes));
  }

  /**
   * Accepts all of {@code source}.
   *
   * @return number of bytes accepted
   * @throws DeviceException {@link Reason#ZONE_FULL} or {@link Reason#BEYOND_CAPACITY} if it does
   *     not fit: nothing is accepted, and the channel stays usable; or a failure of the drive
   */
  @Override
  public int write(ByteBuffer source) throws IOException {
    lock.lock();
    try {
      checkUsable();
      int length = source.remaining();
      long room = room();
      if (length > room) {
        throw new DeviceException(
            room == 0 ? Reason.ZONE_FULL : Reason.BEYOND_CAPACITY,
            zone,
            "zone "
                + zone
                + ": "
                + length
                + " bytes at offset "
                + (written() + buffer.position())
                + " do not fit, there is room for "
                + room);
      }
      while (source.hasRemaining()) {
        int part = Math.min(source.remaining(), buffer.remaining());
        buffer.put(source.slice(source.position(), part));
        source.position(source.position() + part);
        if (!buffer.hasRemaining()) {
          drain();
        }
      }
      return length;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Makes all whole blocks durable, including earlier content of the zone.
   *
   * @return number of durable bytes from the zone's start; less than {@link #size()} by the part
   *     that does not fill a block
   */
  public long flush() throws IOException {
    lock.lock();
    try {
      checkUsable();
      drain();
      flushDevice();
      return written();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Pads with zeros to a whole block and writes the buffer; does not flush.
   *
   * @return number of zeros added
   */
  public int padToBlock() throws IOException {
    lock.lock();
    try {
      checkUsable();
      return pad();
    } finally {
      lock.unlock();
    }
  }

  /** The channel as a stream; closing either closes both, and a flush is {@link #flush()}. */
  public OutputStream outputStream() {
    return new ZoneOutputStream(this);
  }

  /** Number of the zone. */
  public int zone() {
    return zone;
  }

  /** Absolute position of the next byte on the drive. */
  public long positionBytes() {
    lock.lock();
    try {
      return pointerBytes + buffer.position();
    } finally {
      lock.unlock();
    }
  }

  /** Number of bytes that can still be written; 0 if the channel is closed or has failed. */
  public long remainingBytes() {
    lock.lock();
    try {
      return closed || failure != null ? 0 : room();
    } finally {
      lock.unlock();
    }
  }

  /** Bytes in the zone including the buffer: the position of the next byte. */
  @Override
  public long size() throws IOException {
    lock.lock();
    try {
      checkOpen();
      return written() + buffer.position();
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #size()}. */
  @Override
  public long position() throws IOException {
    return size();
  }

  /**
   * Accepts only the present position.
   *
   * @throws UnsupportedOperationException if the position is not the end
   * @throws IllegalArgumentException if it is negative
   */
  @Override
  public SeekableByteChannel position(long newPosition) throws IOException {
    checkNotNegative(newPosition);
    if (newPosition != size()) {
      throw new UnsupportedOperationException(
          "a zone is written at its end only: at " + size() + ", not at " + newPosition);
    }
    return this;
  }

  /**
   * Leaves the zone unchanged.
   *
   * @throws UnsupportedOperationException if it would become smaller
   * @throws IllegalArgumentException if the size is negative
   */
  @Override
  public SeekableByteChannel truncate(long newSize) throws IOException {
    checkNotNegative(newSize);
    if (newSize < size()) {
      throw new UnsupportedOperationException("a zone cannot be cut, only reset");
    }
    return this;
  }

  /**
   * Never reads.
   *
   * @throws NonReadableChannelException always
   */
  @Override
  public int read(ByteBuffer destination) {
    throw new NonReadableChannelException();
  }

  @Override
  public boolean isOpen() {
    lock.lock();
    try {
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Pads to a block, writes, flushes. Does nothing after a failure, which was reported when it
   * happened, and nothing on a second call.
   */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      if (failure == null) {
        pad();
        flushDevice();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void checkNotNegative(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("there is no position " + bytes);
    }
  }

  private long written() {
    return pointerBytes - startBytes;
  }

  private long room() {
    return endBytes - pointerBytes - buffer.position();
  }

  private int pad() throws IOException {
    int torn = buffer.position() % blockBytes;
    int missing = torn == 0 ? 0 : blockBytes - torn;
    for (int i = 0; i < missing; i++) {
      buffer.put((byte) 0);
    }
    drain();
    return missing;
  }

  /** Writes the whole blocks; moves the rest to the front of the buffer. */
  private void drain() throws IOException {
    int whole = buffer.position() - buffer.position() % blockBytes;
    if (whole == 0) {
      return;
    }
    try {
      device.write(pointerBytes, buffer.slice(0, whole));
    } catch (IOException | RuntimeException e) {
      failure = e;
      throw e;
    }
    pointerBytes += whole;
    unflushed = true;
    buffer.flip().position(whole);
    buffer.compact();
  }

  private void flushDevice() throws IOException {
    if (!unflushed) {
      return;
    }
    try {
      device.flush();
    } catch (IOException | RuntimeException e) {
      failure = e;
      throw e;
    }
    unflushed = false;
  }

  private void checkOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  private void checkUsable() throws IOException {
    checkOpen();
    if (failure != null) {
      throw new IOException(
          "zone "
              + zone
              + ": an earlier write failed, so nothing more is written here; open a new channel",
          failure);
    }
  }
}
