package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.CAPACITY;
import static zonefsj.tests.contract.Devices.CONVENTIONAL;
import static zonefsj.tests.contract.Devices.MAX_ACTIVE;
import static zonefsj.tests.contract.Devices.MAX_OPEN;
import static zonefsj.tests.contract.Devices.ZONE;
import static zonefsj.tests.contract.Devices.ZONES;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.assertZone;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.start;
import static zonefsj.tests.contract.Devices.zone;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;

/** What every drive and every wrapper must do: data, limits, transitions. */
abstract class ZonedDeviceContractTest {
  static final int FIRST = CONVENTIONAL;

  @SuppressWarnings("NullAway.Init") // set before each test
  ZonedDevice device;

  /** A new drive of this shape, all zones empty. */
  abstract ZonedDevice create(EmulatedGeometry geometry) throws IOException;

  @BeforeEach
  final void createDevice() throws IOException {
    device = create(Devices.geometry());
  }

  @AfterEach
  final void closeDevice() throws IOException {
    device.close();
  }

  @Test
  void geometryIsWhatItWasMadeWith() {
    DeviceGeometry geometry = device.geometry();
    assertThat(geometry.model()).isEqualTo(DeviceModel.HOST_MANAGED);
    assertThat(geometry.blockSizeBytes()).isEqualTo(BLOCK);
    assertThat(geometry.zoneCount()).isEqualTo(ZONES);
    assertThat(geometry.zoneSizeBytes()).isEqualTo(ZONE);
    assertThat(geometry.capacityBytes()).isEqualTo((long) ZONES * ZONE);
    assertThat(geometry.maxOpenZones()).isEqualTo(OptionalInt.of(MAX_OPEN));
    assertThat(geometry.maxActiveZones()).isEqualTo(OptionalInt.of(MAX_ACTIVE));
    assertThat(geometry.description()).isNotBlank();
  }

  @Test
  void reportNamesEveryZone() throws IOException {
    List<ZoneDescriptor> zones = device.report(0, ZONES);
    assertThat(zones).hasSize(ZONES);
    for (int i = 0; i < ZONES; i++) {
      ZoneDescriptor zone = zones.get(i);
      boolean conventional = i < CONVENTIONAL;
      assertThat(zone.index()).isEqualTo(i);
      assertThat(zone.startBytes()).isEqualTo(start(i));
      assertThat(zone.sizeBytes()).isEqualTo(ZONE);
      assertThat(zone.capacityBytes()).isEqualTo(conventional ? ZONE : CAPACITY);
      assertThat(zone.type())
          .isEqualTo(conventional ? ZoneType.CONVENTIONAL : ZoneType.SEQUENTIAL_REQUIRED);
      assertThat(zone.condition())
          .isEqualTo(conventional ? ZoneCondition.NOT_WRITE_POINTER : ZoneCondition.EMPTY);
      assertThat(zone.hasWritePointer()).isEqualTo(!conventional);
    }
    assertThat(device.report(5, 3)).isEqualTo(zones.subList(5, 8));
    assertThat(device.report(5, 0)).isEmpty();
    for (int[] range : new int[][] {{-1, 1}, {0, ZONES + 1}, {ZONES, 1}, {3, -1}}) {
      assertThatThrownBy(() -> device.report(range[0], range[1]))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void shorterLastZone() throws IOException {
    EmulatedGeometry runt =
        EmulatedGeometry.builder(3L * ZONE + 8 * BLOCK)
            .zoneSizeBytes(ZONE)
            .zoneCapacityBytes(CAPACITY)
            .build();
    device.close();
    device = create(runt);
    ZoneDescriptor last = zone(device, 3);
    assertThat(last.sizeBytes()).isEqualTo(8L * BLOCK);
    assertThat(last.capacityBytes()).isEqualTo(8L * BLOCK);
    device.write(start(3), blocks(8, 1));
    assertZone(device, 3, ZoneCondition.FULL, 8L * BLOCK);
    assertThat(read(device, start(3), 8 * BLOCK)).isEqualTo(bytes(blocks(8, 1)));
    assertRefused(
        Reason.BEYOND_CAPACITY,
        -1,
        () -> device.read(start(3) + 8L * BLOCK, ByteBuffer.allocate(BLOCK)));
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    ByteBuffer heap = blocks(3, 1);
    ByteBuffer direct = ByteBuffer.allocateDirect(2 * BLOCK).put(blocks(2, 2)).flip();
    device.write(start(FIRST), heap);
    device.write(start(FIRST) + 3 * BLOCK, direct);
    assertThat(heap.hasRemaining()).isFalse();
    assertThat(direct.hasRemaining()).isFalse();
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 5 * BLOCK);

    assertThat(read(device, start(FIRST), 3 * BLOCK)).isEqualTo(bytes(blocks(3, 1)));
    ByteBuffer destination = ByteBuffer.allocateDirect(2 * BLOCK);
    device.read(start(FIRST) + 3 * BLOCK, destination);
    assertThat(destination.position()).isEqualTo(destination.limit());
    assertThat(bytes(destination.flip())).isEqualTo(bytes(blocks(2, 2)));
  }

  @Test
  void buffersKeepWhatIsOutsideOfPositionAndLimit() throws IOException {
    ByteBuffer whole = blocks(4, 9);
    device.write(start(FIRST), whole.duplicate().position(BLOCK).limit(3 * BLOCK));
    ByteBuffer destination = ByteBuffer.allocate(4 * BLOCK).position(100).limit(100 + 2 * BLOCK);
    device.read(start(FIRST), destination);
    assertThat(destination.position()).isEqualTo(100 + 2 * BLOCK);
    byte[] expected = new byte[4 * BLOCK];
    whole.get(BLOCK, expected, 100, 2 * BLOCK);
    assertThat(destination.array()).isEqualTo(expected);
  }

  @Test
  void readOnlyBuffersAndSlicesCanBeWritten() throws IOException {
    ByteBuffer direct = ByteBuffer.allocateDirect(3 * BLOCK).put(blocks(3, 4)).flip();
    device.write(start(FIRST), direct.slice(7, BLOCK).asReadOnlyBuffer());
    byte[] expected = new byte[BLOCK];
    direct.get(7, expected);
    assertThat(read(device, start(FIRST), BLOCK)).isEqualTo(expected);
  }

  @Test
  void manySourcesAreOneWrite() throws IOException {
    ByteBuffer all = blocks(40, 3);
    ByteBuffer[] parts = {
      all.duplicate().limit(17),
      ByteBuffer.allocate(0),
      all.duplicate().position(17).limit(BLOCK),
      ByteBuffer.allocateDirect(35 * BLOCK).put(all.slice(BLOCK, 35 * BLOCK)).flip(),
      all.duplicate().position(36 * BLOCK)
    };
    device.write(start(FIRST), parts);
    for (ByteBuffer part : parts) {
      assertThat(part.hasRemaining()).isFalse();
    }
    assertThat(read(device, start(FIRST), 40 * BLOCK)).isEqualTo(bytes(all));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 40 * BLOCK);
  }

  @Test
  void appendReturnsWhereItWrote() throws IOException {
    assertThat(device.append(FIRST, blocks(2, 1))).isEqualTo(start(FIRST));
    assertThat(device.append(FIRST, blocks(1, 2), blocks(1, 3)))
        .isEqualTo(start(FIRST) + 2 * BLOCK);
    assertThat(read(device, start(FIRST) + 2 * BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 2)));
    assertThat(read(device, start(FIRST) + 3 * BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 3)));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 4 * BLOCK);
  }

  @Test
  void appendIsRefused() throws IOException {
    int longest = device.geometry().maxAppendBytes();
    assertRefused(
        Reason.BEYOND_CAPACITY, FIRST, () -> device.append(FIRST, blocks(longest / BLOCK + 1, 1)));
    assertRefused(Reason.UNALIGNED, FIRST, () -> device.append(FIRST, ByteBuffer.allocate(10)));
    assertRefused(Reason.INVALID_TRANSITION, 0, () -> device.append(0, blocks(1, 1)));
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
    device.append(FIRST, blocks(longest / BLOCK, 1));
    assertRefused(
        Reason.BEYOND_CAPACITY, FIRST, () -> device.append(FIRST, blocks(longest / BLOCK, 1)));
    assertThatThrownBy(() -> device.append(ZONES, blocks(1, 1)))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void readsCrossZonesAndGiveZerosBeyondThePointer() throws IOException {
    device.write(start(FIRST), blocks(48, 1));
    device.write(start(FIRST + 1), blocks(2, 2));
    byte[] expected = new byte[2 * ZONE];
    System.arraycopy(bytes(blocks(48, 1)), 0, expected, 0, CAPACITY);
    System.arraycopy(bytes(blocks(2, 2)), 0, expected, ZONE, 2 * BLOCK);
    assertThat(read(device, start(FIRST), 2 * ZONE)).isEqualTo(expected);
    ByteBuffer dirty = blocks(2, 77);
    device.read(start(FIRST + 1) + BLOCK, dirty);
    assertThat(bytes(dirty.flip().position(BLOCK))).containsOnly(0);
  }

  @Test
  void nothingToDoIsDone() throws IOException {
    device.read(start(FIRST), ByteBuffer.allocate(0));
    device.write(start(FIRST));
    device.write(start(FIRST), ByteBuffer.allocate(0));
    assertThat(device.append(FIRST)).isEqualTo(start(FIRST));
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
  }

  @Test
  void unalignedIsRefused() throws IOException {
    assertRefused(
        Reason.UNALIGNED, FIRST, () -> device.write(start(FIRST), ByteBuffer.allocate(1)));
    assertRefused(Reason.UNALIGNED, FIRST, () -> device.write(start(FIRST) + 512, blocks(1, 1)));
    assertRefused(
        Reason.UNALIGNED,
        FIRST,
        () -> device.write(start(FIRST), blocks(1, 1), ByteBuffer.allocate(512)));
    assertRefused(Reason.UNALIGNED, 0, () -> device.read(1, ByteBuffer.allocate(BLOCK)));
    assertRefused(Reason.UNALIGNED, 0, () -> device.read(0, ByteBuffer.allocate(BLOCK + 1)));
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
  }

  @Test
  void outsideOfTheDriveIsRefused() {
    long end = device.geometry().capacityBytes();
    assertRefused(Reason.BEYOND_CAPACITY, -1, () -> device.read(end, ByteBuffer.allocate(BLOCK)));
    assertRefused(
        Reason.BEYOND_CAPACITY, -1, () -> device.read(-BLOCK, ByteBuffer.allocate(BLOCK)));
    assertRefused(
        Reason.BEYOND_CAPACITY,
        ZONES - 1,
        () -> device.read(end - BLOCK, ByteBuffer.allocate(2 * BLOCK)));
    assertRefused(Reason.BEYOND_CAPACITY, -1, () -> device.write(end, blocks(1, 1)));
    assertRefused(Reason.BEYOND_CAPACITY, -1, () -> device.write(-BLOCK, blocks(1, 1)));
    for (int zone : new int[] {-1, ZONES}) {
      assertThatThrownBy(() -> device.open(zone)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> device.close(zone)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> device.finish(zone)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> device.reset(zone)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void onlyAtTheWritePointer() throws IOException {
    device.write(start(FIRST), blocks(2, 1));
    for (int block : new int[] {0, 1, 3, 47}) {
      long position = start(FIRST) + (long) block * BLOCK;
      assertThat(
              assertRefused(
                  Reason.NOT_AT_WRITE_POINTER, FIRST, () -> device.write(position, blocks(1, 2))))
          .hasMessageContaining(Long.toString(position))
          .hasMessageContaining(Long.toString(start(FIRST) + 2 * BLOCK));
    }
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 2 * BLOCK);
    assertThat(read(device, start(FIRST), 2 * BLOCK)).isEqualTo(bytes(blocks(2, 1)));
    assertRefused(
        Reason.NOT_AT_WRITE_POINTER,
        FIRST + 1,
        () -> device.write(start(FIRST + 1) + BLOCK, blocks(1, 2)));
    assertZone(device, FIRST + 1, ZoneCondition.EMPTY, 0);
  }

  @Test
  void neverBeyondTheCapacity() throws IOException {
    assertRefused(Reason.BEYOND_CAPACITY, FIRST, () -> device.write(start(FIRST), blocks(49, 1)));
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
    device.write(start(FIRST), blocks(47, 1));
    assertRefused(
        Reason.BEYOND_CAPACITY, FIRST, () -> device.write(start(FIRST) + 47 * BLOCK, blocks(2, 1)));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 47 * BLOCK);
    device.write(start(FIRST) + 47 * BLOCK, blocks(1, 2));
    assertZone(device, FIRST, ZoneCondition.FULL, CAPACITY);
    assertRefused(
        Reason.ZONE_FULL, FIRST, () -> device.write(start(FIRST) + CAPACITY, blocks(1, 1)));
    assertRefused(Reason.ZONE_FULL, FIRST, () -> device.append(FIRST, blocks(1, 1)));
    assertRefused(Reason.ZONE_FULL, FIRST, () -> device.write(start(FIRST), blocks(1, 1)));
    assertRefused(Reason.BEYOND_CAPACITY, FIRST, () -> device.write(start(FIRST), blocks(65, 1)));
  }

  @Test
  void conventionalZonesTakeWritesAnywhere() throws IOException {
    device.write(start(1) + 10 * BLOCK, blocks(2, 1));
    device.write(start(1) + 11 * BLOCK, blocks(1, 2));
    device.write(start(1) + ZONE - BLOCK, blocks(1, 3));
    assertThat(read(device, start(1) + 9 * BLOCK, BLOCK)).containsOnly(0);
    assertThat(read(device, start(1) + 11 * BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 2)));
    assertThat(read(device, start(1) + ZONE - BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 3)));
    assertThat(zone(device, 1).condition()).isEqualTo(ZoneCondition.NOT_WRITE_POINTER);
    assertRefused(Reason.BEYOND_CAPACITY, 0, () -> device.write(start(1) - BLOCK, blocks(2, 1)));
    assertRefused(Reason.INVALID_TRANSITION, 1, () -> device.open(1));
    assertRefused(Reason.INVALID_TRANSITION, 1, () -> device.close(1));
    assertRefused(Reason.INVALID_TRANSITION, 1, () -> device.finish(1));
    assertRefused(Reason.INVALID_TRANSITION, 1, () -> device.reset(1));
    assertThat(read(device, start(1) + 11 * BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 2)));
  }

  @Test
  void aResetGivesUpWhatTheZoneHeld() throws IOException {
    device.write(start(FIRST), blocks(48, 1));
    device.reset(FIRST);
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
    assertThat(read(device, start(FIRST), ZONE)).containsOnly(0);
    device.write(start(FIRST), blocks(1, 2));
    byte[] expected = new byte[ZONE];
    System.arraycopy(bytes(blocks(1, 2)), 0, expected, 0, BLOCK);
    assertThat(read(device, start(FIRST), ZONE)).isEqualTo(expected);
    device.finish(FIRST);
    assertThat(read(device, start(FIRST), ZONE)).isEqualTo(expected);
    device.flush();
    assertThat(read(device, start(FIRST), ZONE)).isEqualTo(expected);
    device.reset(FIRST);
    device.reset(FIRST);
    device.finish(FIRST);
    device.flush();
    assertThat(read(device, start(FIRST), ZONE)).containsOnly(0);
  }

  @Test
  void transitionsOfAnEmptyZone() throws IOException {
    device.close(FIRST);
    device.reset(FIRST);
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
    device.open(FIRST);
    device.open(FIRST);
    assertZone(device, FIRST, ZoneCondition.EXPLICIT_OPEN, 0);
    device.reset(FIRST);
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
    device.finish(FIRST);
    assertZone(device, FIRST, ZoneCondition.FULL, CAPACITY);
  }

  @Test
  void transitionsOfAWrittenZone() throws IOException {
    device.write(start(FIRST), blocks(1, 1));
    device.open(FIRST);
    assertZone(device, FIRST, ZoneCondition.EXPLICIT_OPEN, BLOCK);
    device.write(start(FIRST) + BLOCK, blocks(1, 2));
    assertZone(device, FIRST, ZoneCondition.EXPLICIT_OPEN, 2 * BLOCK);
    device.close(FIRST);
    device.close(FIRST);
    assertZone(device, FIRST, ZoneCondition.CLOSED, 2 * BLOCK);
    device.write(start(FIRST) + 2 * BLOCK, blocks(1, 3));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 3 * BLOCK);
    device.close(FIRST);
    device.open(FIRST);
    assertZone(device, FIRST, ZoneCondition.EXPLICIT_OPEN, 3 * BLOCK);
    device.close(FIRST);
    device.finish(FIRST);
    assertZone(device, FIRST, ZoneCondition.FULL, CAPACITY);
    assertThat(read(device, start(FIRST) + 2 * BLOCK, BLOCK)).isEqualTo(bytes(blocks(1, 3)));
  }

  @Test
  void transitionsOfAFullZone() throws IOException {
    device.write(start(FIRST), blocks(48, 1));
    device.finish(FIRST);
    assertRefused(Reason.ZONE_FULL, FIRST, () -> device.open(FIRST));
    assertRefused(Reason.ZONE_FULL, FIRST, () -> device.close(FIRST));
    assertZone(device, FIRST, ZoneCondition.FULL, CAPACITY);
    device.reset(FIRST);
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
  }

  @Test
  void anUnwrittenOpenZoneStaysActiveWhenClosed() throws IOException {
    device.open(FIRST);
    device.close(FIRST);
    assertZone(device, FIRST, ZoneCondition.CLOSED, 0);
    device.reset(FIRST);
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
  }

  @Test
  void aWriteClosesTheFirstImplicitlyOpenZoneWhenAllAreTaken() throws IOException {
    for (int i = 0; i < MAX_OPEN; i++) {
      device.write(start(FIRST + i), blocks(1, i));
    }
    device.write(start(FIRST + MAX_OPEN), blocks(1, 9));
    assertZone(device, FIRST, ZoneCondition.CLOSED, BLOCK);
    assertZone(device, FIRST + 1, ZoneCondition.IMPLICIT_OPEN, BLOCK);
    assertZone(device, FIRST + MAX_OPEN, ZoneCondition.IMPLICIT_OPEN, BLOCK);
    device.open(FIRST);
    assertZone(device, FIRST + 1, ZoneCondition.CLOSED, BLOCK);
    assertZone(device, FIRST, ZoneCondition.EXPLICIT_OPEN, BLOCK);
  }

  @Test
  void explicitlyOpenZonesAreNeverClosedForOthers() throws IOException {
    for (int i = 0; i < MAX_OPEN; i++) {
      device.open(FIRST + i);
    }
    int next = FIRST + MAX_OPEN;
    assertRefused(Reason.TOO_MANY_OPEN, next, () -> device.open(next));
    assertRefused(Reason.TOO_MANY_OPEN, next, () -> device.write(start(next), blocks(1, 1)));
    assertRefused(Reason.TOO_MANY_OPEN, next, () -> device.append(next, blocks(1, 1)));
    assertZone(device, next, ZoneCondition.EMPTY, 0);
    device.finish(next);
    assertZone(device, next, ZoneCondition.FULL, CAPACITY);
    device.close(FIRST);
    device.write(start(next + 1), blocks(1, 1));
    assertRefused(Reason.TOO_MANY_OPEN, FIRST, this::openTwoMore);
  }

  private void openTwoMore() throws IOException {
    device.open(FIRST + MAX_OPEN + 1);
    device.open(FIRST);
  }

  @Test
  void neverMoreActiveZonesThanTheDriveHas() throws IOException {
    for (int i = 0; i < MAX_ACTIVE; i++) {
      device.write(start(FIRST + i), blocks(1, i));
    }
    List<ZoneDescriptor> before = device.report(0, ZONES);
    int next = FIRST + MAX_ACTIVE;
    assertRefused(Reason.TOO_MANY_ACTIVE, next, () -> device.write(start(next), blocks(1, 1)));
    assertRefused(Reason.TOO_MANY_ACTIVE, next, () -> device.write(start(next), blocks(48, 1)));
    assertRefused(Reason.TOO_MANY_ACTIVE, next, () -> device.open(next));
    assertThat(device.report(0, ZONES)).isEqualTo(before);
    device.write(start(FIRST) + BLOCK, blocks(47, 1));
    assertZone(device, FIRST, ZoneCondition.FULL, CAPACITY);
    device.write(start(next), blocks(1, 1));
    assertRefused(Reason.TOO_MANY_ACTIVE, next + 1, () -> device.open(next + 1));
    device.finish(FIRST + 1);
    device.open(next + 1);
    device.reset(FIRST + 2);
    device.write(start(next + 2), blocks(1, 1));
    assertRefused(
        Reason.TOO_MANY_ACTIVE, next + 3, () -> device.write(start(next + 3), blocks(1, 1)));
  }

  @Test
  void withoutLimitsEveryZoneCanBeOpen() throws IOException {
    device.close();
    device =
        create(
            EmulatedGeometry.builder(40L * ZONE)
                .zoneSizeBytes(ZONE)
                .maxOpenZones(OptionalInt.empty())
                .maxActiveZones(OptionalInt.empty())
                .build());
    for (int i = 0; i < 40; i++) {
      if (i % 2 == 0) {
        device.open(i);
      } else {
        device.write(start(i), blocks(1, i));
      }
    }
    assertThat(device.report(0, 40)).allMatch(zone -> zone.condition().isOpen());
  }

  @Test
  void aClosedDeviceRefusesEverything() throws IOException {
    device.write(start(FIRST), blocks(1, 1));
    device.close();
    device.close();
    assertThat(device.geometry().zoneCount()).isEqualTo(ZONES);
    assertRefused(Reason.CLOSED, -1, () -> device.report(0, 1));
    assertRefused(Reason.CLOSED, -1, () -> device.read(0, ByteBuffer.allocate(BLOCK)));
    assertRefused(Reason.CLOSED, -1, () -> device.write(start(FIRST) + BLOCK, blocks(1, 1)));
    assertRefused(Reason.CLOSED, -1, () -> device.append(FIRST, blocks(1, 1)));
    assertRefused(Reason.CLOSED, -1, () -> device.flush());
    assertRefused(Reason.CLOSED, -1, () -> device.open(FIRST));
    assertRefused(Reason.CLOSED, -1, () -> device.close(FIRST));
    assertRefused(Reason.CLOSED, -1, () -> device.finish(FIRST));
    assertRefused(Reason.CLOSED, -1, () -> device.reset(FIRST));
  }
}
