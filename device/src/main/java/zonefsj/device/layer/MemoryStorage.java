// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import zonefsj.device.AccessRules;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.Zeros;
import zonefsj.device.software.ZoneShapes;
import zonefsj.device.software.ZoneStorage;

/**
 * Bytes in memory, by zone, in chunks that are allocated when written, up to a maximum. A write
 * that would exceed it stores nothing.
 *
 * <p>Threading: the zone's state, written after the bytes and read before them, publishes them to
 * readers.
 */
final class MemoryStorage implements ZoneStorage {
  static final int CHUNK_BYTES = 32 << 10;

  private static final class Chunk {
    final byte[] bytes;

    Chunk(int lengthBytes) {
      this.bytes = new byte[lengthBytes];
    }
  }

  private static final class ZoneData {
    final @Nullable Chunk[] chunks;

    ZoneData(int count) {
      this.chunks = new @Nullable Chunk[count];
    }

    byte[] bytes(int chunk) {
      return Objects.requireNonNull(chunks[chunk]).bytes;
    }
  }

  private final ZoneShapes shapes;
  private final OptionalLong maxBytes;
  private final @Nullable ZoneData[] zones;
  private final AtomicLong heldBytes = new AtomicLong();

  MemoryStorage(ZoneShapes shapes, OptionalLong maxBytes) {
    this.shapes = shapes;
    this.maxBytes = maxBytes;
    this.zones = new @Nullable ZoneData[shapes.zoneCount()];
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) {
    ZoneData data = zones[zone];
    long offset = offsetBytes;
    while (destination.hasRemaining()) {
      int within = (int) (offset % CHUNK_BYTES);
      int length = Math.min(destination.remaining(), CHUNK_BYTES - within);
      Chunk chunk = data == null ? null : data.chunks[index(offset)];
      if (chunk == null) {
        Zeros.put(destination, length);
      } else {
        destination.put(chunk.bytes, within, length);
      }
      offset += length;
    }
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws DeviceException {
    long lengthBytes = AccessRules.totalBytes(sources);
    if (lengthBytes == 0) {
      return;
    }
    ZoneData data = withChunks(zone, offsetBytes, lengthBytes);
    long offset = offsetBytes;
    for (ByteBuffer source : sources) {
      while (source.hasRemaining()) {
        int within = (int) (offset % CHUNK_BYTES);
        int length = Math.min(source.remaining(), CHUNK_BYTES - within);
        source.get(data.bytes(index(offset)), within, length);
        offset += length;
      }
    }
  }

  @Override
  public void saveState(int zone, SoftwareZoneStates states) {
    // The state machine holds all state of this drive.
  }

  @Override
  public void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws DeviceException {
    ZoneData data = zones[zone];
    if (emptying.run() && data != null) {
      zones[zone] = null;
      for (int chunk = 0; chunk < data.chunks.length; chunk++) {
        if (data.chunks[chunk] != null) {
          heldBytes.addAndGet(-chunkBytes(zone, chunk));
        }
      }
    }
  }

  @Override
  public void flush(SoftwareZoneStates states) {
    // Nothing to do: memory has no volatile cache.
  }

  @Override
  public void close() {
    Arrays.fill(zones, null);
  }

  /** Allocates all chunks of a write, or none. */
  private ZoneData withChunks(int zone, long offsetBytes, long lengthBytes) throws DeviceException {
    ZoneData data = zones[zone];
    if (data == null) {
      data = new ZoneData(index(shapes.sizeOfBytes(zone) - 1) + 1);
    }
    int first = index(offsetBytes);
    int last = index(offsetBytes + lengthBytes - 1);
    long missingBytes = 0;
    for (int chunk = first; chunk <= last; chunk++) {
      missingBytes += data.chunks[chunk] == null ? chunkBytes(zone, chunk) : 0;
    }
    reserve(zone, missingBytes);
    try {
      @Nullable Chunk[] whole = Arrays.copyOfRange(data.chunks, first, last + 1);
      for (int i = 0; i < whole.length; i++) {
        whole[i] = whole[i] == null ? new Chunk(chunkBytes(zone, first + i)) : whole[i];
      }
      System.arraycopy(whole, 0, data.chunks, first, whole.length);
    } catch (OutOfMemoryError e) {
      heldBytes.addAndGet(-missingBytes);
      throw new DeviceException(
          Reason.HOST_SHORTAGE,
          zone,
          "no memory is left for a layer in memory: raise -Xmx, or keep the layer in a file",
          e);
    }
    zones[zone] = data;
    return data;
  }

  private void reserve(int zone, long bytes) throws DeviceException {
    long held = heldBytes.addAndGet(bytes);
    if (maxBytes.isPresent() && held > maxBytes.getAsLong()) {
      heldBytes.addAndGet(-bytes);
      throw new DeviceException(
          Reason.LAYER_FULL,
          zone,
          "the layer in memory has reached its maximum of "
              + ByteSize.format(maxBytes.getAsLong())
              + ": give it a higher one, or keep the layer in a file");
    }
  }

  private int chunkBytes(int zone, int chunk) {
    return (int) Math.min(CHUNK_BYTES, shapes.sizeOfBytes(zone) - (long) chunk * CHUNK_BYTES);
  }

  private static int index(long offsetBytes) {
    return (int) (offsetBytes / CHUNK_BYTES);
  }
}
