package zonefsj.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;
import zonefsj.zonemgr.ZoneUsage;

/** What the collector moves is paid for at the rate that holds now, by a clock that nobody sets. */
class GcRateTest {
  private static final int ZONES = 20;
  private static final long MOVED_BYTES = 10_000_000;
  private static final int RATE = 1_000_000;

  private final AtomicLong elapsed = new AtomicLong();
  private RamZonedDevice drive;
  private GarbageCollector collector;

  /** No summary tells of what is live; a scan moves some, and some stays. */
  private static final class FoundByScan implements ExtentOwner {
    @Override
    public Relocated relocate(int zone, List<ChunkWalker.Found> chunks) {
      return Relocated.NOTHING;
    }

    @Override
    public Relocated relocateByScan(IntPredicate zones, BooleanSupplier mayGoOn) {
      return new Relocated(MOVED_BYTES, 0);
    }

    @Override
    public void commitRelocations() {}
  }

  private static GcSettings atRate(long bytesPerSecond) {
    return new GcSettings(
        VictimPolicies::greedy, VictimPolicies::greedy, ZONES, 1, bytesPerSecond, 0);
  }

  @BeforeEach
  void fillTwoZones() throws IOException {
    drive =
        RamZonedDevice.create(
            EmulatedGeometry.builder(ZONES * (64L << 10)).zoneSizeBytes(64 << 10).build());
    ZoneAllocator allocator = new ZoneAllocator(drive, drive.report(0, ZONES), 1);
    ZoneUsage usage = new ZoneUsage(ZONES);
    collector =
        new GarbageCollector(
            drive,
            new UUID(1, 2),
            allocator,
            usage,
            new FoundByScan(),
            atRate(RATE),
            InstantSource.fixed(Instant.EPOCH),
            elapsed::get,
            () -> 0);
    for (int zone = 0; zone < 2; zone++) {
      try (ZoneHandle handle = allocator.allocate(ZoneStream.HOT).orElseThrow()) {
        handle.append(ByteBuffer.allocate(64 << 10));
        usage.setLiveBytes(handle.zone(), 10);
      }
    }
  }

  @AfterEach
  void closeDrive() throws IOException {
    drive.close();
  }

  /** Works until it has moved something and has another victim; returns whether it goes on. */
  private boolean goesOnAfterMoving() throws IOException {
    while (collector.bytesCopied() == 0) {
      assertThat(collector.doWork()).isTrue();
    }
    assertThat(collector.doWork()).as("it has chosen the next victim").isTrue();
    return collector.doWork();
  }

  @Test
  void waitsUntilWhatWasMovedIsPaid() throws IOException {
    assertThat(goesOnAfterMoving()).isFalse();
    elapsed.addAndGet(1000 * MOVED_BYTES / RATE - 1);
    assertThat(collector.doWork()).isFalse();
    elapsed.incrementAndGet();
    assertThat(collector.doWork()).isTrue();
  }

  @Test
  void aNewRateForgetsWhatWasOwed() throws IOException {
    assertThat(goesOnAfterMoving()).isFalse();
    collector.settings(atRate(RATE));
    assertThat(collector.doWork()).as("it is the same rate").isFalse();
    collector.settings(atRate(2 * RATE));
    assertThat(collector.doWork()).isTrue();
  }
}
