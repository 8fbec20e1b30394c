package zonefsj.zonemgr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.Fault;
import zonefsj.device.filter.FaultScript;
import zonefsj.device.filter.FaultyZonedDevice;
import zonefsj.device.filter.ValidatingZonedDevice;
import zonefsj.zonemgr.ZoneState.Use;

class ZoneAllocatorTest {
  private static final int ACTIVE = 8;

  private final FaultScript script = new FaultScript();
  private final List<FaultyZonedDevice> drives = new ArrayList<>();

  private FaultyZonedDevice drive(int zones, long capacityBytes, int blockBytes) {
    RamZonedDevice ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder(zones * (64L << 10))
                .zoneSizeBytes(64 << 10)
                .zoneCapacityBytes(capacityBytes)
                .blockSizeBytes(blockBytes)
                .maxActiveZones(ACTIVE)
                .build());
    FaultyZonedDevice drive =
        new FaultyZonedDevice(new ValidatingZonedDevice(ram), script, ram);
    drives.add(drive);
    return drive;
  }

  private static ZoneAllocator allocator(FaultyZonedDevice drive) throws IOException {
    return new ZoneAllocator(drive, drive.report(0, drive.geometry().zoneCount()), 1);
  }

  @AfterEach
  void closeDrives() throws IOException {
    for (FaultyZonedDevice drive : drives) {
      drive.close();
    }
  }

  private static ZoneHandle hot(ZoneAllocator allocator) throws IOException {
    return allocator.allocate(ZoneStream.HOT).orElseThrow();
  }

  private static void append(ZoneHandle handle, int bytes) throws IOException {
    handle.append(ByteBuffer.allocate(bytes));
  }

  @Test
  void aZoneThatFailsItsWriteAndItsFinishCostsItsSlotUntilItIsReset() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    ZoneHandle handle = hot(allocator);
    append(handle, 4096);
    script.fail(DeviceOperation.WRITE, 1, Reason.MEDIA);
    script.fail(DeviceOperation.FINISH, 1, Reason.MEDIA);
    assertThatThrownBy(() -> append(handle, 4096)).isInstanceOf(IOException.class);
    handle.close();
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.SEALED);
    assertThat(allocator.activeZones()).isEqualTo(1);
    allocator.reset(handle.zone());
    assertThat(allocator.activeZones()).isZero();
    assertThat(allocator.freeZones()).isEqualTo(10);
  }

  @Test
  void aZoneThatCannotEvenBeReportedCostsNoMore() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    ZoneHandle handle = hot(allocator);
    append(handle, 4096);
    script.fail(DeviceOperation.WRITE, 1, Reason.MEDIA);
    script.failFrom(DeviceOperation.FINISH, 1, Reason.MEDIA);
    script.failFrom(DeviceOperation.REPORT, 1, Reason.MEDIA);
    assertThatThrownBy(() -> append(handle, 4096)).isInstanceOf(IOException.class);
    handle.close();
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.SEALED);
    assertThat(allocator.activeZones()).isEqualTo(1);
    script.fail(DeviceOperation.RESET, 1, Reason.MEDIA);
    assertThatThrownBy(() -> allocator.reset(handle.zone())).isInstanceOf(IOException.class);
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.SEALED);
    script.clear();
    allocator.reset(handle.zone());
    assertThat(allocator.activeZones()).isZero();
  }

  /** All zones that may be active are begun and lie there. */
  private static List<ZoneHandle> beginAll(ZoneAllocator allocator) throws IOException {
    List<ZoneHandle> handles = new ArrayList<>();
    for (int zone = 0; zone < ACTIVE; zone++) {
      ZoneHandle handle = hot(allocator);
      append(handle, 4096);
      handles.add(handle);
    }
    for (ZoneHandle handle : handles) {
      handle.close();
    }
    return handles;
  }

  @Test
  void whereOneZoneCannotBeFinishedForASlotAnotherIs() throws IOException {
    ZoneAllocator allocator = allocator(drive(20, 64 << 10, 4096));
    beginAll(allocator);
    script.fail(DeviceOperation.FINISH, 1, Reason.MEDIA);
    script.fail(DeviceOperation.FINISH, 2, Reason.MEDIA);
    try (ZoneHandle journal = allocator.allocate(ZoneStream.JOURNAL).orElseThrow()) {
      append(journal, 4096);
      assertThat(allocator.activeZones()).isEqualTo(ACTIVE);
    }
    allocator.claim(19, ZoneStream.SUPERBLOCK);
    script.fail(DeviceOperation.FINISH, 1, Reason.MEDIA);
    try (ZoneHandle superblock = allocator.open(19, ZoneStream.SUPERBLOCK)) {
      append(superblock, 4096);
      assertThat(allocator.activeZones()).isEqualTo(ACTIVE);
    }
  }

  @Test
  void whereNoZoneCanBeFinishedThereIsNone() throws IOException {
    ZoneAllocator allocator = allocator(drive(20, 64 << 10, 4096));
    beginAll(allocator);
    script.failFrom(DeviceOperation.FINISH, 1, Reason.MEDIA);
    assertThat(allocator.allocate(ZoneStream.JOURNAL)).isEmpty();
    script.clear();
    allocator.reset(0);
    assertThat(allocator.allocate(ZoneStream.JOURNAL)).isPresent();
  }

  @Test
  void aZoneThatDiesInItsResetIsNotHandedOut() throws IOException {
    FaultyZonedDevice drive = drive(10, 64 << 10, 4096);
    ZoneAllocator allocator = allocator(drive);
    beginAll(allocator);
    script.onZone(3, DeviceOperation.RESET, 1, new Fault.WearReadOnly());
    assertThatThrownBy(() -> allocator.reset(3)).isInstanceOf(IOException.class);
    assertThat(allocator.state(3).use()).isEqualTo(Use.READ_ONLY);
    assertThat(allocator.activeZones()).isEqualTo(ACTIVE - 1);
    assertThat(allocator.freeZones()).isEqualTo(2);
  }

  @Test
  void aRestShorterThanAUnitIsTheEndOfAZone() throws IOException {
    FaultyZonedDevice drive = drive(10, (60 << 10) + 3 * 512, 512);
    ZoneAllocator allocator = allocator(drive);
    ZoneHandle handle = hot(allocator);
    assertThat(handle.remainingBytes()).isEqualTo(60 << 10);
    append(handle, 60 << 10);
    assertThat(handle.remainingBytes()).isZero();
    handle.close();
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.SEALED);
    assertThat(allocator.activeZones()).isEqualTo(1);
    assertThat(allocator.partialDataBytes()).isZero();
    try (ZoneHandle next = hot(allocator)) {
      assertThat(next.zone()).isNotEqualTo(handle.zone());
    }
    ZoneAllocator later = allocator(drive);
    later.claim(handle.zone(), ZoneStream.HOT);
    assertThat(later.state(handle.zone()).use()).isEqualTo(Use.SEALED);
    assertThat(later.activeZones()).isEqualTo(1);
    later.reset(handle.zone());
    assertThat(later.activeZones()).isZero();
  }

  @Test
  void aTornUnitBeforeSuchARestIsTheEndOfAZone() throws IOException {
    FaultyZonedDevice drive = drive(10, (60 << 10) + 3 * 512, 512);
    drive.write(0, ByteBuffer.allocate((56 << 10) + 512));
    ZoneAllocator allocator = allocator(drive);
    allocator.claim(0, ZoneStream.HOT);
    try (ZoneHandle next = hot(allocator)) {
      assertThat(next.zone()).isEqualTo(1);
    }
    assertThat(allocator.state(0).use()).isEqualTo(Use.SEALED);
  }

  @Test
  void zonesFilledUpToSuchARestGiveTheirSlotsWhenTheyAreNeeded() throws IOException {
    FaultyZonedDevice drive = drive(40, (60 << 10) + 512, 512);
    ZoneAllocator allocator = allocator(drive);
    for (int zone = 0; zone < 20; zone++) {
      try (ZoneHandle handle = hot(allocator)) {
        append(handle, 60 << 10);
      }
    }
    assertThat(allocator.activeZones()).isEqualTo(ACTIVE);
    assertThat(drive.begun(DeviceOperation.FINISH)).isEqualTo(20 - ACTIVE);
  }

  @Test
  void unitsBeginWhereTheZoneBegins() throws IOException {
    RamZonedDevice drive =
        RamZonedDevice.create(
            EmulatedGeometry.builder(10 * (64L << 10) + 10 * 512)
                .zoneSizeBytes((64 << 10) + 512)
                .blockSizeBytes(512)
                .maxActiveZones(ACTIVE)
                .build());
    try (drive) {
      ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, 10), 1);
      allocator.allocate(ZoneStream.HOT).orElseThrow();
      ZoneHandle second = allocator.allocate(ZoneStream.HOT).orElseThrow();
      assertThat(second.positionBytes()).isEqualTo((64 << 10) + 512);
      assertThat(second.remainingBytes()).isEqualTo(64 << 10);
    }
  }
}
