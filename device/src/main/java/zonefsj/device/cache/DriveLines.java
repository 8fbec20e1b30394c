// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.CloseLock;
import zonefsj.device.compose.PartShapes;

/**
 * Lines on a zoned drive, which is written as a ring: a line is appended to the current zone, and
 * when that is full, the zone with the oldest lines is reset, and loses them. Each zone begins with
 * a block that has a magic number, by which no other drive is overwritten by mistake. The content
 * is of no use after the close, which resets the zones, as in {@link FileLines}.
 *
 * <p>8 bytes of heap for each slot, and those of the descriptor for each zone.
 *
 * <p>Threading: as {@link LineStore}. Nothing waits, except the close for writes that run, a minute
 * at most.
 */
final class DriveLines implements LineStore {
  private static final Logger LOG = LoggerFactory.getLogger(DriveLines.class);
  private static final byte[] MAGIC = "ZFJCACHE".getBytes(StandardCharsets.US_ASCII);
  private static final int NONE = -1;

  /** Heap for each slot. */
  static final long SLOT_BYTES = Long.BYTES;

  /** The open resets the zones. */
  private static final int FIRST_TURN = 1;

  /** What a place has for the number of a block. */
  private static final int BLOCK_BITS = 32;

  private static final long BLOCK_MASK = (1L << BLOCK_BITS) - 1;

  private final ZonedDevice drive;
  private final int blockBytes;

  /** The zones that are used, in their order. */
  private final List<ZoneDescriptor> ring;

  /** Of each zone of the ring, how often it was begun: lines of earlier times are gone. */
  private final AtomicIntegerArray turns;

  /** Of each slot: the turn of the zone, and below it the number of the line's first block. */
  private final AtomicLongArray places;

  /** The zone of the ring that is written. */
  private int current;

  /** Bytes of the current zone that no write has been given. */
  private long leftBytes;

  /** Writes that run in the current zone. */
  private int writers;

  private boolean isTurning;
  private boolean isClosed;

  private DriveLines(ZonedDevice drive, List<ZoneDescriptor> ring, int slots) {
    this.drive = drive;
    this.blockBytes = drive.geometry().blockSizeBytes();
    this.ring = ring;
    this.turns = new AtomicIntegerArray(ring.size());
    this.places = new AtomicLongArray(slots);
    this.current = ring.size() - 1;
  }

  /**
   * Takes an empty drive, or an earlier cache's, whose zones are reset.
   *
   * @param drive owned by the result, not if this fails
   * @param readUnitBytes what is read begins and ends at multiples of this
   * @param budgetBytes bytes of all lines; fewer if the drive has no room for them
   * @throws CacheException with a one-line message if the drive holds something else, or cannot
   *     keep lines
   */
  static DriveLines open(ZonedDevice drive, int lineBytes, int readUnitBytes, long budgetBytes)
      throws IOException {
    DeviceGeometry geometry = drive.geometry();
    if (readUnitBytes % geometry.blockSizeBytes() != 0) {
      throw new CacheException(
          geometry.description()
              + ": its blocks of "
              + ByteSize.format(geometry.blockSizeBytes())
              + " cannot cache those of "
              + ByteSize.format(readUnitBytes)
              + "; give a drive with blocks of that size, or a file");
    }
    List<ZoneDescriptor> zones = drive.report(0, geometry.zoneCount());
    if (!PartShapes.isBlankAtBegin(drive)) {
      throw foreign(geometry);
    }
    for (ZoneDescriptor zone : zones) {
      if (zone.writtenBytes() > 0 && !isOfCache(drive, zone)) {
        throw foreign(geometry);
      }
    }
    List<ZoneDescriptor> ring = new ArrayList<>();
    long room = 0;
    long largest = 0;
    for (ZoneDescriptor zone : zones) {
      long lines = (zone.capacityBytes() - geometry.blockSizeBytes()) / lineBytes;
      // One zone is empty for a moment.
      if (zone.type() == ZoneType.CONVENTIONAL
          || zone.hasFailed()
          || lines < 1
          || room - largest >= budgetBytes / lineBytes
          || (zone.startBytes() + zone.sizeBytes()) / geometry.blockSizeBytes() > BLOCK_MASK) {
        continue;
      }
      ring.add(zone);
      room += lines;
      largest = Math.max(largest, lines);
    }
    long slots = Math.min(budgetBytes / lineBytes, room - largest);
    if (slots < 1 || geometry.maxAppendBytes() < lineBytes) {
      throw new CacheException(
          geometry.description()
              + ": no room for lines of "
              + ByteSize.format(lineBytes)
              + " in zones that can be reset; give a larger drive, or a file");
    }
    // All of them: the earlier cache may have been larger.
    for (ZoneDescriptor zone : zones) {
      if (isInUse(zone)) {
        drive.reset(zone.index());
      }
    }
    return new DriveLines(drive, ring, (int) slots);
  }

  private static boolean isInUse(ZoneDescriptor zone) {
    return zone.condition().isActive() || zone.condition() == ZoneCondition.FULL;
  }

  /** Whether a zone that was written begins as those of a cache. */
  private static boolean isOfCache(ZonedDevice drive, ZoneDescriptor zone) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(drive.geometry().blockSizeBytes());
    drive.read(zone.startBytes(), start);
    return start.flip().slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
  }

  private static CacheException foreign(DeviceGeometry geometry) {
    return new CacheException(
        geometry.description()
            + " holds something that is no zonefs-j cache, and is not overwritten; give an empty"
            + " drive, or empty this one with 'zonefs-j zone reset --force'");
  }

  /** Number of slots. */
  int slots() {
    return places.length();
  }

  @Override
  public boolean read(int slot, int offsetBytes, ByteBuffer destination) throws IOException {
    long place = places.get(slot);
    if (isLost(place)) {
      return false;
    }
    try {
      drive.read((place & BLOCK_MASK) * blockBytes + offsetBytes, destination);
    } catch (IOException failed) {
      if (isLost(place)) {
        return false;
      }
      throw failed;
    }
    // The zone may have been reset meanwhile. The bytes were read before it is looked at.
    VarHandle.acquireFence();
    return !isLost(place);
  }

  private boolean isLost(long place) {
    return place == 0
        || turns.get(ringIndex((place & BLOCK_MASK) * blockBytes)) != (int) (place >>> BLOCK_BITS);
  }

  /** The zone of the ring that has a position. */
  private int ringIndex(long positionBytes) {
    int zone = drive.geometry().zoneOf(positionBytes);
    int low = 0;
    int high = ring.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ring.get(middle).index() < zone) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Stores lines from their beginning only: what is behind one belongs to another. */
  @Override
  public boolean write(int slot, int offsetBytes, ByteBuffer source) throws IOException {
    if (offsetBytes != 0) {
      return false;
    }
    int length = source.remaining();
    int at = begin(length);
    if (at == NONE) {
      return false;
    }
    try {
      long turn = turns.get(at);
      long position = drive.append(ring.get(at).index(), source);
      places.set(slot, turn << BLOCK_BITS | position / blockBytes);
      return true;
    } finally {
      end();
    }
  }

  /**
   * Begins a write of the current zone, and makes another zone the current one if that has no room.
   *
   * @return the zone of the ring, or {@link #NONE} if there is none at the moment
   */
  private int begin(int lengthBytes) throws IOException {
    synchronized (this) {
      if (isClosed || isTurning) {
        return NONE;
      }
      if (leftBytes >= lengthBytes) {
        return take(lengthBytes);
      }
      if (writers > 0) {
        return NONE;
      }
      isTurning = true;
    }
    long room = 0;
    try {
      room = turn();
    } finally {
      synchronized (this) {
        isTurning = false;
        leftBytes = room;
        notifyAll();
      }
    }
    synchronized (this) {
      return isClosed || leftBytes < lengthBytes ? NONE : take(lengthBytes);
    }
  }

  private int take(int lengthBytes) {
    leftBytes -= lengthBytes;
    writers++;
    return current;
  }

  private synchronized void end() {
    writers--;
    notifyAll();
  }

  /**
   * Begins the next zone of the ring.
   *
   * @return its room for lines, in bytes
   */
  private long turn() throws IOException {
    ZoneDescriptor before = drive.report(ring.get(current).index(), 1).get(0);
    if (before.condition().isActive()) {
      drive.finish(before.index());
    }
    current = current + 1 == ring.size() ? 0 : current + 1;
    ZoneDescriptor zone = ring.get(current);
    if (turns.incrementAndGet(current) > FIRST_TURN) {
      drive.reset(zone.index());
    }
    drive.append(zone.index(), ByteBuffer.allocate(blockBytes).put(0, MAGIC, 0, MAGIC.length));
    // After a power failure, no line is without it.
    drive.flush();
    return zone.capacityBytes() - blockBytes;
  }

  @Override
  public String description() {
    return "cache on " + drive.geometry().description();
  }

  /**
   * Never fails: the drive below is none the worse. A write that does not return is not waited for
   * without end; then the lines stay on the drive.
   */
  @Override
  public void close() {
    if (isLastUse()) {
      try {
        empty();
      } catch (IOException failed) {
        LOG.warn("{}: the cached lines stay on it", description(), failed);
      }
    }
    try {
      drive.close();
    } catch (IOException failed) {
      LOG.warn("{} cannot be closed", description(), failed);
    }
  }

  private void empty() throws IOException {
    List<ZoneDescriptor> zones = drive.report(0, drive.geometry().zoneCount());
    for (int at = 0; at < ring.size(); at++) {
      int zone = ring.get(at).index();
      // A read that is under way finds its line lost.
      turns.incrementAndGet(at);
      if (isInUse(zones.get(zone))) {
        drive.reset(zone);
      }
    }
  }

  /** Admits no write from now on, and waits for those that run; false if it is closed already. */
  private synchronized boolean isLastUse() {
    if (isClosed) {
      return false;
    }
    isClosed = true;
    long end = System.nanoTime() + CloseLock.TIMEOUT.toNanos();
    boolean interrupted = false;
    while (writers > 0 || isTurning) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        LOG.warn("{}: a write does not end, and the cached lines stay on it", description());
        break;
      }
      try {
        wait(left);
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return writers == 0 && !isTurning;
  }
}
