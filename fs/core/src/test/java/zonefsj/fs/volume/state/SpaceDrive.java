// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;
import zonefsj.zonemgr.ZoneUsage;

/** A drive of small zones and the account of its space. */
final class SpaceDrive implements AutoCloseable {
  static final int ZONES = 40;
  static final long ZONE_BYTES = 256 << 10;

  final RamZonedDevice device;
  final ZoneAllocator allocator;
  final ZoneUsage usage = new ZoneUsage(ZONES);
  final SpacePlan plan;
  final ChunkWriter chunks;
  final DirtyMemory memory = new DirtyMemory(64 << 20, 1 << 20, () -> 0, () -> false);
  final SpaceAccount account;

  SpaceDrive() throws IOException {
    device =
        RamZonedDevice.create(
            EmulatedGeometry.builder(ZONES * ZONE_BYTES).zoneSizeBytes(ZONE_BYTES).build());
    allocator = new ZoneAllocator(device, device.report(0, ZONES), 1);
    allocator.open(0, ZoneStream.SUPERBLOCK);
    allocator.open(1, ZoneStream.SUPERBLOCK);
    plan = SpacePlan.of(device.geometry(), device.report(0, ZONES), 1);
    chunks = new ChunkWriter(device, new UUID(5, 5), 1, allocator, usage, InstantSource.system());
    account = new SpaceAccount(plan, allocator, usage, chunks, memory);
  }

  /** Takes a zone of a stream and fills it; its number. */
  int fillZone(ZoneStream stream) throws IOException {
    ZoneHandle handle = allocator.allocate(stream).orElseThrow();
    handle.append(ByteBuffer.allocate((int) handle.remainingBytes()));
    handle.close();
    return handle.zone();
  }

  /** Room for bytes that overwrite others; null if there is too little. */
  SpaceAccount.@Nullable Grant tryGrantRoom(long bytes) {
    SpaceAccount.Grant grant = account.nothing();
    return grant.tryAddRoom(bytes) ? grant : null;
  }

  /** Room for bytes that overwrite others, which there is. */
  SpaceAccount.Grant grantRoom(long bytes) {
    return Objects.requireNonNull(tryGrantRoom(bytes), "room");
  }

  /** The most that can be granted now. */
  long mostRoomBytes() {
    long low = 0;
    long high = ZONES * ZONE_BYTES;
    while (low < high) {
      long middle = (low + high + 1) / 2;
      SpaceAccount.Grant grant = tryGrantRoom(middle);
      if (grant != null) {
        grant.close();
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  @Override
  public void close() throws IOException {
    chunks.close();
    device.close();
  }
}
