package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.FaultScript;
import zonefsj.device.filter.FaultyZonedDevice;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;
import zonefsj.zonemgr.ZoneUsage;

/** Every zone that nobody needs is reset, whatever happened to it last. */
class EmptiedZonesTest {
  private static final int ZONES = 20;

  private final FaultScript script = new FaultScript();
  private FaultyZonedDevice drive;
  private ZoneAllocator allocator;
  private ZoneUsage usage;

  /** Has nothing to move. */
  private static final class NoData implements ExtentOwner {
    @Override
    public Relocated relocate(int zone, List<ChunkWalker.Found> chunks) {
      return Relocated.NOTHING;
    }

    @Override
    public Relocated relocateByScan(IntPredicate zones, BooleanSupplier mayGoOn) {
      return Relocated.NOTHING;
    }

    @Override
    public void commitRelocations() {}
  }

  @BeforeEach
  void makeDrive() throws IOException {
    RamZonedDevice ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder(ZONES * (64L << 10)).zoneSizeBytes(64 << 10).build());
    drive = new FaultyZonedDevice(ram, script, ram);
    mount();
  }

  @AfterEach
  void closeDrive() throws IOException {
    drive.close();
  }

  private void mount() throws IOException {
    allocator = new ZoneAllocator(drive, drive.report(0, ZONES), 1);
    usage = new ZoneUsage(ZONES);
  }

  private GarbageCollector collector() {
    return new GarbageCollector(
        drive,
        new UUID(1, 2),
        allocator,
        usage,
        new NoData(),
        new GcSettings(VictimPolicies::greedy, VictimPolicies::greedy, 2, 1, 0, 0),
        InstantSource.system(),
        System::currentTimeMillis,
        () -> 0);
  }

  private ZoneHandle written(ZoneStream stream) throws IOException {
    ZoneHandle handle = allocator.allocate(stream).orElseThrow();
    handle.append(ByteBuffer.allocate(64 << 10));
    return handle;
  }

  @Test
  void whatTheMountFindsIsReset() throws IOException {
    written(ZoneStream.HOT).close();
    written(ZoneStream.COLD).close();
    written(ZoneStream.JOURNAL).close();
    mount();
    allocator.claim(0, ZoneStream.COLD);
    allocator.claim(1, ZoneStream.COLD);
    allocator.claim(2, ZoneStream.JOURNAL);
    usage.setLiveBytes(1, 10);
    GarbageCollector collector = collector();
    collector.resetEmptied();
    assertThat(allocator.state(0).use()).isEqualTo(Use.FREE);
    assertThat(allocator.state(1).use()).isEqualTo(Use.SEALED);
    assertThat(allocator.state(2).use()).isEqualTo(Use.SEALED);
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
    assertThat(allocator.state(0).use()).isEqualTo(Use.SEALED);
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
