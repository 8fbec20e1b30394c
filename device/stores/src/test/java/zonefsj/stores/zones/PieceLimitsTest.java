// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;

/** However small the writes and however slow the upkeep, there are few pieces. */
class PieceLimitsTest {
  private static final int BLOCK = 512;
  private static final int OBJECT = 1 << 20;

  private static final int SMALL = 100;

  /** A flush of a block adds a piece. */
  private static final StoreZonedDevice.Thrift NONE =
      new StoreZonedDevice.Thrift(0, Integer.MAX_VALUE, Integer.MAX_VALUE, SMALL);

  private final MemoryObjectStore store = new MemoryObjectStore(OBJECT);

  private StoreZonedDevice open() throws IOException {
    return StoreZonedDevice.open(
        store,
        OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1)),
        new StoreZonedDevice.Options(
            false, true, StoreZonedDevice.Limits.ofWrites(4 << 20, 1000), 4, false, NONE));
  }

  private static EmulatedGeometry geometry(int zones, long zoneBytes, int blockBytes) {
    return EmulatedGeometry.builder(zones * zoneBytes)
        .blockSizeBytes(blockBytes)
        .zoneSizeBytes(zoneBytes)
        .zoneCapacityBytes(zoneBytes)
        .maxOpenZones(OptionalInt.empty())
        .maxActiveZones(OptionalInt.empty())
        .build();
  }

  private static ByteBuffer block(int number) {
    return ByteBuffer.allocateDirect(BLOCK).putInt(0, number);
  }

  /** The upkeep does nothing; whoever flushes merges. */
  @Test
  void aZoneOfManySmallFlushesHasFewPieces() throws IOException {
    EmulatedGeometry geometry = geometry(1, 4 << 20, BLOCK);
    StoreZonedDevice.create(store, new UUID(1, 2), geometry, 1 << 20);
    PieceLimits limits = PieceLimits.of(geometry, OBJECT, SMALL);
    int blocks = 4 * limits.ofZone();
    try (StoreZonedDevice drive = open()) {
      for (int at = 0; at < blocks; at++) {
        drive.append(0, block(at));
        drive.flush();
        assertThat(drive.pieceCount()).isLessThanOrEqualTo(limits.ofZone() + 1);
      }
    }
    try (StoreZonedDevice drive = open()) {
      for (int at = 0; at < blocks; at++) {
        ByteBuffer read = ByteBuffer.allocateDirect(BLOCK);
        drive.read((long) at * BLOCK, read);
        assertThat(read.getInt(0)).isEqualTo(at);
      }
    }
  }

  /** Each zone keeps its own limit, and all of them would be too many. */
  @Test
  void aDriveOfManySmallFlushesHasFewPieces() throws IOException {
    int zones = 300;
    EmulatedGeometry geometry = geometry(zones, 1 << 20, BLOCK);
    StoreZonedDevice.create(store, new UUID(1, 2), geometry, 1 << 20);
    PieceLimits limits = PieceLimits.of(geometry, OBJECT, SMALL);
    assertThat(limits.ofDrive()).isLessThan((long) zones * limits.ofZone());
    try (StoreZonedDevice drive = open()) {
      for (int at = 0; at < limits.ofZone() - 2; at++) {
        for (int zone = 0; zone < zones; zone++) {
          drive.append(zone, block(at));
        }
        drive.flush();
        assertThat(drive.pieceCount()).isLessThanOrEqualTo(limits.ofDrive() + 2L * zones);
      }
    }
    open().close();
  }

  @Test
  void anEntryOfTheLogHasRoomForAnyZone() throws IOException {
    StoreZonedDevice.create(store, new UUID(1, 2), geometry(1, 2L << 30, 4096), 512);
    MemoryObjectStore other = new MemoryObjectStore(OBJECT);
    assertThatThrownBy(
            () -> StoreZonedDevice.create(other, new UUID(1, 2), geometry(1, 4L << 30, 4096), 512))
        .isInstanceOf(StoreFormatException.class)
        .hasMessageContaining("has at most 2944 MiB; give it less capacity");
    assertThat(other.count("")).isZero();
  }
}
