package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
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
import zonefsj.zonemgr.ZoneStream;
import zonefsj.zonemgr.ZoneUsage;

/** A zone that is to be emptied before all others does not keep them from it when it cannot be. */
class PressingVictimTest {
  private static final int ZONES = 20;
  private static final int DYING = 0;
  private static final int STEPS = 40;

  private final FaultScript script = new FaultScript();
  private final AtomicLong elapsed = new AtomicLong();
  private final List<Integer> searched = new ArrayList<>();
  private FaultyZonedDevice drive;
  private GarbageCollector collector;

  /** No summary tells of what is live, and there is no room for what the dying zone holds. */
  private final class NoRoom implements ExtentOwner {
    @Override
    public Relocated relocate(int zone, List<ChunkWalker.Found> chunks) {
      return Relocated.NOTHING;
    }

    @Override
    public Relocated relocateByScan(IntPredicate zones, BooleanSupplier mayGoOn)
        throws IOException {
      for (int zone = 0; zone < ZONES; zone++) {
        if (zones.test(zone)) {
          searched.add(zone);
        }
      }
      if (zones.test(DYING)) {
        throw new NoSpaceForRelocationException("no zone is left");
      }
      return new Relocated(1, 0);
    }

    @Override
    public void commitRelocations() {}
  }

  @BeforeEach
  void fillTwoZonesOfWhichOneDies() throws IOException {
    RamZonedDevice ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder(ZONES * (64L << 10)).zoneSizeBytes(64 << 10).build());
    drive = new FaultyZonedDevice(ram, script, ram);
    ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, ZONES), 1);
    ZoneUsage usage = new ZoneUsage(ZONES);
    collector =
        new GarbageCollector(
            drive,
            new UUID(1, 2),
            allocator,
            usage,
            new NoRoom(),
            new GcSettings(VictimPolicies::greedy, VictimPolicies::greedy, ZONES, 1, 0, 0),
            InstantSource.fixed(Instant.EPOCH),
            elapsed::get,
            () -> 0);
    for (int zone = 0; zone < 2; zone++) {
      try (ZoneHandle handle = allocator.allocate(ZoneStream.HOT).orElseThrow()) {
        handle.append(ByteBuffer.allocate(64 << 10));
        usage.setLiveBytes(handle.zone(), 10);
      }
    }
    ram.setReadOnly(DYING);
    allocator.retire(drive.report(DYING, 1).get(0));
  }

  @AfterEach
  void closeDrive() throws IOException {
    drive.close();
  }

  /** Some steps, as the thread in the background takes them; returns how many failed. */
  private int work() {
    int failed = 0;
    for (int step = 0; step < STEPS; step++) {
      try {
        collector.doWork();
      } catch (ExtentOwner.NoSpaceForRelocationException none) {
        collector.abandon(none);
        failed++;
      } catch (IOException broken) {
        failed++;
      }
    }
    return failed;
  }

  @Test
  void withoutRoomForWhatItHolds() {
    assertThat(work()).isEqualTo(1);
    assertThat(searched).containsExactly(DYING, 1);
    elapsed.addAndGet(StuckZones.TURN_OF_OTHERS_MILLIS);
    assertThat(work()).isEqualTo(1);
    assertThat(searched).containsExactly(DYING, 1, DYING);
  }

  @Test
  void thatTheDriveDoesNotReport() {
    script.fail(DeviceOperation.REPORT, 1, Reason.MEDIA);
    assertThat(work()).isEqualTo(1);
    assertThat(searched).containsExactly(1);
  }
}
