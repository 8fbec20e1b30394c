// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;
import zonefsj.zonemgr.ZoneUsage;

/** A small drive for a collector, without a filesystem: a test says what is live. */
final class CollectorDrive implements AutoCloseable {
  static final int ZONES = 20;

  private static final int ZONE_BYTES = 64 << 10;

  final FaultScript script = new FaultScript();

  /** Time passes when a test says so. */
  final AtomicLong elapsedMillis = new AtomicLong();

  /** Runs before each reset. */
  Runnable beforeReset = () -> {};

  final RamZonedDevice ram;
  final FaultyZonedDevice device;
  private final int zones;
  private ZoneAllocator allocator;
  private ZoneUsage usage;

  /** What a relocation of one slice does. */
  @FunctionalInterface
  interface OnlySlice {
    ExtentOwner.RelocationResult move() throws IOException;
  }

  /** A relocation of one slice. */
  static ExtentOwner.RelocationRun oneSlice(OnlySlice slice) {
    return new ExtentOwner.RelocationRun() {
      private boolean hasMore = true;

      @Override
      public ExtentOwner.RelocationResult moveSome() throws IOException {
        hasMore = false;
        return slice.move();
      }

      @Override
      public boolean hasMore() {
        return hasMore;
      }
    };
  }

  /** An owner of extents that no summary tells of, and none is found by a scan. */
  static class Untold implements ExtentOwner {
    @Override
    public RelocationRun relocate(
        int zone, double updateRate, List<ChunkWalker.FoundChunk> chunks) {
      return oneSlice(() -> RelocationResult.NOTHING);
    }

    @Override
    public RelocationRun relocateByScan(IntPredicate zones) {
      return oneSlice(() -> scan(zones));
    }

    /** All that a search of all extents does. */
    RelocationResult scan(IntPredicate zones) throws IOException {
      return RelocationResult.NOTHING;
    }

    @Override
    public void commitRelocations() {}

    @Override
    public void awaitCounts() {}

    @Override
    public boolean proveCommits() throws IOException {
      return true;
    }
  }

  CollectorDrive() throws IOException {
    this(ZONES);
  }

  CollectorDrive(int zones) throws IOException {
    this.zones = zones;
    ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder((long) zones * ZONE_BYTES).zoneSizeBytes(ZONE_BYTES).build());
    device = new FaultyZonedDevice(ram, this::faultFor, ram);
    allocator = new ZoneAllocator(device, device.report(0, zones), 1);
    usage = new ZoneUsage(zones);
  }

  private Optional<Fault> faultFor(DeviceOperation operation, int zone, long ordinal) {
    if (operation == DeviceOperation.RESET) {
      beforeReset.run();
    }
    return script.faultFor(operation, zone, ordinal);
  }

  /** Forgets all but what is on the drive. */
  void mountAgain() throws IOException {
    allocator = new ZoneAllocator(device, device.report(0, zones), 1);
    usage = new ZoneUsage(zones);
  }

  ZoneAllocator allocator() {
    return allocator;
  }

  ZoneUsage usage() {
    return usage;
  }

  /**
   * A collector of the present mount.
   *
   * @param startZones free zones below which it works
   * @param bytesPerSecond what it may move; 0 for no limit
   */
  GarbageCollector collector(ExtentOwner owner, int startZones, long bytesPerSecond) {
    return new GarbageCollector(
        device,
        new UUID(1, 2),
        allocator,
        usage,
        owner,
        settings(startZones, bytesPerSecond),
        InstantSource.fixed(Instant.EPOCH),
        elapsedMillis::get,
        () -> 0,
        () -> Integer.MAX_VALUE);
  }

  /** Collects for a thread that waits for space; false if nothing can be collected. */
  static boolean collectOne(GarbageCollector collector) throws IOException {
    CollectionStep step;
    do {
      step = collector.stepForSpace();
    } while (step.isUnfinished());
    return step != CollectionStep.NONE;
  }

  static GcSettings settings(int startZones, long bytesPerSecond) {
    return new GcSettings(StandardVictimPolicy.GREEDY, startZones, 1, bytesPerSecond, 0);
  }

  /** Fills a free zone. */
  ZoneHandle written(ZoneStream stream) throws IOException {
    ZoneHandle handle = allocator.allocate(stream).orElseThrow();
    handle.append(ByteBuffer.allocate(ZONE_BYTES));
    return handle;
  }

  /** Fills the first zones, of which little is live. */
  void fillLive(int zones) throws IOException {
    for (int zone = 0; zone < zones; zone++) {
      try (ZoneHandle handle = written(ZoneStream.HOT)) {
        usage.setLiveBytes(handle.zone(), 10);
      }
    }
  }

  @Override
  public void close() throws IOException {
    device.close();
  }
}
