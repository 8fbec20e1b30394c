package zonefsj.fs.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.Granules;

/**
 * Reads file data from the drive and checks every granule that it touches. Thread-safe; keeps a few
 * direct buffers.
 */
public final class VerifiedReader {
  private static final int BUFFER_BYTES = 512 << 10;
  private static final int POOLED = 16;

  private final ZonedDevice device;
  private final int blockBytes;
  private final ArrayBlockingQueue<ByteBuffer> pool = new ArrayBlockingQueue<>(POOLED);

  /**
   * @param device the drive
   */
  public VerifiedReader(ZonedDevice device) {
    this.device = device;
    this.blockBytes = device.geometry().blockSizeBytes();
  }

  /**
   * Reads all bytes of {@code data} into the buffer, whose position moves.
   *
   * @throws DataDamagedException if a granule does not verify or cannot be read
   */
  public void read(PlacedData data, ByteBuffer destination) throws IOException {
    if (!data.liesOn(device.geometry())) {
      throw new DataDamagedException(
          "data are said to lie at byte " + data.positionBytes() + ", outside the drive");
    }
    ByteBuffer scratch = pool.poll();
    if (scratch == null) {
      scratch = ByteBuffer.allocateDirect(BUFFER_BYTES);
    }
    try {
      readThrough(data, destination, scratch);
    } finally {
      pool.offer(scratch);
    }
  }

  private void readThrough(PlacedData data, ByteBuffer destination, ByteBuffer scratch)
      throws IOException {
    int granuleBytes = data.granules().granuleBytes();
    int granulesAtOnce = Math.max(1, (BUFFER_BYTES - 2 * blockBytes) / granuleBytes);
    int count = data.granules().crcs().length;
    int wanted = data.lengthBytes();
    int skip = data.skipBytes();
    for (int first = 0; first < count && wanted > 0; first += granulesAtOnce) {
      int from = first * granuleBytes;
      int to =
          (int) Math.min(data.granuleDataBytes(), (long) (first + granulesAtOnce) * granuleBytes);
      ByteBuffer bytes = readAligned(data.positionBytes() + from, to - from, scratch);
      verify(data, first, bytes);
      int usable = Math.min(bytes.remaining() - skip, wanted);
      destination.put(bytes.slice(bytes.position() + skip, usable));
      wanted -= usable;
      skip = 0;
    }
  }

  private ByteBuffer readAligned(long position, int length, ByteBuffer scratch) throws IOException {
    long start = position & -(long) blockBytes;
    int head = (int) (position - start);
    int whole = (int) FrameHeader.roundUp((long) head + length, blockBytes);
    ByteBuffer target = whole <= scratch.capacity() ? scratch : ByteBuffer.allocateDirect(whole);
    target.clear().limit(whole);
    try {
      device.read(start, target);
    } catch (IOException failed) {
      throw new DataDamagedException(
          device.geometry().zoneOf(position), position, "data cannot be read", failed);
    }
    return target.position(head).limit(head + length);
  }

  private void verify(PlacedData data, int first, ByteBuffer bytes) throws IOException {
    Granules granules = data.granules();
    int bad = granules.firstMismatch(bytes, first);
    if (bad >= 0) {
      long position = data.positionBytes() + (long) bad * granules.granuleBytes();
      throw new DataDamagedException(
          device.geometry().zoneOf(position), position, "checksum mismatch", null);
    }
  }

  /** Whether all bytes can be read and verify. */
  public boolean verifies(PlacedData data) throws IOException {
    try {
      read(data, ByteBuffer.allocate(data.lengthBytes()));
      return true;
    } catch (DataDamagedException damaged) {
      return false;
    }
  }
}
