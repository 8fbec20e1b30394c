// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.Zeros;
import zonefsj.device.software.ZoneStorage;

/**
 * Bytes in memory, by zone, in chunks that are allocated when written. A copy shares all chunks;
 * each of the two drives copies a chunk before it changes it.
 *
 * <p>An owner token in each chunk tells who may change it. {@link #share} gives new tokens to both
 * sides, so that all chunks lose their owner in one step, without counters or a list of copies.
 *
 * <p>Threading: the zone's state, written after the bytes and read before them, publishes them to
 * readers. {@link #share} is called while nothing changes.
 */
final class RamStorage implements ZoneStorage {
  /** Small, because the first write after a copy copies one chunk. */
  private static final int CHUNK_BYTES = 32 << 10;

  private static final class Owner {}

  private static final class Chunk {
    final Owner owner;
    final byte[] bytes;

    Chunk(Owner owner, byte[] bytes) {
      this.owner = owner;
      this.bytes = bytes;
    }
  }

  private static final class ZoneData {
    final Owner owner;
    final @Nullable Chunk[] chunks;

    ZoneData(Owner owner, @Nullable Chunk[] chunks) {
      this.owner = owner;
      this.chunks = chunks;
    }
  }

  private final EmulatedGeometry geometry;
  private final @Nullable ZoneData[] zones;
  private Owner owner = new Owner();

  RamStorage(EmulatedGeometry geometry) {
    this(geometry, new @Nullable ZoneData[geometry.zoneCount()]);
  }

  private RamStorage(EmulatedGeometry geometry, @Nullable ZoneData[] zones) {
    this.geometry = geometry;
    this.zones = zones;
  }

  /** A second storage with the same bytes, independent from now on. */
  RamStorage share() {
    owner = new Owner();
    return new RamStorage(geometry, zones.clone());
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) {
    ZoneData data = zones[zone];
    long offset = offsetBytes;
    while (destination.hasRemaining()) {
      int within = (int) (offset % CHUNK_BYTES);
      int length = Math.min(destination.remaining(), CHUNK_BYTES - within);
      Chunk chunk = data == null ? null : data.chunks[(int) (offset / CHUNK_BYTES)];
      if (chunk == null) {
        Zeros.put(destination, length);
      } else {
        destination.put(chunk.bytes, within, length);
      }
      offset += length;
    }
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    try {
      ZoneData data = ownZone(zone);
      long offset = offsetBytes;
      for (ByteBuffer source : sources) {
        while (source.hasRemaining()) {
          int index = (int) (offset / CHUNK_BYTES);
          int within = (int) (offset % CHUNK_BYTES);
          int length = Math.min(source.remaining(), CHUNK_BYTES - within);
          source.get(ownChunk(zone, data, index), within, length);
          offset += length;
        }
      }
    } catch (OutOfMemoryError e) {
      throw new IOException("no memory is left for a drive in memory: raise -Xmx", e);
    }
  }

  @Override
  public void saveState(int zone, SoftwareZoneStates states) {
    // The state machine holds all state of this drive.
  }

  @Override
  public void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws DeviceException {
    if (emptying.run()) {
      zones[zone] = null;
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

  private ZoneData ownZone(int zone) {
    ZoneData data = zones[zone];
    if (data != null && data.owner == owner) {
      return data;
    }
    int chunks = (int) ((geometry.sizeOfBytes(zone) - 1) / CHUNK_BYTES + 1);
    ZoneData own =
        new ZoneData(owner, data == null ? new @Nullable Chunk[chunks] : data.chunks.clone());
    zones[zone] = own;
    return own;
  }

  private byte[] ownChunk(int zone, ZoneData data, int index) {
    Chunk chunk = data.chunks[index];
    if (chunk != null && chunk.owner == owner) {
      return chunk.bytes;
    }
    long left = geometry.sizeOfBytes(zone) - (long) index * CHUNK_BYTES;
    byte[] bytes =
        chunk == null ? new byte[(int) Math.min(CHUNK_BYTES, left)] : chunk.bytes.clone();
    data.chunks[index] = new Chunk(owner, bytes);
    return bytes;
  }
}
