// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.library;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.concurrent.locks.ReentrantLock;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * Reads the bytes of a zone, from any position, up to its write pointer. Positions count from the
 * zone's start.
 *
 * <ul>
 *   <li>The end is the write pointer at the open, or at the last {@link #refresh() refresh}. A
 *       finished zone can be read up to its capacity, also where nothing was written.
 *   <li>A conventional and a read-only zone have no write pointer: they can be read up to their
 *       capacity.
 *   <li>The channel reads ahead after a sequential read, and only what is requested otherwise. Data
 *       read ahead are kept: call {@link #refresh()} after a reset of the zone.
 *   <li>{@link #close()} leaves the drive open.
 * </ul>
 *
 * <p>Thread-safe; one thread at a time reads. Several channels of one zone do not wait for each
 * other.
 */
public final class ZoneReadChannel implements SeekableByteChannel {
  /** Default size of the read-ahead window, in bytes. */
  public static final int DEFAULT_WINDOW_BYTES = 256 << 10;

  private final ZonedDevice device;
  private final int zone;
  private final long startBytes;
  private final int blockBytes;
  private final ByteBuffer window;
  private final ReentrantLock lock = new ReentrantLock();
  private long sizeBytes;
  private long position;

  /** Offset in the zone of the first byte in the window; its limit is the number of bytes. */
  private long windowOffset;

  private boolean closed;

  private ZoneReadChannel(ZonedDevice device, ZoneDescriptor zone, ByteBuffer window)
      throws IOException {
    this.device = device;
    this.zone = zone.index();
    this.startBytes = zone.startBytes();
    this.blockBytes = device.geometry().blockSizeBytes();
    this.window = window.limit(0);
    this.sizeBytes = readableBytes(zone);
  }

  /**
   * Opens a zone at its start.
   *
   * @throws DeviceException {@link Reason#ZONE_OFFLINE}
   * @throws IndexOutOfBoundsException if the drive has no such zone
   */
  public static ZoneReadChannel open(ZonedDevice device, int zone) throws IOException {
    return open(device, zone, DEFAULT_WINDOW_BYTES);
  }

  /**
   * Opens a zone at its start.
   *
   * @param windowBytes largest single read; rounded up to whole blocks
   * @throws DeviceException {@link Reason#ZONE_OFFLINE}
   * @throws IndexOutOfBoundsException if the drive has no such zone
   * @throws IllegalArgumentException if the size of the window is not positive, or too large
   */
  public static ZoneReadChannel open(ZonedDevice device, int zone, int windowBytes)
      throws IOException {
    return new ZoneReadChannel(
        device, device.report(zone, 1).get(0), BlockBuffers.of(device.geometry(), windowBytes));
  }

  /**
   * Reads at least one byte, and as many as fit and are available without a second access.
   *
   * @return number of bytes; -1 at the end
   */
  @Override
  public int read(ByteBuffer destination) throws IOException {
    lock.lock();
    try {
      checkOpen();
      if (!destination.hasRemaining()) {
        return 0;
      }
      if (position >= sizeBytes) {
        return -1;
      }
      long inWindow = position - windowOffset;
      if (inWindow < 0 || inWindow >= window.limit()) {
        fill(destination.remaining());
        inWindow = position - windowOffset;
      }
      int length = (int) Math.min(destination.remaining(), window.limit() - inWindow);
      length = (int) Math.min(length, sizeBytes - position);
      destination.put(window.slice((int) inWindow, length));
      position += length;
      return length;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Reads the write pointer again and discards data read ahead.
   *
   * @return the size now, in bytes
   * @throws DeviceException {@link Reason#ZONE_OFFLINE}
   */
  public long refresh() throws IOException {
    lock.lock();
    try {
      checkOpen();
      window.limit(0);
      sizeBytes = readableBytes(device.report(zone, 1).get(0));
      return sizeBytes;
    } finally {
      lock.unlock();
    }
  }

  /** Number of the zone. */
  public int zone() {
    return zone;
  }

  /** Bytes that can be read. */
  @Override
  public long size() throws IOException {
    lock.lock();
    try {
      checkOpen();
      return sizeBytes;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long position() throws IOException {
    lock.lock();
    try {
      checkOpen();
      return position;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public SeekableByteChannel position(long newPosition) throws IOException {
    if (newPosition < 0) {
      throw new IllegalArgumentException("a zone has no byte at " + newPosition);
    }
    lock.lock();
    try {
      checkOpen();
      position = newPosition;
      return this;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Never writes.
   *
   * @throws NonWritableChannelException always
   */
  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  /**
   * Never truncates.
   *
   * @throws NonWritableChannelException always
   */
  @Override
  public SeekableByteChannel truncate(long newSize) {
    throw new NonWritableChannelException();
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

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  private void fill(int wantedBytes) throws IOException {
    boolean goesOn = position == windowOffset + window.limit();
    long first = position - position % blockBytes;
    long last = goesOn ? Long.MAX_VALUE : roundUp(Math.min(sizeBytes, position + wantedBytes));
    int length = (int) Math.min(window.capacity(), Math.min(last, roundUp(sizeBytes)) - first);
    // The window is empty until the read succeeds: after a failed read its content is unknown.
    window.limit(0);
    device.read(startBytes + first, window.duplicate().limit(length));
    windowOffset = first;
    window.limit(length);
  }

  private long roundUp(long bytes) {
    return (bytes + blockBytes - 1) / blockBytes * blockBytes;
  }

  private static long readableBytes(ZoneDescriptor zone) throws DeviceException {
    if (zone.condition() == ZoneCondition.OFFLINE) {
      throw new DeviceException(
          Reason.ZONE_OFFLINE, zone.index(), "zone " + zone.index() + " is offline");
    }
    return zone.hasWritePointer() ? zone.writtenBytes() : zone.capacityBytes();
  }

  private void checkOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }
}
