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

/** Kinds that pass every change on to one drive below. */
sealed interface Wrapped extends StackTree.OnOne {

  /** A cache, so small that it is full at once, in front of a drive. */
  record Cached(StackTree part) implements Wrapped {
    private static final CacheOptions OPTIONS = new CacheOptions(1024, 8192, true);

    @Override
    public ZonedDevice open(DeviceAccess access) throws IOException {
      return openOver(access, below -> CachedZonedDevice.inMemory(below, 16 << 10, OPTIONS));
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
