// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.time.Clock;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;

/**
 * What a volume takes from outside, so that a test can replace it.
 *
 * @param clock gives the time
 * @param elapsedMillis milliseconds since some instant: for intervals, because it is never set
 * @param nonces random numbers for the journal's chain
 * @param stores where the index is kept
 * @param background whether threads commit, collect and write in the background; without them all
 *     work is done by the calling thread, in an order that repeats
 */
public record VolumeEnvironment(
    InstantSource clock,
    LongSupplier elapsedMillis,
    RandomGenerator nonces,
    MetadataStores stores,
    boolean background) {

  /** An environment whose intervals follow the clock. */
  public VolumeEnvironment(
      InstantSource clock, RandomGenerator nonces, MetadataStores stores, boolean background) {
    this(clock, clock::millis, nonces, stores, background);
  }

  /** The environment of a real mount. */
  public static VolumeEnvironment of(VolumeOptions options) {
    var directory = options.indexDirectory();
    MetadataStores stores =
        directory == null
            ? new MemoryMetadataStores()
            : new RocksMetadataStores(directory, Math.max(1 << 20, options.cacheBytes() / 2));
    return new VolumeEnvironment(
        Clock.systemUTC(),
        sinceNow(),
        new SplittableRandom(new java.security.SecureRandom().nextLong()),
        stores,
        true);
  }

  private static LongSupplier sinceNow() {
    long begunNanos = System.nanoTime();
    return () -> (System.nanoTime() - begunNanos) / 1_000_000;
  }
}
