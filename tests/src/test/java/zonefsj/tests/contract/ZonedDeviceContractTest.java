// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static zonefsj.tests.contract.Devices.CONVENTIONAL;
import static zonefsj.tests.contract.Devices.MAX_ACTIVE;
import static zonefsj.tests.contract.Devices.MAX_OPEN;
import static zonefsj.tests.contract.Devices.ZONES;
import static zonefsj.tests.contract.Devices.assertRefused;
import static zonefsj.tests.contract.Devices.assertZone;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.zone;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.commons.support.AnnotationSupport;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.software.DriveProfile.Eviction;

/** What every drive and every wrapper must do: data, limits, transitions. */
@ExtendWith(NeedsCondition.class)
@SuppressWarnings("NarrowCalculation") // drives of a few MiB
public abstract class ZonedDeviceContractTest {
  static final int FIRST = CONVENTIONAL;

  @SuppressWarnings("NullAway.Init") // set before each test
  ZonedDevice device;

  /** What the drive under test is like; sizes are in bytes. */
  final DriveShape shape;

  final int block;
  final int zoneSize;
  final int capacity;
  final int capacityBlocks;

  ZonedDeviceContractTest() {
    this(DriveShape.EMULATED);
  }

  protected ZonedDeviceContractTest(DriveShape shape) {
    this.shape = shape;
    this.block = shape.blockBytes();
    this.zoneSize = shape.zoneBytes();
    this.capacity = shape.capacityBytes();
    this.capacityBlocks = shape.capacityBlocks();
  }

  /** A new drive of this shape, all zones empty. */
  protected abstract ZonedDevice create(EmulatedGeometry geometry) throws IOException;

  @BeforeEach
  final void createDevice() throws IOException {
    Set<DriveAbility> abilities = EnumSet.allOf(DriveAbility.class);
    for (Lacks lacks : AnnotationSupport.findRepeatableAnnotations(getClass(), Lacks.class)) {
      abilities.remove(lacks.value());
    }
    assertThat(abilities).as("what the class does not lack").isEqualTo(shape.abilities());
    device = create(shape.geometry());
  }

  @AfterEach
  final void closeDevice() throws IOException {
    device.close();
  }

  final long start(int zone) {
    return (long) zone * zoneSize;
  }

  final ByteBuffer blocks(int count, long seed) {
    return Devices.random(count * block, seed);
  }

  /** Demands bytes as a read beyond the write pointer gives them. */
  private void assertUnwritten(byte[] bytes) {
    assertUnwritten(bytes, 0);
  }

  private void assertUnwritten(byte[] bytes, int from) {
    for (int at = from; at < bytes.length; at++) {
      if (!shape.unwritten().contains(bytes[at])) {
        fail("byte %d is %d, but nothing was written there", at, bytes[at]);
      }
    }
  }

  @Test
  void geometryIsWhatItWasMadeWith() {
    DeviceGeometry geometry = device.geometry();
    assertThat(geometry.model()).isEqualTo(DeviceModel.HOST_MANAGED);
    assertThat(geometry.blockSizeBytes()).isEqualTo(block);
    assertThat(geometry.zoneCount()).isEqualTo(ZONES);
    assertThat(geometry.zoneSizeBytes()).isEqualTo(zoneSize);
    assertThat(geometry.capacityBytes()).isEqualTo((long) ZONES * zoneSize);
    assertThat(geometry.maxOpenZones()).isEqualTo(OptionalInt.of(MAX_OPEN));
    assertThat(geometry.maxActiveZones()).isEqualTo(shape.maxActiveZones());
    assertThat(geometry.description()).isNotBlank();
  }

  @Test
  void reportNamesEveryZone() throws IOException {
    List<ZoneDescriptor> zones = device.report(0, ZONES);
    assertThat(zones).hasSize(ZONES);
    for (int i = 0; i < ZONES; i++) {
      ZoneDescriptor zone = zones.get(i);
      boolean conventional = i < shape.conventionalZones();
      assertThat(zone.index()).isEqualTo(i);
      assertThat(zone.startBytes()).isEqualTo(start(i));
      assertThat(zone.sizeBytes()).isEqualTo(zoneSize);
      assertThat(zone.capacityBytes()).isEqualTo(conventional ? zoneSize : capacity);
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
  @Needs(DriveAbility.SHORT_LAST_ZONE)
  void shorterLastZone() throws IOException {
    int blocks = shape.zoneBlocks() / 2;
    EmulatedGeometry runt =
        EmulatedGeometry.builder(3L * zoneSize + blocks * block)
            .blockSizeBytes(block)
            .zoneSizeBytes(zoneSize)
            .maxOpenZones(1)
            .maxActiveZones(OptionalInt.empty())
            .build();
    device.close();
    device = create(runt);
    ZoneDescriptor last = zone(device, 3);
    assertThat(last.sizeBytes()).isEqualTo(blocks * block);
    assertThat(last.capacityBytes()).isEqualTo(blocks * block);
    device.write(start(3), blocks(blocks, 1));
    assertZone(device, 3, ZoneCondition.FULL, blocks * block);
    assertThat(read(device, start(3), blocks * block)).isEqualTo(bytes(blocks(blocks, 1)));
    assertRefused(
        Reason.BEYOND_CAPACITY,
        -1,
        () -> device.read(start(3) + blocks * block, ByteBuffer.allocate(block)));
    device.reset(3);
    assertZone(device, 3, ZoneCondition.EMPTY, 0);
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    ByteBuffer heap = blocks(3, 1);
    ByteBuffer direct = ByteBuffer.allocateDirect(2 * block).put(blocks(2, 2)).flip();
    device.write(start(FIRST), heap);
    device.write(start(FIRST) + 3 * block, direct);
    assertThat(heap.hasRemaining()).isFalse();
    assertThat(direct.hasRemaining()).isFalse();
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 5 * block);

    assertThat(read(device, start(FIRST), 3 * block)).isEqualTo(bytes(blocks(3, 1)));
    ByteBuffer destination = ByteBuffer.allocateDirect(2 * block);
    device.read(start(FIRST) + 3 * block, destination);
    assertThat(destination.position()).isEqualTo(destination.limit());
    assertThat(bytes(destination.flip())).isEqualTo(bytes(blocks(2, 2)));
  }

  @Test
  void buffersKeepWhatIsOutsideOfPositionAndLimit() throws IOException {
    ByteBuffer whole = blocks(4, 9);
    device.write(start(FIRST), whole.duplicate().position(block).limit(3 * block));
    ByteBuffer destination = ByteBuffer.allocate(4 * block).position(100).limit(100 + 2 * block);
    device.read(start(FIRST), destination);
    assertThat(destination.position()).isEqualTo(100 + 2 * block);
    byte[] expected = new byte[4 * block];
    whole.get(block, expected, 100, 2 * block);
    assertThat(destination.array()).isEqualTo(expected);
  }

  @Test
  void readOnlyBuffersAndSlicesCanBeWritten() throws IOException {
    ByteBuffer direct = ByteBuffer.allocateDirect(3 * block).put(blocks(3, 4)).flip();
    device.write(start(FIRST), direct.slice(7, block).asReadOnlyBuffer());
    byte[] expected = new byte[block];
    direct.get(7, expected);
    assertThat(read(device, start(FIRST), block)).isEqualTo(expected);
  }

  @Test
  void manySourcesAreOneWrite() throws IOException {
    ByteBuffer all = blocks(40, 3);
    ByteBuffer[] parts = {
      all.duplicate().limit(17),
      ByteBuffer.allocate(0),
      all.duplicate().position(17).limit(block),
      ByteBuffer.allocateDirect(35 * block).put(all.slice(block, 35 * block)).flip(),
      all.duplicate().position(36 * block)
    };
    device.write(start(FIRST), parts);
    for (ByteBuffer part : parts) {
      assertThat(part.hasRemaining()).isFalse();
    }
    assertThat(read(device, start(FIRST), 40 * block)).isEqualTo(bytes(all));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 40 * block);
  }

  @Test
  void appendReturnsWhereItWrote() throws IOException {
    assertThat(device.append(FIRST, blocks(2, 1))).isEqualTo(start(FIRST));
    assertThat(device.append(FIRST, blocks(1, 2), blocks(1, 3)))
        .isEqualTo(start(FIRST) + 2 * block);
    assertThat(read(device, start(FIRST) + 2 * block, block)).isEqualTo(bytes(blocks(1, 2)));
    assertThat(read(device, start(FIRST) + 3 * block, block)).isEqualTo(bytes(blocks(1, 3)));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 4 * block);
  }

  @Test
  void appendIsRefused() throws IOException {
    int longest = device.geometry().maxAppendBytes();
    assertRefused(
        Reason.BEYOND_CAPACITY, FIRST, () -> device.append(FIRST, blocks(longest / block + 1, 1)));
    int most = Math.min(longest / block, capacityBlocks - 1);
    assertRefused(Reason.UNALIGNED, FIRST, () -> device.append(FIRST, ByteBuffer.allocate(10)));
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
    device.append(FIRST, blocks(most, 1));
    assertRefused(Reason.BEYOND_CAPACITY, FIRST, () -> device.append(FIRST, blocks(most, 1)));
    assertThatThrownBy(() -> device.append(ZONES, blocks(1, 1)))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void readsCrossZonesAndDoNotFailBeyondThePointer() throws IOException {
    device.write(start(FIRST), blocks(capacityBlocks, 1));
    device.write(start(FIRST + 1), blocks(2, 2));
    byte[] both = read(device, start(FIRST), 2 * zoneSize);
    assertThat(Arrays.copyOf(both, capacity)).isEqualTo(bytes(blocks(capacityBlocks, 1)));
    assertUnwritten(Arrays.copyOfRange(both, capacity, zoneSize));
    assertThat(Arrays.copyOfRange(both, zoneSize, zoneSize + 2 * block))
        .isEqualTo(bytes(blocks(2, 2)));
    assertUnwritten(both, zoneSize + 2 * block);
    ByteBuffer dirty = blocks(2, 77);
    device.read(start(FIRST + 1) + block, dirty);
    assertUnwritten(bytes(dirty.rewind()), block);
  }

  @Test
  void nothingToDoIsDone() throws IOException {
    device.read(start(FIRST), ByteBuffer.allocate(0));
    device.write(start(FIRST));
    device.write(start(FIRST), ByteBuffer.allocate(0));
    assertThat(device.append(FIRST)).isEqualTo(start(FIRST));
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
    assertRefused(Reason.NOT_AT_WRITE_POINTER, FIRST, () -> device.write(start(FIRST) + block));
    device.finish(FIRST);
    assertRefused(Reason.ZONE_FULL, FIRST, () -> device.write(start(FIRST) + capacity));
  }

  @Test
  void unalignedIsRefused() throws IOException {
    assertRefused(
        Reason.UNALIGNED, FIRST, () -> device.write(start(FIRST), ByteBuffer.allocate(1)));
    assertRefused(
        Reason.UNALIGNED, FIRST, () -> device.write(start(FIRST) + block / 2, blocks(1, 1)));
    assertRefused(
        Reason.UNALIGNED,
        FIRST,
        () -> device.write(start(FIRST), blocks(1, 1), ByteBuffer.allocate(block / 2)));
    assertRefused(Reason.UNALIGNED, 0, () -> device.read(1, ByteBuffer.allocate(block)));
    assertRefused(Reason.UNALIGNED, 0, () -> device.read(0, ByteBuffer.allocate(block + 1)));
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
  }

  @Test
  void outsideOfTheDriveIsRefused() {
    long end = device.geometry().capacityBytes();
    assertRefused(Reason.BEYOND_CAPACITY, -1, () -> device.read(end, ByteBuffer.allocate(block)));
    assertRefused(
        Reason.BEYOND_CAPACITY, -1, () -> device.read(-block, ByteBuffer.allocate(block)));
    assertRefused(
        Reason.BEYOND_CAPACITY,
        ZONES - 1,
        () -> device.read(end - block, ByteBuffer.allocate(2 * block)));
    assertRefused(Reason.BEYOND_CAPACITY, -1, () -> device.write(end, blocks(1, 1)));
    assertRefused(Reason.BEYOND_CAPACITY, -1, () -> device.write(-block, blocks(1, 1)));
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
    for (int at : new int[] {0, 1, 3, capacityBlocks - 1}) {
      long position = start(FIRST) + (long) at * block;
      assertThat(
              assertRefused(
                  Reason.NOT_AT_WRITE_POINTER, FIRST, () -> device.write(position, blocks(1, 2))))
          .hasMessageContaining(Long.toString(position))
          .hasMessageContaining(Long.toString(start(FIRST) + 2 * block));
    }
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 2 * block);
    assertThat(read(device, start(FIRST), 2 * block)).isEqualTo(bytes(blocks(2, 1)));
    assertRefused(
        Reason.NOT_AT_WRITE_POINTER,
        FIRST + 1,
        () -> device.write(start(FIRST + 1) + block, blocks(1, 2)));
    assertZone(device, FIRST + 1, ZoneCondition.EMPTY, 0);
  }

  @Test
  void neverBeyondTheCapacity() throws IOException {
    assertRefused(
        Reason.BEYOND_CAPACITY,
        FIRST,
        () -> device.write(start(FIRST), blocks(capacityBlocks + 1, 1)));
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
    device.write(start(FIRST), blocks(capacityBlocks - 1, 1));
    assertRefused(
        Reason.BEYOND_CAPACITY,
        FIRST,
        () -> device.write(start(FIRST) + (capacityBlocks - 1) * block, blocks(2, 1)));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, (capacityBlocks - 1) * block);
    device.write(start(FIRST) + (capacityBlocks - 1) * block, blocks(1, 2));
    assertZone(device, FIRST, ZoneCondition.FULL, capacity);
    assertRefused(
        Reason.ZONE_FULL, FIRST, () -> device.write(start(FIRST) + capacity, blocks(1, 1)));
    assertRefused(Reason.ZONE_FULL, FIRST, () -> device.append(FIRST, blocks(1, 1)));
    assertRefused(Reason.ZONE_FULL, FIRST, () -> device.write(start(FIRST), blocks(1, 1)));
    assertRefused(
        Reason.BEYOND_CAPACITY,
        FIRST,
        () -> device.write(start(FIRST), blocks(zoneSize / block + 1, 1)));
  }

  @Test
  @Needs(DriveAbility.CONVENTIONAL_ZONES)
  void conventionalZonesTakeWritesAnywhere() throws IOException {
    device.write(start(1) + 10 * block, blocks(2, 1));
    device.write(start(1) + 11 * block, blocks(1, 2));
    device.write(start(1) + zoneSize - block, blocks(1, 3));
    assertThat(read(device, start(1) + 9 * block, block)).containsOnly(0);
    assertThat(read(device, start(1) + 11 * block, block)).isEqualTo(bytes(blocks(1, 2)));
    assertThat(read(device, start(1) + zoneSize - block, block)).isEqualTo(bytes(blocks(1, 3)));
    assertThat(zone(device, 1).condition()).isEqualTo(ZoneCondition.NOT_WRITE_POINTER);
    assertRefused(Reason.BEYOND_CAPACITY, 0, () -> device.write(start(1) - block, blocks(2, 1)));
    assertRefused(Reason.INVALID_TRANSITION, 0, () -> device.append(0, blocks(1, 1)));
    assertRefused(Reason.INVALID_TRANSITION, 1, () -> device.open(1));
    assertRefused(Reason.INVALID_TRANSITION, 1, () -> device.close(1));
    assertRefused(Reason.INVALID_TRANSITION, 1, () -> device.finish(1));
    assertRefused(Reason.INVALID_TRANSITION, 1, () -> device.reset(1));
    assertThat(read(device, start(1) + 11 * block, block)).isEqualTo(bytes(blocks(1, 2)));
  }

  @Test
  void aResetGivesUpWhatTheZoneHeld() throws IOException {
    device.write(start(FIRST), blocks(capacityBlocks, 1));
    device.reset(FIRST);
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
    assertUnwritten(read(device, start(FIRST), zoneSize));
    device.write(start(FIRST), blocks(1, 2));
    assertOneBlockHeld();
    device.finish(FIRST);
    assertOneBlockHeld();
    device.flush();
    assertOneBlockHeld();
    device.reset(FIRST);
    device.reset(FIRST);
    device.finish(FIRST);
    device.flush();
    assertUnwritten(read(device, start(FIRST), zoneSize));
  }

  private void assertOneBlockHeld() throws IOException {
    byte[] all = read(device, start(FIRST), zoneSize);
    assertThat(Arrays.copyOf(all, block)).isEqualTo(bytes(blocks(1, 2)));
    assertUnwritten(all, block);
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
    assertZone(device, FIRST, ZoneCondition.FULL, capacity);
  }

  @Test
  void transitionsOfAWrittenZone() throws IOException {
    device.write(start(FIRST), blocks(1, 1));
    device.open(FIRST);
    assertZone(device, FIRST, ZoneCondition.EXPLICIT_OPEN, block);
    device.write(start(FIRST) + block, blocks(1, 2));
    assertZone(device, FIRST, ZoneCondition.EXPLICIT_OPEN, 2 * block);
    device.close(FIRST);
    device.close(FIRST);
    assertZone(device, FIRST, ZoneCondition.CLOSED, 2 * block);
    device.write(start(FIRST) + 2 * block, blocks(1, 3));
    assertZone(device, FIRST, ZoneCondition.IMPLICIT_OPEN, 3 * block);
    device.close(FIRST);
    device.open(FIRST);
    assertZone(device, FIRST, ZoneCondition.EXPLICIT_OPEN, 3 * block);
    device.close(FIRST);
    device.finish(FIRST);
    assertZone(device, FIRST, ZoneCondition.FULL, capacity);
    assertThat(read(device, start(FIRST) + 2 * block, block)).isEqualTo(bytes(blocks(1, 3)));
  }

  @Test
  void transitionsOfAFullZone() throws IOException {
    device.write(start(FIRST), blocks(capacityBlocks, 1));
    device.finish(FIRST);
    assertRefused(Reason.ZONE_FULL, FIRST, () -> device.open(FIRST));
    assertRefused(Reason.ZONE_FULL, FIRST, () -> device.close(FIRST));
    assertZone(device, FIRST, ZoneCondition.FULL, capacity);
    device.reset(FIRST);
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
  }

  @Test
  void anUnwrittenOpenZoneThatIsClosed() throws IOException {
    device.open(FIRST);
    device.close(FIRST);
    boolean empties = shape.profile().emptiesUnwritten();
    assertZone(device, FIRST, empties ? ZoneCondition.EMPTY : ZoneCondition.CLOSED, 0);
    device.reset(FIRST);
    assertZone(device, FIRST, ZoneCondition.EMPTY, 0);
  }

  @Test
  void aWriteClosesAnImplicitlyOpenZoneWhenAllAreTaken() throws IOException {
    for (int i = MAX_OPEN - 1; i >= 0; i--) {
      device.write(start(FIRST + i), blocks(1, i));
    }
    boolean oldest = shape.profile().eviction() == Eviction.OLDEST;
    int first = oldest ? FIRST + MAX_OPEN - 1 : FIRST;
    device.write(start(FIRST + MAX_OPEN), blocks(1, 9));
    assertZone(device, first, ZoneCondition.CLOSED, block);
    assertZone(device, FIRST + 1, ZoneCondition.IMPLICIT_OPEN, block);
    assertZone(device, FIRST + MAX_OPEN, ZoneCondition.IMPLICIT_OPEN, block);
    device.open(first);
    assertZone(device, FIRST + 1, ZoneCondition.CLOSED, block);
    assertZone(device, first, ZoneCondition.EXPLICIT_OPEN, block);
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
    if (shape.profile().finishTakesRoom()) {
      assertRefused(Reason.TOO_MANY_OPEN, next, () -> device.finish(next));
      assertZone(device, next, ZoneCondition.EMPTY, 0);
    } else {
      device.finish(next);
      assertZone(device, next, ZoneCondition.FULL, capacity);
    }
    device.close(FIRST);
    device.write(start(next + 1), blocks(1, 1));
    assertRefused(Reason.TOO_MANY_OPEN, FIRST, this::openTwoMore);
  }

  private void openTwoMore() throws IOException {
    device.open(FIRST + MAX_OPEN + 1);
    device.open(FIRST);
  }

  @Test
  @Needs(DriveAbility.ACTIVE_LIMIT)
  void neverMoreActiveZonesThanTheDriveHas() throws IOException {
    for (int i = 0; i < MAX_ACTIVE; i++) {
      device.write(start(FIRST + i), blocks(1, i));
    }
    List<ZoneDescriptor> before = device.report(0, ZONES);
    int next = FIRST + MAX_ACTIVE;
    assertRefused(Reason.TOO_MANY_ACTIVE, next, () -> device.write(start(next), blocks(1, 1)));
    assertRefused(
        Reason.TOO_MANY_ACTIVE, next, () -> device.write(start(next), blocks(capacityBlocks, 1)));
    assertRefused(Reason.TOO_MANY_ACTIVE, next, () -> device.open(next));
    if (shape.profile().evictsBeforeRefusal()) {
      assertThat(device.report(0, ZONES))
          .usingRecursiveComparison()
          .ignoringFields("condition")
          .isEqualTo(before);
      assertZone(device, next, ZoneCondition.EMPTY, 0);
    } else {
      assertThat(device.report(0, ZONES)).isEqualTo(before);
    }
    device.write(start(FIRST) + block, blocks(capacityBlocks - 1, 1));
    assertZone(device, FIRST, ZoneCondition.FULL, capacity);
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
            shape
                .builder(40)
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
    assertRefused(Reason.CLOSED, -1, () -> device.read(0, ByteBuffer.allocate(block)));
    assertRefused(Reason.CLOSED, -1, () -> device.write(start(FIRST) + block, blocks(1, 1)));
    assertRefused(Reason.CLOSED, -1, () -> device.append(FIRST, blocks(1, 1)));
    assertRefused(Reason.CLOSED, -1, () -> device.flush());
    assertRefused(Reason.CLOSED, -1, () -> device.open(FIRST));
    assertRefused(Reason.CLOSED, -1, () -> device.close(FIRST));
    assertRefused(Reason.CLOSED, -1, () -> device.finish(FIRST));
    assertRefused(Reason.CLOSED, -1, () -> device.reset(FIRST));
  }
}
