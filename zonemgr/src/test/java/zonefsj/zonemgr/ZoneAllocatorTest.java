// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.ValidatingZonedDevice;
import zonefsj.zonemgr.ZoneState.Use;

class ZoneAllocatorTest {
  private static final int ACTIVE = 8;

  private final FaultScript script = new FaultScript();
  private final List<FaultyZonedDevice> drives = new ArrayList<>();

  private FaultyZonedDevice drive(int zones, long capacityBytes, int blockBytes) {
    return drive(zones, 64 << 10, capacityBytes, blockBytes);
  }

  private FaultyZonedDevice drive(int zones, int zoneBytes, long capacityBytes, int blockBytes) {
    return drive(zones, zoneBytes, capacityBytes, blockBytes, ACTIVE);
  }

  private FaultyZonedDevice drive(
      int zones, int zoneBytes, long capacityBytes, int blockBytes, int active) {
    RamZonedDevice ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder((long) zones * zoneBytes)
                .zoneSizeBytes(zoneBytes)
                .zoneCapacityBytes(capacityBytes)
                .blockSizeBytes(blockBytes)
                .maxActiveZones(active)
                .build());
    FaultyZonedDevice drive = new FaultyZonedDevice(new ValidatingZonedDevice(ram), script, ram);
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

  /** Fails the next append of a handle, and closes it. */
  private void failAppend(ZoneHandle handle, Fault fault) throws IOException {
    script.on(DeviceOperation.WRITE, 1, fault);
    assertThatThrownBy(() -> append(handle, 8192)).isInstanceOf(IOException.class);
    handle.close();
  }

  @Test
  void whatIsAppendedIsCountedByStream() throws IOException {
    ZoneAllocator allocator = allocator(drive(20, 64 << 10, 4096));
    ZoneHandle hot = hot(allocator);
    append(hot, 8192);
    ZoneHandle cold = allocator.allocate(ZoneStream.COLD).orElseThrow();
    append(cold, 4096);
    append(hot, 4096);
    failAppend(hot, new Fault.Fail(Reason.MEDIA));
    assertThat(allocator.writtenBytes(ZoneStream.HOT)).isEqualTo(12_288);
    assertThat(allocator.writtenBytes(ZoneStream.COLD)).isEqualTo(4096);
    assertThat(allocator.writtenBytes(ZoneStream.JOURNAL)).isZero();
  }

  @Test
  void fileDataGoOnInAZoneThatFailedAWrite() throws IOException {
    for (ZoneStream stream : List.of(ZoneStream.HOT, ZoneStream.COLD, ZoneStream.GC)) {
      for (Fault fault : List.of(new Fault.Fail(Reason.MEDIA), new Fault.Tear(1))) {
        FaultyZonedDevice drive = drive(10, 64 << 10, 4096);
        ZoneAllocator allocator = allocator(drive);
        allocator.setReserves(2, 2, 2);
        ZoneHandle handle = allocator.allocate(stream).orElseThrow();
        append(handle, 4096);
        failAppend(handle, fault);
        assertThat(allocator.freeZones()).isEqualTo(9);
        try (ZoneHandle again = allocator.allocate(stream).orElseThrow()) {
          assertThat(again.zone()).isEqualTo(handle.zone());
          assertThat(again.positionBytes())
              .isEqualTo(drive.report(again.zone(), 1).get(0).writePointerBytes());
          append(again, 4096);
        }
      }
    }
  }

  /** A frame whose header says 16 KiB, of which a failed write leaves the first block. */
  private void tearFrame(ZoneHandle handle) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(16 << 10);
    new FrameHeader(FrameKind.CHUNK, 0, new UUID(1, 2), 1, 1, 0, 0, frame.capacity()).encode(frame);
    script.on(DeviceOperation.WRITE, 1, new Fault.Tear(1));
    assertThatThrownBy(() -> handle.append(frame.rewind())).isInstanceOf(IOException.class);
    handle.close();
  }

  @Test
  void nothingBeginsWithinATornFrame() throws IOException {
    for (int blockBytes : new int[] {512, 4096}) {
      FaultyZonedDevice drive = drive(10, 64 << 10, blockBytes);
      ZoneAllocator allocator = allocator(drive);
      ZoneHandle torn = hot(allocator);
      append(torn, 4096);
      tearFrame(torn);
      try (ZoneHandle handle = hot(allocator)) {
        assertThat(handle.positionBytes() % (64 << 10)).isEqualTo(4096 + (16 << 10));
        append(handle, 4096);
      }
      // Given back and taken again it has no torn frame.
      try (ZoneHandle handle = hot(allocator)) {
        assertThat(handle.positionBytes() % (64 << 10)).isEqualTo(4096 + (16 << 10) + 4096);
      }
    }
  }

  @Test
  void norWithinOneBehindAnUnreadableHeader() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    ZoneHandle torn = hot(allocator);
    append(torn, 4096);
    tearFrame(torn);
    // The first read searches for a header; the second one begins to walk.
    script.fail(DeviceOperation.READ, 2, Reason.MEDIA);
    try (ZoneHandle handle = hot(allocator)) {
      assertThat(handle.positionBytes() % (64 << 10)).isEqualTo(4096 + (16 << 10));
    }
  }

  /** A zone after a frame and a failed append, as the next writer gets it. */
  private ZoneHandle reopenedBehind(ByteBuffer frame, ZoneAllocator allocator) throws IOException {
    ZoneHandle handle = hot(allocator);
    handle.append(frame);
    failAppend(handle, new Fault.Fail(Reason.MEDIA));
    ZoneHandle again = hot(allocator);
    assertThat(again.zone()).isEqualTo(handle.zone());
    return again;
  }

  /** A frame of file data that is whole, with what looks like another one in its last block. */
  private static ByteBuffer frameWith(FrameKind kind, int lengthBytes, int blockBytes) {
    ByteBuffer frame = ByteBuffer.allocate(2 * blockBytes);
    UUID filesystem = new UUID(1, 2);
    new FrameHeader(FrameKind.CHUNK, 0, filesystem, 1, 1, 0, 0, frame.capacity()).encode(frame);
    new FrameHeader(kind, 0, filesystem, 1, 1, 0, 0, lengthBytes)
        .encode(frame.position(blockBytes));
    return frame.clear();
  }

  @Test
  void contentOfFilesIsNoTornFrame() throws IOException {
    int zoneBytes = 16 << 20;
    for (int blockBytes : new int[] {4096, 16384}) {
      ZoneAllocator allocator = allocator(drive(10, zoneBytes, zoneBytes, blockBytes));
      for (FrameKind kind : FrameKind.values()) {
        int length = Math.min(kind.maxFrameBytes() & -4096, zoneBytes - 4096);
        ByteBuffer frame = frameWith(kind, length, blockBytes);
        try (ZoneHandle again = reopenedBehind(frame, allocator)) {
          assertThat(again.positionBytes() % zoneBytes).as("%s", kind).isEqualTo(2L * blockBytes);
          again.append(ByteBuffer.allocate((int) again.remainingBytes()));
        }
      }
    }
  }

  /** Where a header is lost nobody knows what is a frame; this must not cost the whole zone. */
  @Test
  void behindALostHeaderContentOfFilesCostsLittle() throws IOException {
    int zoneBytes = 16 << 20;
    for (int blockBytes : new int[] {4096, 16384}) {
      ZoneAllocator allocator = allocator(drive(10, zoneBytes, zoneBytes, blockBytes));
      for (FrameKind kind : FrameKind.values()) {
        int length = Math.min(kind.maxFrameBytes() & -4096, zoneBytes - 4096);
        ByteBuffer frame = frameWith(kind, length, blockBytes).put(5, (byte) 99);
        try (ZoneHandle again = reopenedBehind(frame, allocator)) {
          assertThat(again.positionBytes() % zoneBytes)
              .as("%s", kind)
              .isLessThanOrEqualTo(2 * blockBytes + (2 << 20));
          again.append(ByteBuffer.allocate((int) again.remainingBytes()));
        }
      }
    }
  }

  @Test
  void norWithinOneThatACrashTore() throws IOException {
    FaultyZonedDevice drive = drive(10, 64 << 10, 4096);
    ZoneHandle torn = hot(allocator(drive));
    append(torn, 4096);
    tearFrame(torn);
    ZoneAllocator next = allocator(drive);
    next.assign(torn.zone(), ZoneStream.HOT);
    try (ZoneHandle handle = hot(next)) {
      assertThat(handle.zone()).isEqualTo(torn.zone());
      assertThat(handle.positionBytes() % (64 << 10)).isEqualTo(4096 + (16 << 10));
    }
  }

  @Test
  void aTornFrameToTheEndOfAZoneIsItsEnd() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    ZoneHandle torn = hot(allocator);
    append(torn, 48 << 10);
    tearFrame(torn);
    try (ZoneHandle handle = hot(allocator)) {
      assertThat(handle.zone()).isNotEqualTo(torn.zone());
    }
    assertThat(allocator.state(torn.zone()).use()).isEqualTo(Use.FILLED);
  }

  @Test
  void aZoneThatFailsASecondWriteTakesNoMore() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    ZoneHandle handle = hot(allocator);
    append(handle, 4096);
    failAppend(handle, new Fault.Tear(1));
    failAppend(hot(allocator), new Fault.Tear(1));
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.FILLED);
    assertThat(allocator.activeZones()).isZero();
    allocator.reset(handle.zone());
    assertThat(allocator.freeZones()).isEqualTo(10);
  }

  /** The drive lost what it had taken: nothing else may stand where the index says it is. */
  @Test
  void aZoneWhoseWritePointerWentBackTakesNoMore() throws IOException {
    for (int kept : new int[] {0, 1}) {
      FaultyZonedDevice drive = drive(10, 64 << 10, 4096);
      ZoneAllocator allocator = allocator(drive);
      ZoneHandle handle = hot(allocator);
      append(handle, 4096);
      append(handle, 4096);
      drive.reset(handle.zone());
      drive.write(drive.geometry().zoneStartBytes(handle.zone()), ByteBuffer.allocate(kept * 4096));
      failAppend(handle, new Fault.Fail(Reason.MEDIA));
      assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.FILLED);
    }
  }

  @Test
  void metadataDoNotGoOnInAZoneThatFailedAWrite() throws IOException {
    for (ZoneStream stream : List.of(ZoneStream.JOURNAL, ZoneStream.CHECKPOINT)) {
      ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
      allocator.setReserves(2, 2, 2);
      ZoneHandle handle = allocator.allocate(stream).orElseThrow();
      append(handle, 4096);
      failAppend(handle, new Fault.Fail(Reason.MEDIA));
      assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.FILLED);
    }
  }

  @Test
  void aZoneThatFailsItsWriteAndItsFinishCostsItsSlotUntilItIsReset() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    ZoneHandle handle = hot(allocator);
    append(handle, 4096);
    failAppend(handle, new Fault.Fail(Reason.MEDIA));
    script.fail(DeviceOperation.FINISH, 1, Reason.MEDIA);
    failAppend(hot(allocator), new Fault.Fail(Reason.MEDIA));
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.FILLED);
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
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.FILLED);
    assertThat(allocator.activeZones()).isEqualTo(1);
    script.fail(DeviceOperation.RESET, 1, Reason.MEDIA);
    assertThatThrownBy(() -> allocator.reset(handle.zone())).isInstanceOf(IOException.class);
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.FILLED);
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
    allocator.assign(19, ZoneStream.SUPERBLOCK);
    script.fail(DeviceOperation.FINISH, 1, Reason.MEDIA);
    try (ZoneHandle superblock = allocator.open(19, ZoneStream.SUPERBLOCK)) {
      append(superblock, 4096);
      assertThat(allocator.activeZones()).isEqualTo(ACTIVE);
    }
  }

  @Test
  void theZoneWithTheLeastRoomIsFinished() throws IOException {
    ZoneAllocator allocator = allocator(drive(20, 64 << 10, 4096));
    List<ZoneHandle> handles = beginAll(allocator);
    int fullest = handles.get(ACTIVE / 2).zone();
    List<ZoneHandle> resumed = new ArrayList<>();
    for (int zone = 0; zone < ACTIVE; zone++) {
      ZoneHandle handle = allocator.resume(ZoneStream.HOT).orElseThrow();
      append(handle, handle.zone() == fullest ? 48 << 10 : 4096);
      resumed.add(handle);
    }
    for (ZoneHandle handle : resumed) {
      handle.close();
    }
    try (ZoneHandle journal = allocator.allocate(ZoneStream.JOURNAL).orElseThrow()) {
      append(journal, 4096);
    }
    assertThat(allocator.state(fullest).use()).isEqualTo(Use.FILLED);
  }

  /** After a mount without the limit, or with a higher one. */
  @Test
  void zonesThatAreActiveBeyondTheLimitAreFinishedWhenOneIsNeeded() throws IOException {
    FaultyZonedDevice drive = drive(30, 64 << 10, 64 << 10, 4096, 20);
    ZoneAllocator before = allocator(drive);
    List<ZoneHandle> handles = new ArrayList<>();
    for (int zone = 0; zone < 20; zone++) {
      ZoneHandle handle = hot(before);
      append(handle, 4096);
      handles.add(handle);
    }
    for (ZoneHandle handle : handles) {
      handle.close();
    }
    int limit = ZoneAllocator.minActiveZones(1);
    ZoneAllocator allocator =
        new ZoneAllocator(drive, drive.report(0, 30), 1, new ZoneLimits(limit, 4));
    assertThat(allocator.activeZones()).isEqualTo(20);
    assertThat(allocator.sharesDataZone()).isTrue();
    allocator.finishBeyondLimit();
    assertThat(allocator.activeZones()).isEqualTo(limit);
    try (ZoneHandle journal = allocator.allocate(ZoneStream.JOURNAL).orElseThrow()) {
      append(journal, 4096);
      assertThat(allocator.activeZones()).isEqualTo(limit);
    }
  }

  /** A limit of the mount ends no commit that the drive could take. */
  @Test
  void whereNoZoneCanBeFinishedTheLimitOfTheDriveCounts() throws IOException {
    int limit = ZoneAllocator.minActiveZones(1);
    FaultyZonedDevice drive = drive(30, 64 << 10, 64 << 10, 4096, limit + 1);
    ZoneAllocator allocator =
        new ZoneAllocator(drive, drive.report(0, 30), 1, new ZoneLimits(limit, 4));
    List<ZoneHandle> open = new ArrayList<>();
    for (int zone = 0; zone < limit; zone++) {
      open.add(allocator.allocate(ZoneStream.JOURNAL).orElseThrow());
    }
    open.add(allocator.allocate(ZoneStream.JOURNAL).orElseThrow());
    assertThat(allocator.activeZones()).isEqualTo(limit + 1);
    assertThat(allocator.allocate(ZoneStream.JOURNAL)).isEmpty();
    for (ZoneHandle handle : open) {
      handle.close();
    }
  }

  @Test
  void whatIsLeftToTheCollectorTakesNoMore() throws IOException {
    ZoneAllocator allocator = allocator(drive(20, 64 << 10, 4096));
    ZoneHandle handle = hot(allocator);
    append(handle, 4096);
    handle.close();
    allocator.leaveToCollector(handle.zone());
    assertThat(allocator.partialDataBytes()).isZero();
    try (ZoneHandle next = hot(allocator)) {
      assertThat(next.zone()).isNotEqualTo(handle.zone());
    }
    allocator.reset(handle.zone());
    assertThat(allocator.activeZones()).isZero();
  }

  /** The watch sees it while it is being finished, and the drive reports it no more. */
  @Test
  void aZoneThatDiesWhileItIsFinishedGivesItsResourceBack() throws IOException {
    RamZonedDevice ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder(20 * (64 << 10))
                .zoneSizeBytes(64 << 10)
                .maxActiveZones(ACTIVE)
                .build());
    ZoneAllocator[] made = new ZoneAllocator[1];
    boolean[] isDead = new boolean[1];
    ZonedDevice dying =
        new FilterZonedDevice(ram) {
          @Override
          public void finish(int zone) throws IOException {
            ram.setReadOnly(zone);
            made[0].markFailed(ram.report(zone, 1).get(0));
            isDead[0] = true;
            throw new IOException("zone " + zone + " has failed");
          }

          @Override
          public List<ZoneDescriptor> report(int from, int count) throws IOException {
            if (isDead[0]) {
              throw new IOException("zones cannot be reported");
            }
            return super.report(from, count);
          }
        };
    made[0] = new ZoneAllocator(dying, dying.report(0, 20), 1);
    beginAll(made[0]);
    try (ZoneHandle journal = made[0].allocate(ZoneStream.JOURNAL).orElseThrow()) {
      append(journal, 4096);
      assertThat(made[0].activeZones()).isEqualTo(ACTIVE);
    }
  }

  /**
   * What is left in a partly written zone may be granted, so its reset must not reduce the room.
   */
  @Test
  void theResetOfAPartlyWrittenZoneRepaysNothing() throws IOException {
    FaultyZonedDevice drive = drive(20, 64 << 10, 4096);
    ZoneAllocator allocator = allocator(drive);
    allocator.setReserves(2, 2, 2);
    ZoneHandle written = hot(allocator);
    append(written, 4096);
    written.close();
    try (ZoneHandle moved = allocator.allocate(ZoneStream.GC).orElseThrow()) {
      append(moved, 4096);
      assertThat(allocator.collectorBorrowed()).isOne();
      long before = allocator.partialDataBytes() + allocator.freeDataZones() * (64L << 10);
      allocator.reset(written.zone());
      long after = allocator.partialDataBytes() + allocator.freeDataZones() * (64L << 10);
      assertThat(after).isGreaterThan(before);
    }
  }

  @Test
  void fewStreamsShareZones() throws IOException {
    FaultyZonedDevice drive = drive(200, 64 << 10, 64 << 10, 4096, 20);
    for (int streams = 2; streams <= 4; streams++) {
      ZoneLimits limits = new ZoneLimits(Integer.MAX_VALUE, streams);
      ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, 200), 1, limits);
      assertThat(allocator.sharesDataZone()).isEqualTo(streams < 3);
      assertThat(allocator.sharesCollectorZone()).isEqualTo(streams < 4);
    }
    ZoneLimits few = new ZoneLimits(ZoneAllocator.minActiveZones(1) - 1, 4);
    assertThatThrownBy(() -> new ZoneAllocator(drive, drive.report(0, 200), 1, few))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aZoneThatCouldNotBeFinishedIsFinishedWhenItsSlotIsNeeded() throws IOException {
    ZoneAllocator allocator = allocator(drive(20, 64 << 10, 4096));
    List<ZoneHandle> handles = new ArrayList<>();
    for (int zone = 0; zone < ACTIVE; zone++) {
      handles.add(hot(allocator));
      append(handles.get(zone), 4096);
    }
    ZoneHandle failing = handles.get(3);
    failAppend(failing, new Fault.Fail(Reason.MEDIA));
    script.fail(DeviceOperation.FINISH, 1, Reason.MEDIA);
    failAppend(hot(allocator), new Fault.Fail(Reason.MEDIA));
    assertThat(allocator.unfinishedZones())
        .extracting(ZoneState::zone)
        .containsExactly(failing.zone());
    try (ZoneHandle journal = allocator.allocate(ZoneStream.JOURNAL).orElseThrow()) {
      append(journal, 4096);
      assertThat(allocator.unfinishedZones()).isEmpty();
      assertThat(allocator.activeZones()).isEqualTo(ACTIVE);
    }
  }

  @Test
  void whereTheCollectorHasTwoZonesAnUnfinishedZoneIsInTheWayEarlier() throws IOException {
    int active = ACTIVE + 1;
    ZoneAllocator allocator = allocator(drive(128, 64 << 10, 64 << 10, 4096, active));
    assertThat(allocator.sharesCollectorZone()).isFalse();
    List<ZoneHandle> handles = new ArrayList<>();
    for (int zone = 0; zone < active; zone++) {
      handles.add(hot(allocator));
      append(handles.get(zone), 4096);
    }
    failAppend(handles.get(3), new Fault.Fail(Reason.MEDIA));
    script.fail(DeviceOperation.FINISH, 1, Reason.MEDIA);
    failAppend(hot(allocator), new Fault.Fail(Reason.MEDIA));
    assertThat(allocator.unfinishedZones())
        .extracting(ZoneState::zone)
        .containsExactly(handles.get(3).zone());
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

  /** A zone that dies under a write or a reset is no room, as one that the watch finds dead. */
  @Test
  void aZoneThatDiesInAWriteIsCountedOnce() throws IOException {
    FaultyZonedDevice drive = drive(10, 64 << 10, 4096);
    ZoneAllocator allocator = allocator(drive);
    allocator.setReserves(0, 2, 3);
    ZoneHandle handle = allocator.allocate(ZoneStream.CHECKPOINT).orElseThrow();
    append(handle, 4096);
    int free = allocator.freeCheckpointZones();
    script.on(DeviceOperation.WRITE, 1, new Fault.WearOffline());
    assertThatThrownBy(() -> append(handle, 4096)).isInstanceOf(IOException.class);
    handle.close();
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.OFFLINE);
    assertThat(allocator.failedBytes()).isEqualTo(64 << 10);
    // The share of the checkpoints is whole again.
    assertThat(allocator.freeCheckpointZones()).isEqualTo(free + 1);
    allocator.markFailed(drive.report(handle.zone(), 1).get(0));
    assertThat(allocator.failedBytes()).isEqualTo(64 << 10);
    assertThat(allocator.freeCheckpointZones()).isEqualTo(free + 1);
    assertThat(allocator.checkpointZones()).isZero();
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
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.FILLED);
    assertThat(allocator.activeZones()).isEqualTo(1);
    assertThat(allocator.partialDataBytes()).isZero();
    try (ZoneHandle next = hot(allocator)) {
      assertThat(next.zone()).isNotEqualTo(handle.zone());
    }
    ZoneAllocator later = allocator(drive);
    later.assign(handle.zone(), ZoneStream.HOT);
    assertThat(later.state(handle.zone()).use()).isEqualTo(Use.FILLED);
    assertThat(later.activeZones()).isEqualTo(1);
    later.reset(handle.zone());
    assertThat(later.activeZones()).isZero();
  }

  @Test
  void aTornUnitBeforeSuchARestIsTheEndOfAZone() throws IOException {
    FaultyZonedDevice drive = drive(10, (60 << 10) + 3 * 512, 512);
    drive.write(0, ByteBuffer.allocate((56 << 10) + 512));
    ZoneAllocator allocator = allocator(drive);
    allocator.assign(0, ZoneStream.HOT);
    try (ZoneHandle next = hot(allocator)) {
      assertThat(next.zone()).isEqualTo(1);
    }
    assertThat(allocator.state(0).use()).isEqualTo(Use.FILLED);
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
      assertThat(allocator.allocate(ZoneStream.HOT)).isPresent();
      ZoneHandle second = allocator.allocate(ZoneStream.HOT).orElseThrow();
      assertThat(second.positionBytes()).isEqualTo((64 << 10) + 512);
      assertThat(second.remainingBytes()).isEqualTo(64 << 10);
    }
  }

  @Test
  void theCollectorOwesNothingForAZoneThatItGivesBackEmpty() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    allocator.setReserves(2, 0, 0);
    for (int round = 0; round < 5; round++) {
      allocator.allocate(ZoneStream.GC).orElseThrow().close();
    }
    assertThat(allocator.freeDataZones()).isEqualTo(8);
  }

  /** Beyond its share, and to the last of the collector's, but not those of the journal. */
  @Test
  void anImageThatGivesItsZonesBackMayTakeAllOfTheCollector() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    allocator.setReserves(3, 2, 1);
    assertThat(allocator.checkpointShare()).isEqualTo(1);
    assertThat(allocator.freeZonesForImage()).as("those of file data are promised").isEqualTo(4);
    assertThat(allocator.mostCheckpointZones()).isEqualTo(3);
    while (allocator.allocate(ZoneStream.HOT).isPresent()) {
      assertThat(allocator.freeZones()).isLessThan(10);
    }
    assertThat(allocator.allocate(ZoneStream.CHECKPOINT)).isPresent();
    assertThat(allocator.allocate(ZoneStream.CHECKPOINT)).isEmpty();
    assertThat(allocator.allocateUsingReserve(ZoneStream.CHECKPOINT)).isPresent();
    assertThat(allocator.allocateUsingReserve(ZoneStream.CHECKPOINT)).isPresent();
    assertThat(allocator.allocateUsingReserve(ZoneStream.CHECKPOINT)).isEmpty();
    assertThat(allocator.freeZonesForImage()).isEqualTo(1);
    assertThat(allocator.allocateForImage()).isPresent();
    assertThat(allocator.allocateForImage()).isEmpty();
    assertThat(allocator.freeZones()).isEqualTo(2);
  }

  @Test
  void aZoneThatTheSuperblockLogGetsRepaysNothing() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    allocator.setReserves(2, 0, 0);
    ZoneHandle handle = allocator.allocate(ZoneStream.GC).orElseThrow();
    append(handle, 4096);
    handle.close();
    assertThat(allocator.superblock().take(handle.zone() + 1, true)).isNegative();
    allocator.reset(handle.zone());
    assertThat(allocator.superblock().isZoneKept()).isTrue();
    assertThat(allocator.collectorBorrowed()).isEqualTo(1);
  }

  @Test
  void aZoneThatIsKeptForTheSuperblockLogIsFreeWhenNoneIsNeededAnyMore() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    ZoneHandle handle = allocator.allocate(ZoneStream.COLD).orElseThrow();
    append(handle, 4096);
    handle.close();
    assertThat(allocator.superblock().take(handle.zone() + 1, true)).isNegative();
    allocator.reset(handle.zone());
    assertThat(allocator.freeZones()).isEqualTo(9);

    allocator.superblock().cancel();
    assertThat(allocator.superblock().isZoneKept()).isFalse();
    assertThat(allocator.superblock().wanted()).isEmpty();
    assertThat(allocator.freeZones()).isEqualTo(10);
  }

  @Test
  void anEmptyZoneThatTheSuperblockLogGivesUpIsFree() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    allocator.superblock().release(allocator.superblock().take(10, false));
    assertThat(allocator.freeZones()).isEqualTo(10);
  }

  @Test
  void aWrittenZoneThatTheSuperblockLogGivesUpIsLeftToTheCollector() throws IOException {
    ZoneAllocator allocator = allocator(drive(10, 64 << 10, 4096));
    List<ZoneState> givenBack = new ArrayList<>();
    int zone = allocator.superblock().take(10, false);
    try (ZoneHandle handle = allocator.open(zone, ZoneStream.SUPERBLOCK)) {
      append(handle, 4096);
    }
    allocator.whenGivenBack(index -> givenBack.add(allocator.state(index)));
    allocator.superblock().release(zone);
    assertThat(givenBack).singleElement().isEqualTo(allocator.state(zone));
    assertThat(allocator.state(zone).use()).isEqualTo(Use.FILLED);
    assertThat(allocator.state(zone).stream()).isEqualTo(ZoneStream.COLD);
  }

  /** Asks, in a thread of its own, in the middle of each write. */
  private static final class AskedInTheMiddle extends FilterZonedDevice {
    private Callable<Long> question = () -> 0L;
    private final List<Long> answers = new ArrayList<>();

    AskedInTheMiddle(ZonedDevice drive) {
      super(drive);
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      ExecutorService other = Executors.newSingleThreadExecutor();
      try {
        answers.add(other.submit(question).get(30, TimeUnit.SECONDS));
      } catch (InterruptedException | ExecutionException | TimeoutException waits) {
        throw new IOException("the answer waits for the drive", waits);
      } finally {
        other.shutdownNow();
      }
      super.write(positionBytes, sources);
    }
  }

  @Test
  void noQuestionWaitsForTheDrive() throws IOException {
    AskedInTheMiddle drive = new AskedInTheMiddle(drive(10, 64 << 10, 4096));
    ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, 10), 1);
    ZoneHandle handle = hot(allocator);
    drive.question =
        () ->
            handle.remainingBytes()
                + handle.positionBytes()
                + allocator.freeZones()
                + allocator.freeDataZones()
                + allocator.partialDataBytes()
                + allocator.activeZones()
                + allocator.failedBytes();
    append(handle, 4096);
    append(handle, 8192);
    assertThat(drive.answers).containsExactly((64L << 10) + 9 + 9 + 1, (64L << 10) + 9 + 9 + 1);
  }

  @Test
  void theSumsAreThoseOfAllZones() throws IOException {
    Random random = new Random(7);
    for (int round = 0; round < 20; round++) {
      FaultyZonedDevice drive = drive(30, (60 << 10) + random.nextInt(8) * 512, 512);
      ZoneAllocator allocator = allocator(drive);
      allocator.setReserves(2, 2, 3);
      List<ZoneHandle> open = new ArrayList<>();
      for (int step = 0; step < 400; step++) {
        if (random.nextInt(20) == 0) {
          DeviceOperation[] kinds = {
            DeviceOperation.WRITE, DeviceOperation.FINISH, DeviceOperation.RESET
          };
          script.fail(kinds[random.nextInt(kinds.length)], 1, Reason.MEDIA);
        }
        step(allocator, open, random);
        checkSums(allocator, drive);
      }
    }
  }

  private static void step(ZoneAllocator allocator, List<ZoneHandle> open, Random random) {
    try {
      int kind = random.nextInt(10);
      if (kind < 2 || open.isEmpty()) {
        ZoneStream[] streams = {
          ZoneStream.HOT, ZoneStream.COLD, ZoneStream.GC, ZoneStream.JOURNAL, ZoneStream.CHECKPOINT
        };
        allocator.allocate(streams[random.nextInt(streams.length)]).ifPresent(open::add);
      } else if (kind < 6) {
        ZoneHandle handle = open.get(random.nextInt(open.size()));
        append(handle, (int) Math.min(handle.remainingBytes(), 4096L * (1 + random.nextInt(8))));
      } else if (kind < 8) {
        open.remove(random.nextInt(open.size())).close();
      } else {
        allocator.resetIf(random.nextInt(30), () -> true);
      }
    } catch (IOException injected) {
      assertThat(injected).hasMessageContaining("zone");
    }
  }

  private static void checkSums(ZoneAllocator allocator, FaultyZonedDevice drive)
      throws IOException {
    int free = 0;
    long partial = 0;
    for (ZoneState zone : allocator.states()) {
      free += zone.use() == Use.FREE ? 1 : 0;
      boolean data = zone.stream() == ZoneStream.HOT || zone.stream() == ZoneStream.COLD;
      if (zone.use() == Use.PARTIAL && data) {
        long left = zone.capacityBytes() - FrameHeader.roundUp(zone.writtenBytes(), 4096);
        assertThat(left).isGreaterThanOrEqualTo(4096);
        partial += left;
      }
    }
    assertThat(allocator.freeZones()).isEqualTo(free);
    assertThat(allocator.partialDataBytes()).isEqualTo(partial);
    long active = drive.report(0, 30).stream().filter(zone -> zone.condition().isActive()).count();
    assertThat(allocator.activeZones()).isGreaterThanOrEqualTo((int) active);
    assertThat(allocator.activeZones()).isLessThanOrEqualTo(ACTIVE);
  }

  /** Else a journal that finds no zone at this moment would end all commits. */
  @Test
  void aRequestWaitsForAResourceThatIsBeingGivenBack() throws Exception {
    FaultyZonedDevice drive = drive(20, 64 << 10, 4096);
    CountDownLatch resetting = new CountDownLatch(1);
    CountDownLatch mayReset = new CountDownLatch(1);
    ZonedDevice slow =
        new FilterZonedDevice(drive) {
          @Override
          public void reset(int zone) throws IOException {
            resetting.countDown();
            try {
              mayReset.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            super.reset(zone);
          }
        };
    ZoneAllocator allocator = new ZoneAllocator(slow, slow.report(0, 20), 1);
    List<ZoneHandle> handles = new ArrayList<>();
    for (int zone = 0; zone < ACTIVE; zone++) {
      handles.add(hot(allocator));
    }
    ZoneHandle first = handles.get(0);
    append(first, 4096);
    first.close();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<Boolean> reset = threads.submit(() -> allocator.resetIf(first.zone(), () -> true));
      resetting.await();
      Future<ZoneHandle> request =
          threads.submit(() -> allocator.allocate(ZoneStream.JOURNAL).orElseThrow());
      assertThatThrownBy(() -> request.get(200, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      mayReset.countDown();
      assertThat(reset.get(20, TimeUnit.SECONDS)).isTrue();
      request.get(20, TimeUnit.SECONDS).close();
    } finally {
      mayReset.countDown();
      threads.shutdownNow();
    }
  }

  /** A connection that times out, for example. */
  @Test
  void aZoneWhoseResetWasDoneAndReportedAsFailedIsResetAgain() throws Exception {
    FaultyZonedDevice drive = drive(20, 64 << 10, 4096);
    AtomicBoolean fails = new AtomicBoolean(true);
    ZonedDevice lying =
        new FilterZonedDevice(drive) {
          @Override
          public void reset(int zone) throws IOException {
            super.reset(zone);
            if (fails.getAndSet(false)) {
              throw new IOException("the answer did not arrive");
            }
          }
        };
    ZoneAllocator allocator = new ZoneAllocator(lying, lying.report(0, 20), 1);
    ZoneHandle handle = hot(allocator);
    append(handle, 4096);
    handle.close();
    assertThatThrownBy(() -> allocator.resetIf(handle.zone(), () -> true))
        .hasMessageContaining("did not arrive");
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.FILLED);
    assertThat(allocator.resetIf(handle.zone(), () -> true)).isTrue();
    assertThat(allocator.state(handle.zone()).use()).isEqualTo(Use.FREE);
    assertThat(allocator.freeZones()).isEqualTo(20);
  }

  @Test
  void aShortLastZoneIsNotUsed() throws IOException {
    RamZonedDevice drive =
        RamZonedDevice.create(
            EmulatedGeometry.builder((20 << 16) + 8192).zoneSizeBytes(64 << 10).build());
    ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, 21), 1);
    assertThat(allocator.freeZones()).isEqualTo(20);
    assertThat(allocator.state(20).use()).isEqualTo(Use.TOO_SHORT);
    drive.close();
  }

  /** A filesystem of an earlier version may have used it. */
  @Test
  void aShortLastZoneThatHoldsDataIsKept() throws IOException {
    RamZonedDevice drive =
        RamZonedDevice.create(
            EmulatedGeometry.builder((20 << 16) + 8192).zoneSizeBytes(64 << 10).build());
    drive.write(20L << 16, ByteBuffer.allocate(4096));
    ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, 21), 1);
    assertThat(allocator.state(20).use()).isEqualTo(Use.PARTIAL);
    drive.close();
  }
}
