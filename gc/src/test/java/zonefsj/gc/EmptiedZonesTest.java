// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;
import zonefsj.zonemgr.ZoneUsage;

/** Every zone that nobody needs is reset, whatever happened to it last. */
class EmptiedZonesTest {
  private static final int ZONES = CollectorDrive.ZONES;

  private CollectorDrive drive;
  private FaultScript script;
  private ZoneAllocator allocator;
  private ZoneUsage usage;

  @BeforeEach
  void makeDrive() throws IOException {
    drive = new CollectorDrive();
    script = drive.script;
    allocator = drive.allocator();
    usage = drive.usage();
  }

  @AfterEach
  void closeDrive() throws IOException {
    drive.close();
  }

  private void mount() throws IOException {
    drive.mountAgain();
    allocator = drive.allocator();
    usage = drive.usage();
  }

  private GarbageCollector collector() {
    return drive.collector(new CollectorDrive.Untold(), 2, 0);
  }

  private ZoneHandle written(ZoneStream stream) throws IOException {
    return drive.written(stream);
  }

  @Test
  void whatTheMountFindsIsReset() throws IOException {
    written(ZoneStream.HOT).close();
    written(ZoneStream.COLD).close();
    written(ZoneStream.JOURNAL).close();
    mount();
    allocator.assign(0, ZoneStream.COLD);
    allocator.assign(1, ZoneStream.COLD);
    allocator.assign(2, ZoneStream.JOURNAL);
    usage.setLiveBytes(1, 10);
    GarbageCollector collector = collector();
    collector.resetEmptied();
    assertThat(allocator.state(0).use()).isEqualTo(Use.FREE);
    assertThat(allocator.state(1).use()).isEqualTo(Use.FILLED);
    assertThat(allocator.state(2).use()).isEqualTo(Use.FILLED);
    usage.setLiveBytes(1, 0);
    assertThat(collector.doWork()).isTrue();
    assertThat(allocator.freeZones()).isEqualTo(ZONES - 1);
    assertThat(collector.doWork()).isFalse();
  }

  @Test
  void aZoneWaitsForItsHandleItsReadersAndItsBatches() throws IOException {
    GarbageCollector collector = collector();
    ZoneHandle handle = written(ZoneStream.HOT);
    usage.addPending(0, 100);
    usage.setLiveBytes(0, 100);
    usage.addPending(0, -100);
    usage.pin(0);
    usage.setLiveBytes(0, 0);
    collector.resetEmptied();
    usage.unpin(0);
    collector.resetEmptied();
    assertThat(allocator.state(0).use()).isEqualTo(Use.HANDLE);
    handle.close();
    usage.pin(0);
    collector.resetEmptied();
    assertThat(allocator.state(0).use()).isEqualTo(Use.FILLED);
    usage.unpin(0);
    collector.resetEmptied();
    assertThat(allocator.freeZones()).isEqualTo(ZONES);
  }

  @Test
  void aZoneThatFailedBeforeAnybodyNeededItIsReset() throws IOException {
    GarbageCollector collector = collector();
    collector.resetEmptied();
    ZoneHandle handle = allocator.allocate(ZoneStream.COLD).orElseThrow();
    handle.append(ByteBuffer.allocate(4096));
    script.fail(DeviceOperation.WRITE, 1, Reason.MEDIA);
    assertThatThrownBy(() -> handle.append(ByteBuffer.allocate(4096)))
        .isInstanceOf(IOException.class);
    handle.close();
    collector.resetEmptied();
    assertThat(allocator.freeZones()).isEqualTo(ZONES);
  }

  @Test
  void aShortageOfTheHostLosesNoZone() throws IOException {
    GarbageCollector collector = collector();
    written(ZoneStream.HOT).close();
    written(ZoneStream.COLD).close();
    script.failFrom(DeviceOperation.RESET, 2, Reason.HOST_SHORTAGE);
    assertThatThrownBy(collector::resetEmptied).isInstanceOf(DeviceException.class);
    assertThat(allocator.freeZones()).isEqualTo(ZONES - 1);
    script.clear();
    collector.resetEmptied();
    assertThat(allocator.freeZones()).isEqualTo(ZONES);
  }

  @Test
  void aRefusedResetIsRepeatedLater() throws IOException {
    GarbageCollector collector = collector();
    written(ZoneStream.HOT).close();
    written(ZoneStream.COLD).close();
    script.fail(DeviceOperation.RESET, 1, Reason.MEDIA);
    assertThat(collector.doWork()).isTrue();
    assertThat(allocator.freeZones()).as("the other zone").isEqualTo(ZONES - 1);
    assertThat(collector.doWork()).isFalse();
    drive.elapsedMillis.addAndGet(EmptiedZones.FIRST_BACKOFF_MILLIS);
    assertThat(collector.doWork()).isTrue();
    assertThat(allocator.freeZones()).isEqualTo(ZONES);
  }

  /** Its data could not be read, and then the file was deleted. */
  @Test
  void aZoneThatCouldNotBeEmptiedIsResetWhenItsDataAreDeleted() throws IOException {
    drive.fillLive(1);
    GarbageCollector collector = drive.collector(new CollectorDrive.Untold(), ZONES, 0);
    while (collector.doWork()) {
      assertThat(allocator.state(0).use()).isEqualTo(Use.FILLED);
    }
    usage.setLiveBytes(0, 0);
    assertThat(collector.doWork()).isTrue();
    assertThat(allocator.freeZones()).isEqualTo(ZONES);
  }

  /** The collector then waits as if there was no work, and does not refuse zone after zone. */
  @Test
  void aDriveThatRefusesAllResetsIsNotAskedWithoutAPause() throws IOException {
    GarbageCollector collector = collector();
    written(ZoneStream.HOT).close();
    script.failFrom(DeviceOperation.RESET, 1, Reason.MEDIA);
    assertThat(collector.doWork()).isFalse();
  }

  @Test
  void aZoneIsInTheQueueAtMostOnce() {
    usage.noteIfEmptied(3);
    usage.noteIfEmptied(3);
    usage.setLiveBytes(3, 0);
    assertThat(usage.pollEmptied()).isEqualTo(3);
    assertThat(usage.pollEmptied()).isEqualTo(-1);
    usage.noteIfEmptied(3);
    assertThat(usage.pollEmptied()).isEqualTo(3);
  }
}
