// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.crypt.CryptZonedDevice;
import zonefsj.device.crypt.XtsKey;
import zonefsj.device.delay.DelayedZonedDevice;
import zonefsj.device.delay.LatencyModels;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** Kinds that pass every change on to one drive below. */
sealed interface Wrapped extends StackTree.OnOne {

  /** A cache, so small that it is full at once, in memory or on a drive, in front of a drive. */
  record Cached(StackTree part, boolean isOnDrive) implements Wrapped {
    private static final CacheOptions OPTIONS = new CacheOptions(1024, 8192, true);
    private static final int BUDGET = 16 << 10;
    private static final int ZONE = (4 << 10) + 512;

    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
      return openOver(access, below -> isOnDrive ? onDrive(below) : inMemory(below));
    }

    private static ZonedDevice inMemory(ZonedDevice below) throws IOException {
      return CachedZonedDevice.inMemory(below, BUDGET, OPTIONS);
    }

    private static ZonedDevice onDrive(ZonedDevice below) throws IOException {
      EmulatedGeometry top =
          EmulatedGeometry.builder(5L * ZONE)
              .blockSizeBytes(512)
              .zoneSizeBytes(ZONE)
              .maxOpenZones(1)
              .maxActiveZones(1)
              .build();
      return CachedZonedDevice.onDrive(below, RamZonedDevice.create(top), BUDGET, OPTIONS);
    }
  }

  /** Encrypted before it reaches a drive. */
  record Encrypted(StackTree part) implements Wrapped {
    private static final XtsKey KEY = key();

    private static XtsKey key() {
      byte[] bytes = new byte[XtsKey.BYTES];
      new SplittableRandom(1).nextBytes(bytes);
      return new XtsKey(new UUID(0, 1), bytes);
    }

    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
      return openOver(access, below -> new CryptZonedDevice(below, KEY));
    }

    @Override
    public boolean encrypts() {
      return true;
    }
  }

  /** Delayed by a time that nobody waits for. */
  record Delayed(StackTree part, String model) implements Wrapped {
    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
      return openOver(
          access,
          below ->
              new DelayedZonedDevice(
                  below, LatencyModels.of(model).orElseThrow(), model, nanos -> {}));
    }
  }
}
